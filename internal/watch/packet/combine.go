package packet

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// Operations that combining has to know (linux/bpf_common.h).
const (
	opJump = 0x05 // ja k
	opJEQ  = 0x15 // jeq #k, jt, jf
	opRetK = 0x06
	opRetA = 0x16
)

// both returns a program that passes what first and then second pass, with the
// verdict of second. Every return of first that passes becomes a jump behind
// it, of the same length, so that no other jump moves:
//
//	first, its returns replaced
//	jeq #0, 0, 1    where `ret a` jumps to
//	ret #0
//	second
//
// second must load what it uses afresh.
func both(first, second []bpf.RawInstruction) ([]bpf.RawInstruction, error) {
	const stub = 2
	total := len(first) + stub + len(second)
	if total > maxInstructions {
		return nil, fmt.Errorf("join the filter given with ours: %d instructions, the most is %d: use a shorter one", total, maxInstructions)
	}
	out := make([]bpf.RawInstruction, 0, total)
	for i, ins := range first {
		behind := uint32(len(first) - i - 1)
		switch {
		case ins.Op == opRetA:
			ins = bpf.RawInstruction{Op: opJump, K: behind}
		case ins.Op == opRetK && ins.K != 0:
			ins = bpf.RawInstruction{Op: opJump, K: behind + stub}
		}
		out = append(out, ins)
	}
	out = append(out, bpf.RawInstruction{Op: opJEQ, Jt: 0, Jf: 1}, bpf.RawInstruction{Op: opRetK})
	return append(out, second...), nil
}
