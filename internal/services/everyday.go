package services

// everyday are services that most networks use honestly. They belong to no
// profile, because arming them would bring false alarms, or take the port from
// a service that is installed tomorrow. They stand here for their names.
var everyday = []row{
	{tcp, 22, "ssh", "", "", "Passwords are guessed here more than anywhere else."},
	{tcp, 25, "smtp", "mail", "", "Open relays send spam for anybody."},
	{tcp, 53, "domain", "dns", "", "Zone transfers list every host."},
	{tcp, 80, "http", "www", "", "Every web exploit starts with a request here."},
	{tcp, 443, "https", "", "", "Every web exploit starts with a request here; VPN gateways too."},
	{tcp, 465, "submissions", "smtps ssmtp urd", "", "Mail passwords are guessed here."},
	{tcp, 587, "submission", "", "", "Mail passwords are guessed here."},
	{tcp, 853, "domain-s", "dns-over-tls", "", "Open resolvers are collected."},
	{tcp, 993, "imaps", "", "", "Mail passwords are guessed here."},
	{tcp, 995, "pop3s", "", "", "Mail passwords are guessed here."},

	{udp, 53, "domain", "dns", "", "Open resolvers amplify floods."},
	{udp, 162, "snmp-trap", "snmptrap", "", "Management stations that take forged alarms."},
	{udp, 443, "https", "quic http3", "", "HTTP/3 servers are counted."},
	{udp, 514, "syslog", "", "", "Log servers that take forged lines, or fill up."},
	{udp, 1812, "radius", "", "", "Guards the log-in of networks by a shared secret."},
	{udp, 4500, "ipsec-nat-t", "", "", "VPN gateways are counted."},
	{udp, 51820, "wireguard", "", "", "Scanned in vain: WireGuard does not answer strangers."},
}
