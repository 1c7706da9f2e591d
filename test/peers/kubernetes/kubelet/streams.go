package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	remotecommandconsts "k8s.io/apimachinery/pkg/util/remotecommand"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/kubernetes/pkg/kubelet/cri/streaming/portforward"
	streams "k8s.io/kubernetes/pkg/kubelet/cri/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

const (
	idle     = 4 * time.Hour
	creation = 30 * time.Second
)

// As the API server asks a kubelet: /exec/namespace/pod/container and so on.
func (n *node) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		if len(parts) < 3 {
			http.NotFound(w, r)
			return
		}
		target := n.find(parts[1], parts[2])
		if target == nil {
			http.Error(w, "pod does not exist", http.StatusNotFound)
			return
		}
		if parts[0] == "portForward" {
			servePortForward(w, r, target)
			return
		}
		if len(parts) < 4 || target.container(parts[3]) == nil {
			http.Error(w, "container not found", http.StatusNotFound)
			return
		}
		switch parts[0] {
		case "exec", "attach":
			serveCommand(w, r, target, parts[0], parts[3])
		case "containerLogs":
			serveLogs(w, r, target.container(parts[3]))
		default:
			http.NotFound(w, r)
		}
	})
}

// Tests read here which transport a client came to use.
func announce(kind string, r *http.Request, p *pod) {
	asked := append([]string{r.Header.Get("Upgrade")}, r.Header.Values("Sec-WebSocket-Protocol")...)
	fmt.Println("stream", kind, p.namespace+"/"+p.name, strings.Join(asked, " "))
}

func serveCommand(w http.ResponseWriter, r *http.Request, p *pod, kind, container string) {
	options, err := streams.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	announce(kind, r, p)
	argv := r.URL.Query()["command"]
	protocols := remotecommandconsts.SupportedStreamingProtocols
	switch {
	case offers(r, channelV5):
		serveV5(w, r, p, options, kind, container, argv)
	case kind == "exec":
		streams.ServeExec(w, r, p, p.name, "", container, argv, options, idle, creation, protocols)
	default:
		streams.ServeAttach(w, r, p, p.name, "", container, options, idle, creation, protocols)
	}
}

func servePortForward(w http.ResponseWriter, r *http.Request, p *pod) {
	announce("portForward", r, p)
	if offers(r, tunnelledSpdy) {
		serveTunnel(w, r, p)
		return
	}
	options, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	protocols := portforward.SupportedProtocols
	portforward.ServePortForward(w, r, p, p.name, "", options, idle, creation, protocols)
}

// ExecInContainer runs a program beside the container's own.
func (p *pod) ExecInContainer(
	_ string, _ types.UID, _ string, argv []string,
	in io.Reader, out, err io.WriteCloser, tty bool,
	sizes <-chan remotecommand.TerminalSize, _ time.Duration,
) error {
	guest, failure := start(p.folder, p.name, argv, tty, writer(out), writer(err))
	if failure != nil {
		return failure
	}
	p.lock.Lock()
	p.guests[guest] = true
	p.lock.Unlock()
	go guest.resize(sizes)
	go func() {
		if in != nil {
			io.Copy(guest.stdin, in)
		}
		guest.stdin.Close()
	}()
	failure = guest.wait()
	p.lock.Lock()
	delete(p.guests, guest)
	p.lock.Unlock()
	if failure != nil {
		return utilexec.CodeExitError{Err: failure, Code: int(exitCode(failure))}
	}
	return nil
}

// AttachContainer shows what the container writes from now on, until it ends.
func (p *pod) AttachContainer(
	_ string, _ types.UID, name string,
	in io.Reader, out, err io.WriteCloser, _ bool, sizes <-chan remotecommand.TerminalSize,
) error {
	c := p.container(name)
	if c.process == nil {
		return fmt.Errorf("container %s has not started", name)
	}
	go c.process.resize(sizes)
	if in != nil {
		go func() {
			io.Copy(c.process.stdin, in)
			if c.stdinOnce {
				c.process.stdin.Close()
			}
		}()
	}
	done := make(chan struct{})
	go func() {
		follow(c.err, c.err.length(), writer(err))
		close(done)
	}()
	follow(c.out, c.out.length(), writer(out))
	<-done
	return nil
}

// PortForward reaches the port on this machine's loopback, which all pods share.
func (p *pod) PortForward(_ string, _ types.UID, port int32, stream io.ReadWriteCloser) error {
	connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer connection.Close()
	go func() {
		io.Copy(connection, stream)
		connection.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(stream, connection)
	return err
}

func serveLogs(w http.ResponseWriter, r *http.Request, c *container) {
	query := r.URL.Query()
	from := 0
	if lines, err := strconv.ParseInt(query.Get("tailLines"), 10, 64); err == nil {
		from = c.log.tail(lines)
	}
	w.Header().Set("Content-Type", "text/plain")
	if query.Get("follow") == "true" {
		w.(http.Flusher).Flush()
		follow(c.log, from, flushed{w})
		return
	}
	if length := c.log.length(); length > from {
		w.Write(c.log.next(from)[:length-from])
	}
}

func follow(j *journal, from int, to io.Writer) {
	for chunk := j.next(from); chunk != nil; chunk = j.next(from) {
		if to != nil {
			if _, err := to.Write(chunk); err != nil {
				return
			}
		}
		from += len(chunk)
	}
}

type flushed struct{ http.ResponseWriter }

func (f flushed) Write(chunk []byte) (int, error) {
	n, err := f.ResponseWriter.Write(chunk)
	f.ResponseWriter.(http.Flusher).Flush()
	return n, err
}

// A nil interface for a stream that the client did not ask for.
func writer(stream io.WriteCloser) io.Writer {
	if stream == nil {
		return nil
	}
	return stream
}
