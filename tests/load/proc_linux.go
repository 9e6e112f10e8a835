package main

import (
	"fmt"
	"syscall"
	"time"
	"unsafe"
)

// processorTime is what a process has used so far, by all its threads: its own clock of
// processor time, which clock_getcpuclockid(3) names, since /proc/PID/stat counts in steps
// of 10 ms.
func processorTime(pid int) (time.Duration, error) {
	const perProcess = 2 // CPUCLOCK_SCHED
	var t syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(^pid<<3|perProcess), uintptr(unsafe.Pointer(&t)), 0); errno != 0 {
		return 0, fmt.Errorf("reading the server's processor time: %w", errno)
	}
	return time.Duration(t.Nano()), nil
}

// threadTime is what the calling thread has used so far (getrusage).
func threadTime() (time.Duration, error) {
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
