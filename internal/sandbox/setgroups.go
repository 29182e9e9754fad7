//go:build !aix

package sandbox

import "syscall"

func setgroups(gids []int) error { return syscall.Setgroups(gids) }
