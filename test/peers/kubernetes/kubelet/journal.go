package main

import "sync"

// What a container has written so far; any number of readers follow it at their own pace.
type journal struct {
	lock    sync.Mutex
	grown   *sync.Cond
	content []byte
	ended   bool
}

func newJournal() *journal {
	j := &journal{}
	j.grown = sync.NewCond(&j.lock)
	return j
}

func (j *journal) Write(chunk []byte) (int, error) {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.content = append(j.content, chunk...)
	j.grown.Broadcast()
	return len(chunk), nil
}

func (j *journal) end() {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.ended = true
	j.grown.Broadcast()
}

func (j *journal) length() int {
	j.lock.Lock()
	defer j.lock.Unlock()
	return len(j.content)
}

// What is there after `from`; nil only when nothing more will come.
func (j *journal) next(from int) []byte {
	j.lock.Lock()
	defer j.lock.Unlock()
	for from == len(j.content) && !j.ended {
		j.grown.Wait()
	}
	if from == len(j.content) {
		return nil
	}
	return j.content[from:]
}

// Where the last `lines` lines begin.
func (j *journal) tail(lines int64) int {
	j.lock.Lock()
	defer j.lock.Unlock()
	start := len(j.content)
	if lines <= 0 {
		return start
	}
	for at := start - 1; at > 0; at-- {
		if j.content[at-1] != '\n' {
			continue
		}
		if lines--; lines == 0 {
			return at
		}
	}
	return 0
}
