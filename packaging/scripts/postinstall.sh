#!/bin/sh
# After the files are in place. dpkg calls it with "configure [OLD-VERSION]",
# rpm with 1 for the first installation and 2 for an upgrade.
set -e

case ${1:-} in
configure) upgrade=${2:-} ;;
1) upgrade= ;;
2) upgrade=yes ;;
*) exit 0 ;; # dpkg takes a failed removal or upgrade back: all is as it was
esac

# What is there wins, and what is asked for twice is done once: all of this may
# run at every upgrade.
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers klaxon.conf
elif ! id -u klaxon >/dev/null 2>&1; then
	useradd --system --user-group --no-create-home --home-dir /var/lib/klaxon \
		--shell /usr/sbin/nologin --comment "Klaxon, the tripwire" klaxon
fi
# systemd-tmpfiles refuses where /proc is not mounted, as in a file system that is
# being made.
if ! systemd-tmpfiles --create klaxon.conf 2>/dev/null; then
	install -d -m 0750 -o root -g klaxon /etc/klaxon /etc/klaxon/conf.d
	install -d -m 0750 -o klaxon -g klaxon /var/lib/klaxon /var/log/klaxon
	chown root:klaxon /etc/klaxon/klaxon.toml
	chmod 0640 /etc/klaxon/klaxon.toml
fi

restart() {
	systemctl daemon-reload
	systemctl -q is-active klaxond.service || return 0
	if ! klaxond -check >/dev/null; then
		echo "klaxon: the old klaxond runs on: correct the configuration, then: systemctl restart klaxond" >&2
		return 0
	fi
	# Debian's administrators may forbid restarts (policy-rc.d).
	if command -v deb-systemd-invoke >/dev/null; then
		deb-systemd-invoke try-restart klaxond.service
	else
		systemctl try-restart klaxond.service
	fi || echo "klaxon: klaxond did not come back: journalctl -u klaxond" >&2
}

if [ -n "$upgrade" ]; then
	if [ -d /run/systemd/system ]; then restart; fi
elif [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	echo "klaxon: nothing is started yet; arm it with: systemctl enable --now klaxond"
else
	echo "klaxon: nothing is started yet; arm it with: klaxond"
fi
