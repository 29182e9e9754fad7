package firewall

import (
	"golang.org/x/sys/unix"
)

// machine runs one rule at a time on a probe.
type machine struct {
	rs    *ruleset
	probe *probe
	in    tableKey // the table of the rule
	regs  [64]cell
	under why // what it hangs on that the rule is run at all
	work  int
}

// outcome is what one expression comes to: a condition, or verdicts in order, of
// which those with hangs 0 are certain.
type outcome struct {
	truth   truth
	hangs   why
	options []option
}

// option is a verdict that a rule may come to.
type option struct {
	verdict
	hangs why // 0: it does
}

var (
	holds   = outcome{truth: yes}
	unknown = outcome{truth: maybe, hangs: byUnknown}
	chance  = outcome{truth: maybe, hangs: byRate}
)

func is(t truth, hangs why) outcome { return outcome{truth: t, hangs: hangs} }

func ends(v verdict) outcome { return outcome{truth: yes, options: []option{{verdict: v}}} }

// apply runs a rule, and returns the verdicts that it may come to.
func (m *machine) apply(r *rule) []option {
	m.in = r.chain.key.tableKey
	m.forget()
	var hangs why
	for i := range r.exprs {
		m.work++
		out := m.step(&r.exprs[i])
		if out.truth == no {
			return nil
		}
		hangs |= out.hangs
		if r.exprs[i].name == "notrack" {
			m.probe.spare(hangs | m.under)
		}
		if out.options != nil {
			for j := range out.options {
				out.options[j].hangs |= hangs
			}
			return out.options
		}
	}
	return nil
}

// step runs one expression.
func (m *machine) step(e *expression) outcome {
	switch e.name {
	case "payload":
		return m.payload(e)
	case "meta":
		return m.meta(e)
	case "ct":
		if !e.has(unix.NFTA_CT_DREG) {
			return holds // it sets a mark or the like
		}
		m.store(e.number(unix.NFTA_CT_DREG), m.probe.connection(e.number(unix.NFTA_CT_KEY), e.number(unix.NFTA_CT_DIRECTION)))
		return holds
	case "fib":
		m.store(e.number(unix.NFTA_FIB_DREG), fibCells(e.number(unix.NFTA_FIB_RESULT), e.number(unix.NFTA_FIB_FLAGS)))
		return holds
	case "immediate":
		return m.immediate(e)
	case "cmp":
		return m.compare(e)
	case "range":
		return m.span(e)
	case "bitwise":
		return m.bitwise(e)
	case "byteorder":
		return m.byteorder(e)
	case "lookup":
		return m.lookup(e)
	case "match":
		return m.xtMatch(e)
	case "target":
		return m.xtTarget(e)
	case "numgen":
		m.store(e.number(1), unknownCells(4, byRate, 0)) // NFTA_NG_DREG
		return holds
	case "exthdr":
		return m.extension(e)
	case "nat", "redir", "tproxy":
		return ends(m.translate(e))
	}
	return m.statement(e)
}

// statement runs an expression that loads nothing.
func (m *machine) statement(e *expression) outcome {
	switch e.name {
	case "counter", "log", "last", "dup", "flow_offload", "masq", "notrack":
		return holds
	case "limit", "quota", "connlimit":
		return chance
	case "dynset":
		const expressions = 10 // NFTA_DYNSET_EXPRESSIONS
		if e.has(unix.NFTA_DYNSET_EXPR) || e.has(expressions) {
			return chance
		}
		return holds
	case "objref":
		return object(e)
	case "reject":
		return ends(verdict{code: reject})
	case "queue":
		return ends(verdict{code: unclear, note: "a queue, for a program to decide"})
	case "synproxy", "fwd":
		return ends(verdict{code: unclear, note: e.name})
	case "socket", "osf", "rt", "xfrm", "tunnel", "hash", "inner":
		m.forget()
		return unknown
	}
	// It may as well be what ends the way of a packet.
	return ends(verdict{code: unclear, note: e.name})
}

// extension looks for what is behind a header: an option of TCP, which a probe may
// have, or an extension header of IPv6, which it has not.
func (m *machine) extension(e *expression) outcome {
	const flags, operation, option, present = 5, 6, 1, 1
	if !e.has(unix.NFTA_EXTHDR_DREG) {
		return unknown // it sets one
	}
	switch op := e.number(operation); {
	case op == option && m.probe.proto != unix.IPPROTO_TCP:
		return is(no, 0)
	case op == 0 && e.number(flags)&present != 0:
		m.store(e.number(unix.NFTA_EXTHDR_DREG), knownCells(0))
		return holds
	case op == 0:
		return is(no, 0)
	}
	m.forget()
	return unknown
}

// forget leaves nothing known in registers: who knows what was written there.
func (m *machine) forget() {
	for i := range m.regs {
		m.regs[i] = cell{hangs: byUnknown}
	}
}

// object refers to a named counter, limit or the like.
func object(e *expression) outcome {
	const counter, quota, helper, limit, connlimit, timeout, secmark, expect = 1, 2, 3, 4, 5, 7, 8, 9
	switch e.number(unix.NFTA_OBJREF_IMM_TYPE) {
	case counter, helper, timeout, secmark, expect:
		return holds
	case quota, limit, connlimit:
		return chance
	}
	return unknown
}

// place is where a register begins: four of 16 bytes, and the same as sixteen of 4.
func place(reg uint64) (int, bool) {
	switch {
	case reg >= unix.NFT_REG_1 && reg <= unix.NFT_REG_4:
		return int(reg-unix.NFT_REG_1) * 16, true
	case reg >= unix.NFT_REG32_00 && reg <= unix.NFT_REG32_15:
		return int(reg-unix.NFT_REG32_00) * 4, true
	}
	return 0, false
}

// store fills a register, and the rest of its last word with zero.
func (m *machine) store(reg uint64, cells []cell) {
	at, ok := place(reg)
	if !ok {
		m.forget()
		return
	}
	n := copy(m.regs[at:], cells)
	for ; n%4 != 0; n++ {
		m.regs[at+n] = cell{known: 0xff}
	}
}

// load returns a register and what lies behind it.
func (m *machine) load(reg uint64) []cell {
	at, ok := place(reg)
	if !ok {
		return nil
	}
	return m.regs[at:]
}

func (m *machine) payload(e *expression) outcome {
	if !e.has(unix.NFTA_PAYLOAD_DREG) {
		return ends(verdict{code: unclear, note: "a change of the packet"})
	}
	offset, n := e.number(unix.NFTA_PAYLOAD_OFFSET), e.number(unix.NFTA_PAYLOAD_LEN)
	const longest = 64
	if offset > 1<<16 || n > longest {
		m.forget()
		return unknown
	}
	m.store(e.number(unix.NFTA_PAYLOAD_DREG), m.probe.payload(e.number(unix.NFTA_PAYLOAD_BASE), int(offset), int(n)))
	return holds
}

func (m *machine) meta(e *expression) outcome {
	if e.has(unix.NFTA_META_DREG) {
		m.store(e.number(unix.NFTA_META_DREG), m.probe.meta(e.number(unix.NFTA_META_KEY)))
		return holds
	}
	switch e.number(unix.NFTA_META_KEY) {
	case unix.NFT_META_MARK, unix.NFT_META_PRIORITY, unix.NFT_META_NFTRACE, unix.NFT_META_SECMARK:
		return holds // what reads them is told nothing of them
	}
	return ends(verdict{code: unclear, note: "a change of the packet"})
}

// fibCells is what the routes tell: the probe is for this host, and there is a way
// back to its source.
func fibCells(result, flags uint64) []cell {
	const oif, name, addrtype = 1, 2, 3
	switch {
	case flags&unix.NFTA_FIB_F_PRESENT != 0:
		return knownCells(1)
	case result == addrtype && flags&(unix.NFTA_FIB_F_SADDR|unix.NFTA_FIB_F_IIF|unix.NFTA_FIB_F_OIF) == 0:
		return knownCells(native(unix.RTN_LOCAL)...)
	case result == addrtype && flags&unix.NFTA_FIB_F_DADDR != 0:
		return unknownCells(4, byAddress, 0)
	case result == addrtype && flags&(unix.NFTA_FIB_F_IIF|unix.NFTA_FIB_F_OIF) == 0:
		return knownCells(native(unix.RTN_UNICAST)...)
	case result == oif && flags&unix.NFTA_FIB_F_SADDR != 0:
		return unknownCells(4, byInterface, neverZero)
	case result == name && flags&unix.NFTA_FIB_F_SADDR != 0:
		return unknownCells(16, byInterface, neverZero)
	}
	return unknownCells(16, byUnknown, 0)
}

func (m *machine) immediate(e *expression) outcome {
	reg := e.number(unix.NFTA_IMMEDIATE_DREG)
	if reg != unix.NFT_REG_VERDICT {
		m.store(reg, knownCells(e.value(unix.NFTA_IMMEDIATE_DATA)...))
		return holds
	}
	return ends(verdictOf(attributesOf(e.get(unix.NFTA_IMMEDIATE_DATA)).get(dataVerdict)))
}
