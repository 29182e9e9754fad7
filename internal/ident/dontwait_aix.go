package ident

import "syscall"

// dontWait makes one receive call return at once.
const dontWait = syscall.MSG_NONBLOCK
