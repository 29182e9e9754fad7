package packet

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// program is a filter being written: instructions whose jumps name labels.
// Classic BPF jumps forward only, so a label stands below those who name it.
type program struct {
	code   []bpf.Instruction
	jumps  map[int]string // label that the jump at an index goes to
	labels map[string]int
}

func newProgram() *program {
	return &program{jumps: map[int]string{}, labels: map[string]int{}}
}

func (p *program) do(list ...bpf.Instruction) { p.code = append(p.code, list...) }

// label names the instruction that comes next.
func (p *program) label(name string) { p.labels[name] = len(p.code) }

// when jumps to a label if register A compares to a value as told, and goes on
// if not.
func (p *program) when(test bpf.JumpTest, value uint32, label string) {
	p.jumps[len(p.code)] = label
	p.do(bpf.JumpIf{Cond: test, Val: value})
}

// whenAny jumps to a label if register A is one of the values.
func (p *program) whenAny(label string, values ...uint32) {
	for _, v := range values {
		p.when(bpf.JumpEqual, v, label)
	}
}

// to jumps to a label.
func (p *program) to(label string) {
	p.jumps[len(p.code)] = label
	p.do(bpf.Jump{})
}

// assemble puts in the distances of the jumps.
func (p *program) assemble() ([]bpf.RawInstruction, error) {
	for at, label := range p.jumps {
		to, ok := p.labels[label]
		skip := to - at - 1
		if !ok || skip < 0 {
			return nil, fmt.Errorf("make the kernel filter: no label %s below instruction %d", label, at)
		}
		switch j := p.code[at].(type) {
		case bpf.Jump:
			j.Skip = uint32(skip)
			p.code[at] = j
		case bpf.JumpIf:
			if skip > 255 {
				return nil, fmt.Errorf("make the kernel filter: label %s is %d instructions away, the most is 255", label, skip)
			}
			j.SkipTrue = uint8(skip)
			p.code[at] = j
		}
	}
	return bpf.Assemble(p.code)
}

// The few instructions that filters are made of. Loads are relative to X.

func byteAt(off uint32) bpf.Instruction { return bpf.LoadIndirect{Off: off, Size: 1} }
func halfAt(off uint32) bpf.Instruction { return bpf.LoadIndirect{Off: off, Size: 2} }
func wordAt(off uint32) bpf.Instruction { return bpf.LoadIndirect{Off: off, Size: 4} }
func and(v uint32) bpf.Instruction      { return bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: v} }
func add(v uint32) bpf.Instruction      { return bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: v} }
func shiftLeft(n uint32) bpf.Instruction {
	return bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: n}
}
func addX() bpf.Instruction         { return bpf.ALUOpX{Op: bpf.ALUOpAdd} }
func subX() bpf.Instruction         { return bpf.ALUOpX{Op: bpf.ALUOpSub} }
func keep(slot int) bpf.Instruction { return bpf.StoreScratch{Src: bpf.RegA, N: slot} }
func take(slot int) bpf.Instruction { return bpf.LoadScratch{Dst: bpf.RegA, N: slot} }
