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
	farthest := uint64(0)
	switch ins.Op {
	case opRetK, opRetA:
		return nil
	case opJump:
		farthest = uint64(ins.K)
	case 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d: // jeq, jgt, jge, jset; with k, with x
		farthest = uint64(max(ins.Jt, ins.Jf))
	case 0x34, 0x94: // div, mod
		if ins.K == 0 {
			return errors.New("it divides by zero")
		}
	case 0x64, 0x74: // lsh, rsh
		if ins.K >= 32 {
			return fmt.Errorf("it shifts 32 bits by %d", ins.K)
		}
	case 0x60, 0x61, 0x02, 0x03: // ld, ldx, st, stx of scratch memory
		if ins.K >= 16 {
			return fmt.Errorf("there is no scratch memory %d, the last is 15", ins.K)
		}
	case 0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, // ld: imm, abs, ind, len
		0x01, 0x81, 0xb1, // ldx: imm, len, msh
		0x04, 0x14, 0x24, 0x44, 0x54, 0xa4, 0x84, // add, sub, mul, or, and, xor, neg
		0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0x9c, 0xac, // the same with x
		0x07, 0x87: // tax, txa
	default:
		return fmt.Errorf("no operation has the number %d", ins.Op)
	}
	if farthest >= uint64(behind) {
		return errors.New("it leaves the program without a return")
	}
	return nil
}
