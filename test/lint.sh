#!/bin/sh
# gofmt, vet, staticcheck and govulncheck; `make lint` and `make test` call it.
# A checker that cannot be had here is named in a line that begins SKIPPED.
set -u
cd "$(dirname "$0")/.."
GO=${GO:-go}
status=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unformatted=$(gofmt -l $(git ls-files -co --exclude-standard '*.go'))
if [ -n "$unformatted" ]; then
	printf 'not gofmt-clean:\n%s\n' "$unformatted"
	status=1
fi
$GO vet ./... || status=1

# The checkers live in a module of their own, so that their dependencies never
# reach go.mod.
build() {
	(cd test/tools && $GO build -o "$work/" "$1") >/dev/null 2>&1 && return
	echo "SKIPPED: ${1##*/}: its module cannot be had here"
	return 1
}

if build honnef.co/go/tools/cmd/staticcheck; then
	"$work/staticcheck" ./... || status=1
fi
if build golang.org/x/vuln/cmd/govulncheck; then
	"$work/govulncheck" ./... >"$work/out" 2>&1
	case $? in
	0) ;;
	3) cat "$work/out"; status=1 ;;
	*) echo "SKIPPED: govulncheck: its database cannot be reached here" ;;
	esac
fi
exit $status
