package testapp

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

// Log collects what a program prints. It is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Until fails the test when ok has not come true within the time; it asks again and again.
func Until(t testing.TB, within time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("after %s still not: %s", within, what)
		}
	}
}

// inBackground returns a channel that receives the result of fn.
func inBackground(fn func() error) <-chan error {
	result := make(chan error, 1)
	go func() { result <- fn(); close(result) }()
	return result
}
