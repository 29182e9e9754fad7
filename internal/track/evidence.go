package track

// Outcome is what became of a contact.
type Outcome uint8

// The outcomes. Only those from Success on are final, and a later packet may
// still correct them: a silent contact whose client closes with data behind it
// succeeded, and its answers take another way.
const (
	Free     Outcome = iota
	Pending          // no answer yet
	Open             // answered; whether anything was said is not known yet
	Success          // answered, and something was said
	Empty            // connected and closed without a word
	HalfOpen         // answered, and the client reset it
	Refused          // reset, or unreachable
	Silent           // no answer
	Dark             // no answer, from an address where nobody lives
	Asleep           // no answer, from a host that lived of late, but not now
	Trapped          // with a trap of this host, whatever it answers
	Illegal          // no answer is needed: nobody sends such a thing
	Void             // does not count: a reply, a stream, a trace
	outcomes
)

// Weight is evidence in thousandths of a nat, positive for scanning.
type Weight = int32

// The weights of the sequential test with θ0 = 0.8 and θ1 = 0.2 (Jung, Paxson,
// Berger, Balakrishnan 2004): a failure is ln 4, a success −ln 4.
const (
	weightFailure   Weight = 1386
	weightSuccess   Weight = -1386
	weightEmpty     Weight = 693
	weightEmptyHost Weight = 1733 // with the fourth service of one host and on: nobody has a use for that
	weightHalfOpen  Weight = 1386 // by a raw stack; a kernel that resets is a health check
	weightRaw       Weight = 1386 // besides: the packet is of no operating system
	weightDark      Weight = 2900
	sleepShare      Weight = 8 // the part of a silence that the silence of a sleeping host weighs
	weightIllegal   Weight = 2800
	weightStrong    Weight = weightFailure * 3 / 4 // a silence where nearly all answers are seen
	floor           Weight = -4600
)

// unanswered tells the outcomes that a late answer corrects.
func (o Outcome) unanswered() bool { return o == Pending || o == Silent || o == Dark || o == Asleep }

// odds are what the outcomes of one method weigh.
type odds struct {
	success, refused, silent Weight
	heard                    bool // silence weighs by how much of the answers is seen
}

// weights returns the odds of a method. A datagram or an echo request without
// an answer is ordinary, an unanswered ARP request is half of that; an IP
// protocol that nobody speaks is not.
func (m Method) weights() odds {
	switch m {
	case MethodUDP:
		return odds{weightSuccess, weightFailure, 280, false}
	case MethodEcho:
		return odds{weightSuccess, weightFailure, 930, true}
	case MethodARP:
		return odds{-345, 345, 345, false}
	case MethodND:
		return odds{-432, 432, 432, false}
	case MethodProtocol:
		return odds{weightSuccess, 1750, 1750, false}
	}
	return odds{weightSuccess, weightFailure, weightFailure, true}
}

// weightSameHost is the silence of a datagram to a host that the source has
// sent another one to: programs talk to one service of a host, scanners to many.
const weightSameHost Weight = 501

// Threshold is the sum at which evidence establishes a scan: ten refusals, or
// a chance of about one in a million (ln 10^6).
const Threshold Weight = 13800

// Suspicion is the sum that makes a suspect: five failures, of which the answers to
// some might not have been seen.
const Suspicion Weight = 6500

// Method tells how the first packet of a contact was made. Their order is that
// of the bits in Source.Methods.
type Method uint8

// The methods, one for each technique that a single packet can show.
const (
	MethodSyn Method = iota
	MethodFin
	MethodNull
	MethodXmas
	MethodMaimon
	MethodAck
	MethodFlags
	MethodUDP
	MethodSCTPInit
	MethodSCTPCookie
	MethodProtocol
	MethodEcho
	MethodTimestamp
	MethodMask
	MethodARP
	MethodND
	methodCount
	MethodNone = methodCount
)
