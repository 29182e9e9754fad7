package plot

import "math"

// row is a row of the grid: first those of the ports, from port 0 up, then one
// for each band without ports.
type row uint16

const rows = portRows + row(bands) - 1

// portTicks are the ports named on the axis: the ends, the borders of the
// ranges of RFC 6335, and the ports everybody knows.
var portTicks = [...]uint16{1, 22, 80, 443, 1024, 3389, 8080, 49152, 65535}

// kneePort is where the scale of ports turns from linear to logarithmic: below
// it every port has a row or half of one, and a quarter of all rows is above
// port 8,080.
const kneePort = 64

// rowOf returns where a point is counted. An unknown band counts as a protocol.
func rowOf(b Band, port uint16) row {
	if b == Ports {
		return portRow(port)
	}
	return portRows + row(min(b, bands-1)) - 1
}

func portRow(port uint16) row {
	return min(row(portHeight(port)*portRows), portRows-1)
}

// portHeight returns how high a port stands on the axis, from 0 to 1.
func portHeight(port uint16) float64 {
	return math.Log1p(float64(port)/kneePort) / math.Log1p(65535.0/kneePort)
}
