#!/bin/sh
# Before the files go. dpkg calls it with "remove", or "upgrade NEW-VERSION";
# rpm with 0 for removal and 1 for an upgrade, which needs nothing: the old
# klaxond watches until the new one takes over.
set -e

case ${1:-} in
remove | 0) ;;
*) exit 0 ;;
esac

# disable works without a running systemd as well; --now would not.
if command -v systemctl >/dev/null; then
	for unit in klaxond.service klaxon-rexec.socket klaxon-tftp.socket; do
		systemctl --no-reload --quiet disable "$unit" 2>/dev/null || true
		[ ! -d /run/systemd/system ] || systemctl stop "$unit" || true
	done
fi
