package main

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type pod struct {
	namespace, name, folder string

	lock       sync.Mutex
	containers map[string]*container
	// What clients run in its containers.
	guests map[*process]bool
}

type container struct {
	process       *process
	log, out, err *journal
	started       metav1.Time
	stdinOnce     bool
	ended         bool
	code          int32
}

func newPod(object *v1.Pod, folder string) (*pod, error) {
	p := &pod{
		namespace:  object.Namespace,
		name:       object.Name,
		folder:     filepath.Join(folder, object.Namespace, object.Name),
		containers: map[string]*container{},
		guests:     map[*process]bool{},
	}
	return p, os.MkdirAll(p.folder, 0o755)
}

// Does nothing for a container that was started before. `ended` is told when it ends.
func (p *pod) startContainer(name string, spec v1.EphemeralContainerCommon, ended func()) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.containers[name] != nil {
		return
	}
	c := &container{log: newJournal(), out: newJournal(), err: newJournal(), started: metav1.Now()}
	c.stdinOnce = spec.StdinOnce
	p.containers[name] = c
	argv := argvOf(spec.Command, spec.Args)
	running, err := start(p.folder, p.name, argv, spec.TTY, tee{c.log, c.out}, tee{c.log, c.err})
	if err == nil && !spec.Stdin {
		running.stdin.Close()
	}
	if err == nil {
		c.process = running
	}
	go func() {
		if err == nil {
			err = running.wait()
		} else {
			c.log.Write([]byte(err.Error() + "\n"))
		}
		p.lock.Lock()
		c.ended, c.code = true, exitCode(err)
		p.lock.Unlock()
		for _, j := range []*journal{c.log, c.out, c.err} {
			j.end()
		}
		ended()
	}()
}

func (p *pod) container(name string) *container {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.containers[name]
}

func (p *pod) stop() {
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, c := range p.containers {
		if c.process != nil && !c.ended {
			c.process.kill(syscall.SIGKILL)
		}
	}
	for guest := range p.guests {
		guest.kill(syscall.SIGKILL)
	}
}

func (p *pod) status(object *v1.Pod) v1.PodStatus {
	p.lock.Lock()
	defer p.lock.Unlock()
	status := *object.Status.DeepCopy()
	status.Phase, status.HostIP, status.PodIP = v1.PodRunning, "127.0.0.1", "127.0.0.1"
	status.PodIPs = []v1.PodIP{{IP: "127.0.0.1"}}
	status.ContainerStatuses, status.EphemeralContainerStatuses = nil, nil
	ready, failed, left := v1.ConditionTrue, false, 0
	for _, spec := range object.Spec.Containers {
		one := p.statusOf(spec.Name, spec.Image)
		if one.State.Terminated == nil {
			left++
		} else {
			ready = v1.ConditionFalse
			failed = failed || one.State.Terminated.ExitCode != 0
		}
		status.ContainerStatuses = append(status.ContainerStatuses, one)
	}
	for _, spec := range object.Spec.EphemeralContainers {
		one := p.statusOf(spec.Name, spec.Image)
		status.EphemeralContainerStatuses = append(status.EphemeralContainerStatuses, one)
	}
	switch {
	case left == 0 && failed:
		status.Phase = v1.PodFailed
	case left == 0:
		status.Phase = v1.PodSucceeded
	}
	status.Conditions = []v1.PodCondition{
		{Type: v1.PodScheduled, Status: v1.ConditionTrue},
		{Type: v1.PodInitialized, Status: v1.ConditionTrue},
		{Type: v1.ContainersReady, Status: ready},
		{Type: v1.PodReady, Status: ready},
	}
	return status
}

func (p *pod) statusOf(name, image string) v1.ContainerStatus {
	c := p.containers[name]
	status := v1.ContainerStatus{Name: name, Image: image, ImageID: image, ContainerID: "test://" + name}
	switch {
	case c == nil:
		status.State.Waiting = &v1.ContainerStateWaiting{Reason: "ContainerCreating"}
	case c.ended:
		status.State.Terminated = &v1.ContainerStateTerminated{
			ExitCode: c.code, StartedAt: c.started, FinishedAt: metav1.Now(), Reason: reason(c.code),
		}
	default:
		status.Ready = true
		status.State.Running = &v1.ContainerStateRunning{StartedAt: c.started}
	}
	return status
}

func reason(code int32) string {
	if code == 0 {
		return "Completed"
	}
	return "Error"
}

type tee [2]*journal

func (t tee) Write(chunk []byte) (int, error) {
	t[0].Write(chunk)
	return t[1].Write(chunk)
}
