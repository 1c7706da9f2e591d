package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	remotecommandconsts "k8s.io/apimachinery/pkg/util/remotecommand"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/kubernetes/pkg/kubelet/cri/streaming/portforward"
	streams "k8s.io/kubernetes/pkg/kubelet/cri/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// What newer clients speak and the server code of this release does not.
const (
	// One byte of channel in front of each message; channel 255 ends the channel it names.
	channelV5 = "v5.channel.k8s.io"
	// A SPDY connection, without its HTTP upgrade, in binary messages.
	tunnelledSpdy = "SPDY/3.1+portforward.k8s.io"

	stdinChannel, stdoutChannel, stderrChannel, errorChannel, resizeChannel = 0, 1, 2, 3, 4
	closeChannel                                                            = 255
)

func offers(r *http.Request, protocol string) bool {
	for _, offered := range websocket.Subprotocols(r) {
		if offered == protocol {
			return true
		}
	}
	return false
}

func upgrade(w http.ResponseWriter, r *http.Request, protocol string) (*messages, error) {
	upgrader := websocket.Upgrader{
		Subprotocols: []string{protocol},
		CheckOrigin:  func(*http.Request) bool { return true },
	}
	connection, err := upgrader.Upgrade(w, r, nil)
	return &messages{Conn: connection}, err
}

type messages struct {
	*websocket.Conn
	lock sync.Mutex
	rest io.Reader
}

func (m *messages) send(channel byte, chunk []byte) (int, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	message := append([]byte{channel}, chunk...)
	return len(chunk), m.WriteMessage(websocket.BinaryMessage, message)
}

func (m *messages) finish() {
	m.lock.Lock()
	defer m.lock.Unlock()
	goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	m.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(time.Second))
	m.Conn.Close()
}

func serveV5(
	w http.ResponseWriter, r *http.Request, p *pod, options *streams.Options,
	kind, container string, argv []string,
) {
	m, err := upgrade(w, r, channelV5)
	if err != nil {
		return
	}
	defer m.finish()
	in, typed := io.Pipe()
	resized, resize := io.Pipe()
	go m.demultiplex(map[byte]*io.PipeWriter{stdinChannel: typed, resizeChannel: resize})
	sizes := make(chan remotecommand.TerminalSize)
	go decodeSizes(resized, sizes)
	stdin := io.Reader(in)
	if !options.Stdin {
		stdin = nil
	}
	out := m.writer(stdoutChannel, options.Stdout)
	errors := m.writer(stderrChannel, options.Stderr)
	if kind == "exec" {
		err = p.ExecInContainer("", "", container, argv, stdin, out, errors, options.TTY, sizes, 0)
	} else {
		err = p.AttachContainer("", "", container, stdin, out, errors, options.TTY, sizes)
	}
	status, _ := json.Marshal(statusOf(err))
	m.send(errorChannel, status)
}

func (m *messages) demultiplex(channels map[byte]*io.PipeWriter) {
	for {
		_, message, err := m.ReadMessage()
		if err != nil {
			break
		}
		if len(message) == 2 && message[0] == closeChannel {
			if to := channels[message[1]]; to != nil {
				to.Close()
			}
		} else if len(message) > 0 {
			if to := channels[message[0]]; to != nil {
				to.Write(message[1:])
			}
		}
	}
	for _, to := range channels {
		to.Close()
	}
}

func decodeSizes(from io.Reader, sizes chan<- remotecommand.TerminalSize) {
	defer close(sizes)
	decoder := json.NewDecoder(from)
	for {
		size := remotecommand.TerminalSize{}
		if decoder.Decode(&size) != nil {
			return
		}
		sizes <- size
	}
}

type channelWriter struct {
	messages *messages
	channel  byte
}

func (c channelWriter) Write(chunk []byte) (int, error) { return c.messages.send(c.channel, chunk) }
func (channelWriter) Close() error                      { return nil }

func (m *messages) writer(channel byte, wanted bool) io.WriteCloser {
	if !wanted {
		return nil
	}
	return channelWriter{m, channel}
}

func statusOf(err error) metav1.Status {
	exit, exited := err.(utilexec.ExitError)
	switch {
	case err == nil:
		return metav1.Status{Status: metav1.StatusSuccess}
	case exited:
		return metav1.Status{
			Status:  metav1.StatusFailure,
			Reason:  remotecommandconsts.NonZeroExitCodeReason,
			Message: fmt.Sprintf("command terminated with non-zero exit code: %v", exit),
			Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{
				Type:    remotecommandconsts.ExitCodeCauseType,
				Message: fmt.Sprint(exit.ExitStatus()),
			}}},
		}
	default:
		return metav1.Status{
			Status: metav1.StatusFailure, Reason: metav1.StatusReasonInternalError,
			Code: http.StatusInternalServerError, Message: err.Error(),
		}
	}
}

// Hands Kubernetes' own SPDY server the messages as if they were a connection just upgraded.
func serveTunnel(w http.ResponseWriter, r *http.Request, p *pod) {
	m, err := upgrade(w, r, tunnelledSpdy)
	if err != nil {
		return
	}
	defer m.finish()
	inner := r.Clone(r.Context())
	inner.Header = http.Header{
		"Connection":                {"Upgrade"},
		"Upgrade":                   {"SPDY/3.1"},
		"X-Stream-Protocol-Version": {portforward.ProtocolV1Name},
	}
	portforward.ServePortForward(
		&hijacked{m, http.Header{}}, inner, p, p.name, "", &portforward.V4Options{},
		idle, creation, portforward.SupportedProtocols,
	)
}

type hijacked struct {
	messages *messages
	header   http.Header
}

func (h *hijacked) Header() http.Header             { return h.header }
func (h *hijacked) WriteHeader(int)                 {}
func (h *hijacked) Write(chunk []byte) (int, error) { return len(chunk), nil }

func (h *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	m := h.messages
	return m, bufio.NewReadWriter(bufio.NewReader(m), bufio.NewWriter(m)), nil
}

func (m *messages) Read(into []byte) (int, error) {
	for {
		if m.rest == nil {
			_, next, err := m.NextReader()
			if err != nil {
				return 0, io.EOF
			}
			m.rest = next
		}
		count, err := m.rest.Read(into)
		if err == io.EOF {
			m.rest = nil
		}
		if count > 0 {
			return count, nil
		}
	}
}

func (m *messages) Write(chunk []byte) (int, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	return len(chunk), m.WriteMessage(websocket.BinaryMessage, chunk)
}

func (m *messages) SetDeadline(at time.Time) error {
	m.SetReadDeadline(at)
	return m.SetWriteDeadline(at)
}
