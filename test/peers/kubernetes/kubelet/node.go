package main

import (
	"context"
	"fmt"
	"sync"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
)

type node struct {
	name, folder string
	client       kubernetes.Interface

	lock sync.Mutex
	pods map[string]*pod
}

func newNode(name, folder string, client kubernetes.Interface) *node {
	return &node{name: name, folder: folder, client: client, pods: map[string]*pod{}}
}

func (n *node) register(port int) error {
	nodes := n.client.CoreV1().Nodes()
	object := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.name}}
	created, err := nodes.Create(context.Background(), object, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	created.Status.Addresses = []v1.NodeAddress{{Type: v1.NodeInternalIP, Address: "127.0.0.1"}}
	created.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(port)
	created.Status.Conditions = []v1.NodeCondition{
		{Type: v1.NodeReady, Status: v1.ConditionTrue, LastHeartbeatTime: metav1.Now()},
	}
	_, err = nodes.UpdateStatus(context.Background(), created, metav1.UpdateOptions{})
	return err
}

// Pods of no node are taken too: there is no scheduler beside it.
func (n *node) followPods() error {
	pods := n.client.CoreV1().Pods("")
	list, err := pods.List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return err
	}
	for i := range list.Items {
		n.take(&list.Items[i])
	}
	version := list.ResourceVersion
	for {
		options := metav1.ListOptions{ResourceVersion: version}
		changes, err := pods.Watch(context.Background(), options)
		if err != nil {
			return err
		}
		for change := range changes.ResultChan() {
			object, ok := change.Object.(*v1.Pod)
			if !ok {
				return fmt.Errorf("the watch of pods failed: %v", change.Object)
			}
			version = object.ResourceVersion
			if change.Type == watch.Deleted {
				n.forget(object)
			} else {
				n.take(object)
			}
		}
	}
}

func (n *node) take(object *v1.Pod) {
	switch {
	case object.Spec.NodeName == "" && object.DeletionTimestamp == nil:
		n.bind(object)
	case object.Spec.NodeName != n.name:
	case object.DeletionTimestamp != nil:
		n.remove(object)
	default:
		n.startPod(object)
	}
}

func (n *node) bind(object *v1.Pod) {
	n.report(n.client.CoreV1().Pods(object.Namespace).Bind(context.Background(), &v1.Binding{
		ObjectMeta: metav1.ObjectMeta{Name: object.Name, UID: object.UID},
		Target:     v1.ObjectReference{Kind: "Node", Name: n.name},
	}, metav1.CreateOptions{}))
}

func (n *node) startPod(object *v1.Pod) {
	n.lock.Lock()
	running := n.pods[string(object.UID)]
	known := running != nil
	if !known {
		created, err := newPod(object, n.folder)
		n.report(err)
		running = created
		n.pods[string(object.UID)] = running
	}
	n.lock.Unlock()
	tell := func() { n.tell(object.Namespace, object.Name, running) }
	for _, spec := range object.Spec.Containers {
		running.startContainer(spec.Name, v1.EphemeralContainerCommon(spec), tell)
	}
	for _, spec := range object.Spec.EphemeralContainers {
		if running.container(spec.Name) == nil {
			known = false
		}
		running.startContainer(spec.Name, spec.EphemeralContainerCommon, tell)
	}
	if !known {
		tell()
	}
}

// Says how the pod is, once more if someone else changed it meanwhile.
func (n *node) tell(namespace, name string, running *pod) {
	pods := n.client.CoreV1().Pods(namespace)
	for {
		object, err := pods.Get(context.Background(), name, metav1.GetOptions{})
		if err == nil {
			object.Status = running.status(object)
			_, err = pods.UpdateStatus(context.Background(), object, metav1.UpdateOptions{})
		}
		if !apierrors.IsConflict(err) {
			n.report(err)
			return
		}
	}
}

func (n *node) remove(object *v1.Pod) {
	n.forget(object)
	now := int64(0)
	options := metav1.DeleteOptions{
		GracePeriodSeconds: &now,
		Preconditions:      &metav1.Preconditions{UID: &object.UID},
	}
	pods := n.client.CoreV1().Pods(object.Namespace)
	n.report(pods.Delete(context.Background(), object.Name, options))
}

func (n *node) forget(object *v1.Pod) {
	n.lock.Lock()
	defer n.lock.Unlock()
	if running := n.pods[string(object.UID)]; running != nil {
		running.stop()
		delete(n.pods, string(object.UID))
	}
}

func (n *node) find(namespace, name string) *pod {
	n.lock.Lock()
	defer n.lock.Unlock()
	for _, running := range n.pods {
		if running.namespace == namespace && running.name == name {
			return running
		}
	}
	return nil
}

func (n *node) stop() {
	n.lock.Lock()
	defer n.lock.Unlock()
	for _, running := range n.pods {
		running.stop()
	}
}

func (n *node) report(err error) {
	if err != nil && !apierrors.IsNotFound(err) {
		fmt.Println(err)
	}
}
