#!/bin/sh
# Runs every test that this machine allows; `make test` calls it. What cannot
# run is named, with its reason, in the last lines. Further arguments go to
# `go test`.
set -eu
cd "$(dirname "$0")/.."
GO=${GO:-go}
notes=$(mktemp)
results=$(mktemp)
trap 'rm -f "$notes" "$results"' EXIT
note() { printf '%s\n' "$1" >>"$notes"; }

# The race detector needs a C compiler. It is a plain tool, so root gets it.
race=-race
if ! command -v gcc >/dev/null; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		echo "installing gcc for the race detector"
		{ apt-get -qq update && apt-get -qq -y --no-install-recommends install gcc libc6-dev; } >/dev/null 2>&1 || true
	fi
	if ! command -v gcc >/dev/null; then
		race=
		note "the race detector: no C compiler here (apt-get install gcc libc6-dev)"
	fi
fi
for tool in ip:iproute2 nft:nftables; do
	command -v "${tool%%:*}" >/dev/null && continue
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null &&
		apt-get -qq -y --no-install-recommends install "${tool#*:}" >/dev/null 2>&1 || true
done

# Real daemons for the end-to-end tests, unpacked beside, never installed.
sh test/debs/fetch.sh || note "some real programs: see the lines above"
# A bare machine for the packages. It is waited for after lint: most of its time
# is the archive's.
sh test/rootfs/fetch.sh &
rootfs=$!

sh test/lint.sh >"$results" 2>&1 && lint=ok || lint=failed
cat "$results"
wait $rootfs || note "a bare root file system: see the lines above"
grep -h '^SKIPPED: ' "$results" | sed 's/^SKIPPED: //' >>"$notes" || true

# The notes become arguments, one each.
set -- "$@"
echo "running the tests (a few minutes)"
# Those that take longest begin first, so that none of them runs alone at the end.
$GO test $race -timeout 20m -json "$@" ./test/scenario ./test/live ./test/faults ./internal/store/sqlite ./... >"$results" 2>&1 || true
set --
while IFS= read -r line; do set -- "$@" "$line"; done <"$notes"
$GO run ./test/summary "$@" <"$results" && tests=ok || tests=failed
[ "$lint" = ok ] || echo "lint failed, see above" >&2
[ "$lint" = ok ] && [ "$tests" = ok ]
