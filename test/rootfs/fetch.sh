#!/bin/sh
# Makes the file system of a bare machine, of this machine's own release, for the
# tests that install a package: what every such machine has, with systemd and
# useradd. It is kept as a tar file below
# ${KLAXON_CACHE:-${XDG_CACHE_HOME:-~/.cache}/klaxon}/rootfs.
# Nothing is installed or started on this machine. A second run does nothing.
#
#   rootfs/RELEASE-ARCH.tar      the files
#   rootfs/RELEASE-ARCH.missing  why they are not here, in one line
#
# Prints that line when there is one, and then exits 1.
set -u

cache=${KLAXON_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/klaxon}/rootfs
mkdir -p "$cache" || exit 1
release=$(. /etc/os-release && echo "$ID${VERSION_ID:-}-$(uname -m)")
top=$cache/$release
[ -e "$top.tar" ] && exit 0
work=$(mktemp -d "$cache/making.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

fail() {
	printf '%s\n' "$1" >"$top.missing"
	echo "cannot have a bare root file system: $1"
	exit 1
}

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || fail "this is no Debian or Ubuntu (no apt-get)"
command -v perl >/dev/null || fail "mmdebstrap needs perl (apt-get install perl)"
[ "$(id -u)" = 0 ] || fail "needs root"
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -n "$suite" ] || fail "/etc/os-release names no VERSION_CODENAME"

cd "$work" || exit 1
apt-get -qq download mmdebstrap >/dev/null 2>error ||
	{ apt-get -qq update >/dev/null 2>&1 && apt-get -qq download mmdebstrap >/dev/null 2>error; } ||
	fail "apt-get download: $(grep -v '^W:' error | head -n 1)"
dpkg-deb -x mmdebstrap_*.deb tool || fail "mmdebstrap cannot be unpacked"

# The archive that this machine itself is fed from.
mirror=$(apt-get --print-uris -qq download base-files 2>/dev/null | sed -n "1s,^'\([^']*\)/pool/.*,\1,p")
[ -n "$mirror" ] || fail "no archive to be had base-files from (sudo apt-get update)"

# In namespaces of its own: what is mounted for it is gone with it.
unshare --mount --pid --fork --kill-child tool/usr/bin/mmdebstrap --quiet --mode=root --variant=essential \
	--include=systemd,passwd --format=tar "$suite" "$work/root.tar" "$mirror" >error 2>&1 ||
	fail "mmdebstrap: $(grep '^E:' error | head -n 1)"
mv "$work/root.tar" "$top.tar" && rm -f "$top.missing"
