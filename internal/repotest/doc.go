// Package repotest holds the rules of this repository as tests: who may import
// whom, what a package says of itself, what the README promises.
package repotest
