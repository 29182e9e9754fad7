package track

// Row says what a packet that starts a contact is. The zero Row is a packet
// that starts none: an answer, or of no interest.
type Row struct {
	Starts bool
	Method Method // valid iff Starts
	// Weight is the evidence of the packet by itself, whatever the answer; 0
	// when the outcome decides.
	Weight Weight
}

// Rows is the table that the techniques are compiled into: one look-up per
// packet, by what tells the techniques of its protocol apart.
type Rows struct {
	TCP      [64]Row  // by the six control bits
	ICMP4    [256]Row // by type
	ICMP6    [256]Row // by type
	SCTP     [256]Row // by the first chunk's type
	Protocol [256]Row // by IP protocol, those above excepted
	UDP      Row
	ARP      Row
	// Relations are counted in Keys.Hits at the same index; at most RelationsMax.
	Relations []Relation
	// Runs find the keys of a run, each of another kind.
	Runs []RunKey
}
