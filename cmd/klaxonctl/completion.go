package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"klaxon/internal/policy"
)

const completionUsage = `usage: klaxonctl completion bash|zsh|fish

Prints a script that completes commands and flags. For the shell that runs:
  bash   source <(klaxonctl completion bash)
  zsh    source <(klaxonctl completion zsh)
  fish   klaxonctl completion fish | source
`

func runCompletion(args []string, stdout, stderr io.Writer) int {
	shells := map[string]func() string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}
	switch {
	case len(args) == 1 && shells[args[0]] != nil:
		io.WriteString(stdout, shells[args[0]]()) // what cannot be written the shell sees
		return exitDone
	case len(args) == 1 && slices.Contains([]string{"-h", "-help", "--help"}, args[0]):
		io.WriteString(stdout, completionUsage)
		return exitDone
	}
	fmt.Fprintln(stderr, "klaxonctl completion: which shell? want bash, zsh or fish")
	seeHelp(stderr, "completion")
	return exitUsage
}

var flagWord = regexp.MustCompile(`(?m)(?:^|[\s|\[])(-[a-z][a-z-]*)`)

// flagsIn lists the flags of a command, as its usage names them: there is one
// place where they are told.
func flagsIn(c *command) (list []string) {
	var usage strings.Builder
	c.run([]string{"-h"}, &usage, io.Discard)
	for _, m := range flagWord.FindAllStringSubmatch(usage.String(), -1) {
		list = append(list, m[1])
	}
	list = append(list, "-h")
	slices.Sort(list)
	return slices.Compact(list)
}

func names() (list []string) {
	for _, c := range commands() {
		list = append(list, c.name)
	}
	return list
}

// words are what follows a command and is no flag.
var words = map[string]string{"completion": "bash zsh fish", "services": "classic modern ics lan all"}

func bashScript() string {
	var b strings.Builder
	b.WriteString(`_klaxonctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "` + strings.Join(names(), " ") + ` -h -version" -- "$cur"))
		return
	fi
	case $prev in
	-pcap|-plot|-anchors|-store|-config|-socket|-path|-services-file|-out)
		COMPREPLY=($(compgen -f -- "$cur"))
		return ;;
	-by)
		COMPREPLY=($(compgen -W "source service technique tool" -- "$cur"))
		return ;;
	-role)
		COMPREPLY=($(compgen -W "` + strings.Join(policy.RoleNames(), " ") + `" -- "$cur"))
		return ;;
	-technique)
		COMPREPLY=($(compgen -W "` + strings.Join(techniqueNames(), " ") + `" -- "$cur"))
		return ;;
	-type)
		COMPREPLY=($(compgen -W "touch alarm health" -- "$cur"))
		return ;;
	esac
	case ${COMP_WORDS[1]} in
`)
	for _, c := range commands() {
		list := strings.TrimSpace(strings.Join(flagsIn(&c), " ") + " " + words[c.name])
		fmt.Fprintf(&b, "\t%s) words=\"%s\" ;;\n", c.name, list)
	}
	b.WriteString(`	esac
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _klaxonctl klaxonctl
`)
	return b.String()
}

// zshScript is bash's by zsh's own emulation, which every zsh has. It serves both
// ways: read by the shell that runs, and as the file _klaxonctl in $fpath, which
// zsh first loads when something is to be completed, and then calls so.
func zshScript() string {
	return `#compdef klaxonctl
(( $+functions[compdef] )) || { autoload -U +X compinit && compinit -u }
autoload -U +X bashcompinit && bashcompinit
` + bashScript() + `if [ "${funcstack[1]}" = _klaxonctl ]; then
	_bash_complete -F _klaxonctl
fi
`
}

func fishScript() string {
	var b strings.Builder
	b.WriteString("complete -c klaxonctl -f\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "complete -c klaxonctl -n __fish_use_subcommand -a %s -d '%s'\n", c.name, strings.ReplaceAll(c.summary, "'", ""))
		for _, f := range flagsIn(&c) {
			fmt.Fprintf(&b, "complete -c klaxonctl -n '__fish_seen_subcommand_from %s' -o %s\n", c.name, strings.TrimPrefix(f, "-"))
		}
		if words[c.name] != "" {
			fmt.Fprintf(&b, "complete -c klaxonctl -n '__fish_seen_subcommand_from %s' -a '%s'\n", c.name, words[c.name])
		}
	}
	return b.String()
}
