#!/bin/sh
# Fetches the real programs that the tests use and unpacks them below
# ${KLAXON_CACHE:-${XDG_CACHE_HOME:-~/.cache}/klaxon}/debs. Nothing is
# installed and nothing is started. A second run does nothing.
#
#   debs/current/      RELEASE-ARCH/ of this machine, with
#     PACKAGE/         the package and what it needs, unpacked
#     bin/NAME         starts a program with its own libraries
#     missing/NAME     why a program is not here, in one line
#     manifest         PACKAGE PART VERSION of all that is unpacked
#
# Prints one line for each program that cannot be had, and then exits 1.
set -u

# NAME PACKAGE PROGRAM ARGUMENTS, where @ is the folder of the package. Packages that
# nfpm makes name their files from the root on: without its argument cpio would
# unpack them over the machine's own.
programs() {
	cat <<-'END'
		openbsd-inetd openbsd-inetd @/usr/sbin/inetd
		inetutils-inetd inetutils-inetd @/usr/sbin/inetutils-inetd
		xinetd xinetd @/usr/sbin/xinetd
		systemd-socket-activate systemd @/usr/bin/systemd-socket-activate
		oidentd oidentd @/usr/sbin/oidentd
		rsyslogd rsyslog @/usr/sbin/rsyslogd -M @/usr/lib/*/rsyslog
		rsyslogd-tls rsyslog-gnutls @/usr/sbin/rsyslogd -M @/usr/lib/*/rsyslog
		systemd-journald systemd @/usr/lib/systemd/systemd-journald
		journalctl systemd @/usr/bin/journalctl
		exim4 exim4-daemon-light @/usr/sbin/exim4
		rpcbind rpcbind @/usr/sbin/rpcbind
		rpcinfo rpcbind @/usr/bin/rpcinfo
		nmap nmap @/usr/bin/nmap --datadir @/usr/share/nmap
		masscan masscan @/usr/bin/masscan
		zmap zmap @/usr/sbin/zmap
		hping3 hping3 @/usr/sbin/hping3
		tcpdump tcpdump @/usr/bin/tcpdump
		scanlogd scanlogd @/usr/sbin/scanlogd
		nft nftables @/usr/sbin/nft
		iptables-nft iptables @/usr/sbin/iptables-nft
		ip6tables-nft iptables @/usr/sbin/ip6tables-nft
		ping iputils-ping @/usr/bin/ping
		traceroute traceroute @/usr/bin/traceroute.db
		iperf3 iperf3 @/usr/bin/iperf3
		strace strace @/usr/bin/strace
		curl curl @/usr/bin/curl
		vsftpd vsftpd @/usr/sbin/vsftpd
		pure-ftpd pure-ftpd @/usr/sbin/pure-ftpd
		dnsmasq dnsmasq-base @/usr/sbin/dnsmasq
		haproxy haproxy @/usr/sbin/haproxy
		sipp sip-tester @/usr/bin/sipp
		snmpget snmp @/usr/bin/snmpget
		avahi-daemon avahi-daemon @/usr/sbin/avahi-daemon
		chronyd chrony @/usr/sbin/chronyd
		fail2ban-regex fail2ban @/usr/bin/fail2ban-regex -c @/etc/fail2ban
		fail2ban-client fail2ban @/usr/bin/fail2ban-client
		crowdsec crowdsec @/usr/bin/crowdsec
		cscli crowdsec @/usr/bin/cscli
		logrotate logrotate @/usr/sbin/logrotate
		promtool prometheus @/usr/bin/promtool
		lognormalizer liblognorm-utils @/usr/bin/lognormalizer
		python-yaml python3-yaml /usr/bin/python3
		rpm rpm @/usr/bin/rpm
		rpmkeys rpm @/usr/bin/rpmkeys
		rpm2archive rpm2cpio @/usr/bin/rpm2archive
		rpm2cpio rpm2cpio @/usr/bin/rpm2cpio
		cpio cpio @/usr/bin/cpio --no-absolute-filenames
		lintian lintian @/usr/bin/lintian
		rpmlint rpmlint @/usr/bin/rpmlint
		qemu-aarch64 qemu-user-static @/usr/bin/qemu-aarch64-static
	END
}

# A program that the machine has is used as it is, except for daemons: a
# host's own has its files elsewhere.
from_host() { # NAME
	case $1 in nmap | tcpdump | strace | systemd-socket-activate) ;; *) return 1 ;; esac
	host=$(command -v "$1") && ln -sfn "$host" "$top/bin/$1"
}

# With no package lists, or with old ones, root gets new ones.
lists_ready() {
	[ -n "$(find /var/lib/apt/lists -name '*Packages*' 2>/dev/null | head -n 1)" ] || update_once
}

update_once() {
	[ -z "$updated" ] && [ "$(id -u)" = 0 ] && apt-get -qq update >/dev/null 2>&1 && updated=yes
}

download() { # PACKAGES, into the current directory
	apt-get -qq download "$@" >/dev/null 2>error && return
	update_once && apt-get -qq download "$@" >/dev/null 2>error
}

# needs prints what a package depends on and is worth unpacking: libraries that
# the machine lacks, and data. Of alternatives the first is taken. To ask the
# package itself spares a list of names, which differ between releases. A name that
# is none of a package is provided by another one, such as perl itself.
needs() { # FILE
	dpkg-deb -f "$1" Pre-Depends Depends | sed 's/^[A-Za-z-]*: //; s/ *[(|:][^,]*//g' | tr -s ', ' '\n' |
		grep -E '^(lib|lua-|python3-|(nmap|rpm)-common$|rsyslog$)' | while read -r part; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$part" 2>/dev/null)" = installed ] ||
			grep -Fx "$part" "$top/names"
	done
	# masscan loads this one by itself, and its package does not say so.
	case ${1##*/} in masscan_*) apt-cache pkgnames libpcap0.8 | grep -xE 'libpcap0.8(t64)?' | head -n 1 ;; esac
}

# unpack fetches PACKAGE and all that it needs into the folder root/ of the
# current directory, and lists it in manifest there.
unpack() { # PACKAGE
	package=$1 had=' '
	[ -s "$top/names" ] || apt-cache pkgnames >"$top/names"
	while [ $# -gt 0 ]; do
		download "$@" || return 1
		had="$had$* "
		set --
		for file in *.deb; do
			part=${file%%_*}
			dpkg-deb -x "$file" root 2>error || return 1
			echo "$package $part $(dpkg-deb -f "$file" Version)" >>manifest
			for more in $(needs "$file"); do
				case "$had$* " in *" $more "*) ;; *) set -- "$@" "$more" ;; esac
			done
			rm "$file"
		done
	done
}

# fetch makes $top/PACKAGE complete, or leaves the reason in $why.
fetch() { # PACKAGE
	[ -d "$top/$1" ] && return
	work=$(mktemp -d "$top/fetching.XXXXXX")
	if (cd "$work" && unpack "$1"); then
		find "$work/root" -perm /6000 -exec chmod ug-s {} + # what is not installed needs no other's rights
		cat "$work/manifest" >>"$top/manifest"
		# All machines but one take up 250 MB.
		[ "$1" != qemu-user-static ] || find "$work/root/usr/bin" -type f ! -name qemu-aarch64-static -delete
		mv "$work/root" "$top/$1"
	else
		why="apt-get download: $(grep -v '^W:' "$work/error" | head -n 1)"
	fi
	rm -rf "$work"
	[ -d "$top/$1" ]
}

# wrap writes bin/NAME when the program is there and finds its libraries, or
# leaves the reason in $why.
wrap() { # NAME ROOT PROGRAM ARGUMENTS
	name=$1 root=$2 program=$3
	shift 3
	[ -x "$program" ] || program=$root${program#"$root/usr"} # packages from before /sbin was a link
	interpreter=$(head -c 99 "$program" 2>/dev/null | tr -d '\000' | sed -n '1s/^#! *\([^ ]*\).*/\1/p')
	if [ -n "$interpreter" ] && [ ! -x "$interpreter" ]; then
		why="${program##*/}: it is a script for $interpreter, which is not here"
		return 1
	fi
	libraries=$(find "$root" -name '*.so*' -exec dirname {} + | sort -u | tr '\n' ':')
	lacking=$(LD_LIBRARY_PATH=$libraries ldd "$program" 2>&1 | grep 'not found\|No such file' | head -n 1)
	if [ -n "$lacking" ]; then
		why="${program##*/}:$lacking"
		return 1
	fi
	modules=$root/usr/lib/python3/dist-packages
	[ -d "$modules" ] && modules="PYTHONPATH=$modules " || modules=
	[ -d "$root/usr/share/perl5" ] &&
		modules="${modules}PERL5LIB=$root/usr/share/perl5:$(echo "$root"/usr/lib/*/perl5/5.* | tr ' ' :) "
	printf '#!/bin/sh\n%sLD_LIBRARY_PATH=%s exec %s "$@"\n' "$modules" "${libraries%:}" "$program${*:+ $*}" >"$top/bin/$name.new"
	chmod 755 "$top/bin/$name.new"
	mv "$top/bin/$name.new" "$top/bin/$name"
}

status=0 updated=
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
	echo "cannot have any real program: this is no Debian or Ubuntu (no apt-get)"
	exit 1
fi
cache=${KLAXON_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/klaxon}
release=$(. /etc/os-release && echo "$ID${VERSION_ID:-}")
top=$cache/debs/$release-$(dpkg --print-architecture)
mkdir -p "$top/bin" "$top/missing" || exit 1
ln -sfn "${top##*/}" "$cache/debs/current"

while read -r name package program; do
	[ -e "$top/bin/$name" ] && continue
	from_host "$name" && continue
	why="the package lists are empty (sudo apt-get update)"
	# Unquoted: the arguments are several, and * in them is the machine's triplet.
	if lists_ready && fetch "$package" && wrap "$name" "$top/$package" $(echo "$program" | sed "s,@,$top/$package,g"); then
		rm -f "$top/missing/$name"
	else
		printf '%s\n' "$why" >"$top/missing/$name"
		echo "cannot have $name: $why"
		status=1
	fi
done <<END
$(programs)
END
rm -f "$top/names"
exit $status
