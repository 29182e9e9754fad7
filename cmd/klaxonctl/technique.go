package main

import (
	"slices"
	"strings"

	"klaxon"
)

// techniques are all that there are: a filter by one that is none finds nothing, which
// looks like a quiet network.
var techniques = []klaxon.Technique{
	klaxon.Connect, klaxon.Syn, klaxon.Fin, klaxon.Null, klaxon.Xmas, klaxon.Maimon, klaxon.Ack, klaxon.Flags, klaxon.Udp,
	klaxon.SctpInit, klaxon.SctpCookie, klaxon.IPProtocol, klaxon.IcmpEcho, klaxon.IcmpTimestamp, klaxon.IcmpMask,
	klaxon.Arp, klaxon.Nd, klaxon.OSProbe, klaxon.Version,
}

// checkTechnique refuses a name that is none.
func checkTechnique(name string) error {
	if name == "" || slices.Contains(techniques, klaxon.Technique(name)) {
		return nil
	}
	return misused("-technique %.40q: want %s", name, strings.Join(techniqueNames(), ", "))
}

func techniqueNames() (list []string) {
	for _, t := range techniques {
		list = append(list, string(t))
	}
	return list
}
