package testapp

import "syscall"

// endWithParent is attr for a process that also gets a signal when the test that started
// it is killed.
func endWithParent(attr *syscall.SysProcAttr, signal syscall.Signal) *syscall.SysProcAttr {
	tied := *attr
	tied.Pdeathsig = signal
	return &tied
}
