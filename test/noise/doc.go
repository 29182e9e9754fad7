// Package noise holds the whole of klaxond's middle, from touches and packets to
// what record sinks keep and people are told, against floods in virtual time:
// everything is accounted for, and those who matter are told of in time.
package noise
