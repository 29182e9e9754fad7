// Package klaxon holds the nouns of the project: what a watcher saw
// (Observation, Touch), what was made of it (Scan, Alarm), what the sensor
// says of itself (Health), and the one interface every output implements
// (Sink). It knows nothing of sockets, files or clocks, and imports the
// standard library only, so every other package may import it.
//
// A word on trust: strings and byte slices in these types that came from the
// network are raw. They leave the process only through internal/render.
package klaxon
