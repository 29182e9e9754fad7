package check

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"

	"klaxon/internal/config"
)

// absent warns of interfaces, addresses and traps that are named and would not be
// there. They may come later, so the configuration is good for all that; klaxond goes
// on without.
func absent(c *config.Config, there func(name string) bool, own []netip.Addr) (list []string) {
	for _, name := range c.Wire.Interfaces {
		if c.Wire.Enabled && !there(name) {
			list = append(list, fmt.Sprintf("wire.interfaces: there is no interface %s now: klaxond would not watch it", name))
		}
	}
	if armed, err := traps(c); err == nil && len(armed) == 0 && len(c.Services) > 0 && c.Mode != config.ModePassive {
		list = append(list, "except names every one of the services: no trap would be armed")
	}
	for _, a := range c.Addresses {
		if !slices.Contains(own, a.Unmap().WithZone("")) && !a.IsUnspecified() && !a.IsLoopback() {
			list = append(list, fmt.Sprintf("addresses: %s is no address of this host now: no trap would be armed on it", a))
		}
	}
	return list
}

// broken warns of what klaxonctl allowed and klaxond cannot read.
func broken(paths config.Paths) []string {
	_, err := config.LoadAllowed(paths.Allowed())
	if err == nil || errors.Is(err, fs.ErrPermission) { // it is klaxond's, and whoever asks is not root
		return nil
	}
	return []string{fmt.Sprintf("rules of klaxonctl allow are out of force: %v", err)}
}

func interfaceThere(name string) bool {
	_, err := net.InterfaceByName(name)
	return err == nil
}
