// Package drill is the fire drill: it knows its own probes among everybody's,
// follows each through detection to the outputs, and says what did not arrive.
//
// Nobody can pass for a part of it. Each drill has a secret of 128 bits, and
// each probe carries a seal made with it over its own addresses and ports:
//
//   - a datagram carries 128 bits of it behind its text;
//   - a raw segment has it as source port and sequence number, 47 bits, and the
//     few services that a drill touches are known;
//   - a connection, of which a kernel chooses the sequence number, is announced:
//     by a sealed datagram from the same address, or within the process.
//
// So a stranger's probe is part of no drill, whatever is written on it, and what
// was sealed for one source and service is of no use for another. A seal says
// nothing once its drill is over, which is after at most endsAfter, and the code that
// another host was given has lapsed.
//
// The package sends nothing (package probe does) and opens no files.
package drill
