// Package truth compares what was told of a scenario with what happened in it.
// A scenario says which scans must be told (Want); everything else that is told
// is a false alarm. The scenarios of the synthesiser and those of the real
// tools share it, so that both are held to the same words.
package truth
