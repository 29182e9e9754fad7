package packet

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// Matcher makes of a program, as ParseFilter returns it, what the kernel makes
// of it: a function that tells which frames pass. It is not safe for concurrent
// use.
func Matcher(program []bpf.RawInstruction) (func(frame []byte) bool, error) {
	instructions, all := bpf.Disassemble(program)
	if !all {
		return nil, fmt.Errorf("run filter: an operation has no meaning")
	}
	for _, in := range instructions {
		if _, negates := in.(bpf.NegateA); negates {
			return nil, fmt.Errorf("run filter: it negates a number, which works live alone")
		}
	}
	vm, err := bpf.NewVM(instructions)
	if err != nil {
		return nil, fmt.Errorf("run filter: %w", err)
	}
	return func(frame []byte) bool {
		n, err := vm.Run(frame)
		return err == nil && n > 0
	}, nil
}
