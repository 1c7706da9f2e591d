package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"github.com/containerd/console"
	"k8s.io/client-go/tools/remotecommand"
)

// A program with pipes or a terminal, in a process group of its own.
type process struct {
	command  *exec.Cmd
	stdin    io.WriteCloser
	terminal console.Console
	copied   sync.WaitGroup
}

// `out` and `err` get what it writes; with a terminal all of it goes to `out`.
func start(folder, host string, argv []string, tty bool, out, err io.Writer) (*process, error) {
	p := &process{command: exec.Command(argv[0], argv[1:]...)}
	p.command.Dir = folder
	p.command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "HOSTNAME=" + host, "TERM=xterm",
	}
	if tty {
		return p, p.startOnTerminal(out)
	}
	return p, p.startOnPipes(out, err)
}

func (p *process) startOnPipes(out, err io.Writer) error {
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, failure := p.command.StdinPipe()
	if failure != nil {
		return failure
	}
	p.stdin = stdin
	p.command.Stdout, p.command.Stderr = orDiscard(out), orDiscard(err)
	return p.command.Start()
}

func (p *process) startOnTerminal(out io.Writer) error {
	terminal, name, failure := console.NewPty()
	if failure != nil {
		return failure
	}
	slave, failure := os.OpenFile(name, os.O_RDWR, 0)
	if failure != nil {
		return failure
	}
	defer slave.Close()
	p.terminal, p.stdin = terminal, terminalInput{terminal}
	p.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p.command.Stdin, p.command.Stdout, p.command.Stderr = slave, slave, slave
	if failure := p.command.Start(); failure != nil {
		return failure
	}
	p.copied.Add(1)
	go func() {
		defer p.copied.Done()
		io.Copy(orDiscard(out), terminal)
	}()
	return nil
}

// Sizes that the client's terminal takes, until there are no more.
func (p *process) resize(sizes <-chan remotecommand.TerminalSize) {
	for size := range sizes {
		if p.terminal != nil {
			p.terminal.Resize(console.WinSize{Width: size.Width, Height: size.Height})
		}
	}
}

// Returns when it has ended and all that it wrote has been passed on.
func (p *process) wait() error {
	err := p.command.Wait()
	p.copied.Wait()
	return err
}

func (p *process) kill(signal syscall.Signal) {
	syscall.Kill(-p.command.Process.Pid, signal)
}

// The end of the client's input is no end of a terminal: that would take away the output too.
type terminalInput struct{ io.Writer }

func (terminalInput) Close() error { return nil }

func orDiscard(to io.Writer) io.Writer {
	if to == nil {
		return io.Discard
	}
	return to
}

func exitCode(err error) int32 {
	if err == nil {
		return 0
	}
	exit, ok := err.(*exec.ExitError)
	if !ok {
		return 127
	}
	status := exit.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int32(status.Signal())
	}
	return int32(status.ExitStatus())
}

// A container's own command, or something that stays.
func argvOf(command, args []string) []string {
	argv := append(append([]string{}, command...), args...)
	if len(argv) == 0 || strings.TrimSpace(argv[0]) == "" {
		return []string{"sleep", "infinity"}
	}
	return argv
}
