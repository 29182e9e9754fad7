// Package scenario plays the stories of the synthesiser to the detector, each
// with its truth: which scan must be told, how, and by how many probes, and that
// nobody else is blamed. One file per family. What the same stories look like in
// capture files, and what is told of them, stands in testdata.
package scenario
