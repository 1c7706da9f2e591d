// A kubelet for tests: every container is a plain process of this machine, with a folder of its
// own to work in. What streams in and out of them goes through Kubernetes' own server code, so
// that clients meet the framing and the errors that they would meet on a real node.
//
// It ends, and all that it started with it, as soon as its standard input does.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	name := flag.String("node", "", "the name of this node")
	folder := flag.String("folder", "", "holds tls.crt, tls.key and ca.crt; containers work below it")
	flag.Parse()
	if err := run(*kubeconfig, *name, *folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kubeconfig, name, folder string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	listener, err := listen(folder)
	if err != nil {
		return err
	}
	node := newNode(name, folder, client)
	if err := node.register(listener.Addr().(*net.TCPAddr).Port); err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- (&http.Server{Handler: node.handler()}).Serve(listener) }()
	go func() { failed <- node.followPods() }()
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		failed <- err
	}()
	fmt.Println("ready")
	err = <-failed
	node.stop()
	return err
}

// Only the API server, which has a certificate of the same authority, may connect.
func listen(folder string) (net.Listener, error) {
	at := func(name string) string { return filepath.Join(folder, name) }
	own, err := tls.LoadX509KeyPair(at("tls.crt"), at("tls.key"))
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(at("ca.crt"))
	if err != nil {
		return nil, err
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(authority)
	return tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{own},
		ClientCAs:    clients,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		MinVersion:   tls.VersionTLS12,
	})
}
