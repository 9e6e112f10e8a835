//go:build !linux

package main

import (
	"errors"
	"time"
)

var errLinux = errors.New("processor time is read as Linux tells it: run this on Linux")

func processorTime(int) (time.Duration, error) { return 0, errLinux }

func threadTime() (time.Duration, error) { return 0, errLinux }
