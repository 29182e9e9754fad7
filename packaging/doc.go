// Package packaging holds what an installed system needs beside the programs:
// units, users, directories, and the example configuration. Its tests ask
// systemd's own checkers.
package packaging
