// Package control is how klaxond is asked: HTTP and JSON over a unix socket that
// only root, the klaxon user and klaxond's own user may talk on, as the kernel
// vouches. Server answers what a Host knows; Client asks.
//
// A local client may be slow, broken or hostile. Connections, requests, questions
// that work at once and the time of each are bounded (limits.go), and nothing a
// client does or leaves undone holds up the Host's own work: whoever follows the
// records has a queue of a fixed length, and what it misses is counted and told.
//
// Texts in answers are printable ASCII: records come as render made them, and a
// Host renders whatever else strangers had a hand in.
package control
