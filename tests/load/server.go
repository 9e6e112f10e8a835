package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// server is a running Gatepost with one app.
type server struct {
	folder, address string
	env             []string
	process         *exec.Cmd
	exited          chan error
	app             struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	places atomic.Int64 // from which somebody has signed in
	stop   func() error
}

func startServer(ctx context.Context, algorithm string) (*server, error) {
	folder, err := os.MkdirTemp("", "gatepost-load-")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder, exited: make(chan error, 1)}
	s.stop = sync.OnceValue(s.end)
	if err := s.start(ctx, algorithm); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *server) start(ctx context.Context, algorithm string) error {
	program := filepath.Join(s.folder, "gatepost")
	if out, err := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.address = listener.Addr().String()
	listener.Close()
	s.env = append(os.Environ(),
		"GATEPOST_TRUSTED_PROXIES=127.0.0.1",
		"GATEPOST_ADDR="+s.address, "GATEPOST_URL=http://"+s.address, "GATEPOST_SIGNING_ALG="+algorithm,
		"GATEPOST_DB="+filepath.Join(s.folder, "gatepost.db"), "GATEPOST_KEY_FILE="+filepath.Join(s.folder, "gatepost.key"))

	log, err := os.Create(filepath.Join(s.folder, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	s.process = exec.Command(program, "serve")
	s.process.Env, s.process.Stdout, s.process.Stderr = s.env, log, log
	if err := s.process.Start(); err != nil {
		return err
	}
	go func() { s.exited <- s.process.Wait() }()
	if err := s.ready(ctx); err != nil {
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%w\n%s", err, text)
	}
	if _, err := s.command(ctx, program, "", "team", "add", "--name", "Load", "--json"); err != nil {
		return err
	}
	if _, err := s.command(ctx, program, password+"\n", "user", "add", "--email", email, "--name", "Ana", "--team", "Load", "--password-stdin", "--json"); err != nil {
		return err
	}
	out, err := s.command(ctx, program, "", "app", "add", "--team", "Load", "--name", "Load", "--scope", "read", "--scope", "write", "--json")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, &s.app); err != nil {
		return err
	}
	const most = "1000000" // the portal is measured, not the app's limit of tokens
	_, err = s.command(ctx, program, "", "app", "limit", s.app.ClientID, "--burst", most, "--rate", most)
	return err
}

// ready waits until the server answers.
func (s *server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, "GET", "http://"+s.address+"/readyz", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-s.exited:
			s.exited <- err
			return fmt.Errorf("the server ended: %w", err)
		case <-ctx.Done():
			return errors.New("the server does not get ready")
		case <-tick.C:
		}
	}
}

// command runs one of Gatepost's own commands next to the running server.
func (s *server) command(ctx context.Context, program, stdin string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, program, args...)
	c.Env, c.Stdin = s.env, strings.NewReader(stdin)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("gatepost %s: %w\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out, nil
}

// end stops the server by its process id and removes its folder.
func (s *server) end() error {
	defer os.RemoveAll(s.folder)
	if s.process == nil || s.process.Process == nil {
		return nil
	}
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-s.exited:
		return err
	case <-time.After(30 * time.Second):
		return errors.Join(errors.New("the server did not end by SIGTERM"), s.process.Process.Kill())
	}
}
