//go:build !linux

package testapp

import "syscall"

// endWithParent has no counterpart here: a test that is killed leaves its server behind.
func endWithParent(attr *syscall.SysProcAttr, _ syscall.Signal) *syscall.SysProcAttr { return attr }
