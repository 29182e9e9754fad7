// Package synth makes the packets of a story: hosts that talk to each other as
// operating systems do, and scanners that send what the real tools send. It is
// for tests only.
//
//	w := synth.New(seed, func(f capture.Frame) { ... })
//	web := w.Host("10.0.0.5").Open(80, 443)
//	b := w.Host("10.0.0.7")
//	b.Connect(web.Addr, 80, synth.Talk{Up: 300, Down: 20000})
//	w.Wait(15 * time.Second)
//	w.Host("198.51.100.9").Nmap().SYN(web.Addrs(), synth.Ports(1, 1000))
//	w.Finish()
//
// A conversation only plans its packets and takes no time of the story; Wait
// lets the clock run and hands out what was planned. A scan paces itself, so it
// takes its time. Frames come out in order, one by one: a story of a million
// packets needs no more memory than what is under way at one moment. The same
// seed makes the same packets.
//
// A packet that is sent by a tool is answered by the host it goes to, if there
// is one, as its system would: with a SYN+ACK, a reset, an ICMP error, or not at
// all. An address without a host is dark.
package synth
