#!/bin/sh
# After the files are gone. dpkg calls it with "remove", later perhaps "purge";
# rpm with 0 for removal and 1 for an upgrade.
set -e

case ${1:-} in
remove | 0) [ ! -d /run/systemd/system ] || systemctl daemon-reload ;;
purge)
	# Who purges asks for the records to go as well; who removes keeps them, and
	# rpm knows no purge. The user stays: files elsewhere may be its own, and its
	# number must not fall to another. What the administrator put into conf.d stays.
	rm -rf /var/lib/klaxon /var/log/klaxon
	rmdir /etc/klaxon/conf.d /etc/klaxon 2>/dev/null || true
	;;
esac
