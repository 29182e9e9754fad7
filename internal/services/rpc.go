package services

// RPCProgram is an ONC RPC service (RFC 5531) that inetd registers with the
// portmapper. It has no port of its own, so it can be a trap under inetd alone.
type RPCProgram struct {
	Name     string // as in /etc/rpc
	Versions string // as inetd.conf wants them: one, or low-high
	Number   uint32 // the program number
	Why      string // one sentence: what a scanner wants of it
}

// RPCPrograms returns the RPC services that klaxon can stand in for. All are
// datagram services.
func RPCPrograms() []RPCProgram {
	return []RPCProgram{
		{"rstatd", "1-3", 100001, "Tells load and uptime to anybody."},
		{"rusersd", "2-3", 100002, "Tells who is logged in, and from where."},
		{"walld", "1", 100008, "Writes on every terminal."},
		{"sprayd", "1", 100012, "Counts packets; can be flooded."},
	}
}
