package packet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/net/bpf"
)

// ParseFilter reads a program as `tcpdump -ddd` prints it: the number of
// instructions, then one a line in four decimal numbers. It accepts what the
// kernel would, but for loads of scratch memory that was never stored, which
// the kernel alone refuses.
func ParseFilter(r io.Reader) ([]bpf.RawInstruction, error) {
	// One line more than can be wanted, so that a file without end is no trap.
	lines := bufio.NewScanner(io.LimitReader(r, (maxInstructions+2)*maxLine))
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	count, err := parseCount(lines)
	if err != nil {
		return nil, err
	}
	program := make([]bpf.RawInstruction, 0, count)
	for number := 2; lines.Scan(); number++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		if len(program) == count {
			return nil, fmt.Errorf("read filter: line %d: more than the %d instructions that line 1 tells", number, count)
		}
		ins, err := parseInstruction(text)
		if err == nil {
			err = check(ins, count-len(program)-1)
		}
		if err != nil {
			return nil, fmt.Errorf("read filter: line %d: %w", number, err)
		}
		program = append(program, ins)
	}
	if err := lines.Err(); err != nil {
		return nil, unreadable(err)
	}
	if len(program) < count {
		return nil, fmt.Errorf("read filter: %d instructions, line 1 tells of %d", len(program), count)
	}
	return program, nil
}

func parseCount(lines *bufio.Scanner) (int, error) {
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return 0, unreadable(err)
		}
		return 0, errors.New("read filter: it is empty: make it with tcpdump -ddd")
	}
	n, err := strconv.ParseUint(strings.TrimSpace(lines.Text()), 10, 32)
	if err != nil || n == 0 || n > maxInstructions {
		return 0, fmt.Errorf("read filter: line 1: want the number of instructions, 1 to %d: make the file with tcpdump -ddd", maxInstructions)
	}
	return int(n), nil
}

func unreadable(err error) error {
	if errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("read filter: a line longer than %d bytes: make the file with tcpdump -ddd", maxLine)
	}
	return fmt.Errorf("read filter: %w", err)
}

var errNotInstruction = errors.New("want four decimal numbers, as tcpdump -ddd prints them")

func parseInstruction(text string) (bpf.RawInstruction, error) {
	fields := strings.Fields(text)
	if len(fields) != 4 {
		return bpf.RawInstruction{}, errNotInstruction
	}
	var v [4]uint64
	for i, bits := range []int{16, 8, 8, 32} {
		n, err := strconv.ParseUint(fields[i], 10, bits)
		if err != nil {
			return bpf.RawInstruction{}, errNotInstruction
		}
		v[i] = n
	}
	return bpf.RawInstruction{Op: uint16(v[0]), Jt: uint8(v[1]), Jf: uint8(v[2]), K: uint32(v[3])}, nil
}

// check holds one instruction, with so many behind it, to the rules of the
// kernel (bpf_check_classic in net/core/filter.c).
func check(ins bpf.RawInstruction, behind int) error {
	known := ins.Disassemble()
	again, err := known.Assemble()
	if _, raw := known.(bpf.RawInstruction); raw || err != nil || again.Op != ins.Op {
		return fmt.Errorf("no operation has the number %d", ins.Op)
	}
	farthest := uint64(0)
	switch i := known.(type) {
	case bpf.RetA, bpf.RetConstant:
		return nil
	case bpf.Jump:
		farthest = uint64(i.Skip)
	case bpf.JumpIf, bpf.JumpIfX:
		farthest = uint64(max(ins.Jt, ins.Jf))
	case bpf.ALUOpConstant:
		if err := checkConstant(i); err != nil {
			return err
		}
	}
	if farthest >= uint64(behind) {
		return errors.New("it leaves the program without a return")
	}
	return nil
}

func checkConstant(i bpf.ALUOpConstant) error {
	switch i.Op {
	case bpf.ALUOpDiv, bpf.ALUOpMod:
		if i.Val == 0 {
			return errors.New("it divides by zero")
		}
	case bpf.ALUOpShiftLeft, bpf.ALUOpShiftRight:
		if i.Val >= 32 {
			return fmt.Errorf("it shifts 32 bits by %d", i.Val)
		}
	}
	return nil
}
