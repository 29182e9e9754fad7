package services

// lan are services meant for one local network. A touch from inside is often
// a printer search or a phone looking for a loudspeaker; a touch from outside
// never is.
var lan = []row{
	{tcp, 427, "svrloc", "slp", Modern, "VMware ESXi and printers; the ESXi service was used to spread ransomware."},
	{tcp, 548, "afpovertcp", "afp", "", "Apple file shares; old NAS servers have remote holes."},
	{tcp, 631, "ipp", "cups", "", "Printers and CUPS give out jobs and settings."},
	{tcp, 1716, "kdeconnect", "xmsg", "", "Phones and desktops paired by KDE Connect."},
	{tcp, 2869, "icslap", "", "", "Windows UPnP events; tells that UPnP is on."},
	{tcp, 3689, "daap", "", "", "Shared music libraries."},
	{tcp, 5357, "wsdapi", "wsd", "", "Windows and printers tell name and model."},
	{tcp, 5938, "teamviewer", "", "", "TeamViewer hosts, for password guessing."},
	{tcp, 6566, "sane-port", "sane saned", "", "Shared scanners hand over what lies on the glass."},
	{tcp, 7000, "airplay", "bbs", "", "AirPlay receivers; Cassandra nodes talk here too."},
	{tcp, 7070, "anydesk", "arcp", "", "Direct connections of AnyDesk."},
	{tcp, 7680, "delivery-optimization", "pando-pub wudo", "", "Windows peers share updates here; strangers learn the system."},
	{tcp, 8008, "http-8008", "", "", "Chromecasts and other devices tell their set-up here."},
	{tcp, 9100, "jetdirect", "hp-pdl-datastr pdl-datastream", Modern, "Printers print whatever anybody sends, and give up their files."},
	{tcp, 9999, "tplink-smarthome", "distinct", "", "TP-Link plugs obey anybody on the network."},
	{tcp, 10243, "wmp-sharing", "", "", "Windows media sharing."},
	{tcp, 17500, "db-lsp", "dropbox", "", "Dropbox peers tell account and folder identifiers."},
	{tcp, 22000, "syncthing", "", "", "Syncthing peers."},
	{tcp, 32400, "plex", "", "", "Media servers; old ones run code for whoever has an account."},
	{tcp, 62078, "iphone-sync", "", "", "iPhones and iPads in reach."},

	{udp, 137, "netbios-ns", "", "", "Tells the names of a Windows host and its user, and can be used for spoofing."},
	{udp, 138, "netbios-dgm", "", "", "Windows browsing announcements."},
	{udp, 427, "svrloc", "slp", "", "Amplifies floods two thousandfold when it faces the Internet."},
	{udp, 631, "ipp", "cups-browsed", "", "cups-browsed let one packet add a printer that runs commands."},
	{udp, 1716, "kdeconnect", "", "", "Phones and desktops paired by KDE Connect announce themselves."},
	{udp, 3702, "ws-discovery", "wsd onvif", Modern, "Cameras and printers answer, and amplify floods."},
	{udp, 5351, "nat-pmp", "pcp", "", "Routers that open ports for a stranger."},
	{udp, 5353, "mdns", "bonjour", "", "Lists the services of a host; amplifies floods when it faces the Internet."},
	{udp, 5355, "llmnr", "", "", "Answers to it are forged to steal Windows password hashes."},
	{udp, 17500, "db-lsp-disc", "dropbox", "", "Dropbox peers announce account and folder identifiers."},
	{udp, 21027, "syncthing-discovery", "", "", "Syncthing peers announce themselves."},
	{udp, 57621, "spotify-connect", "", "", "Spotify clients announce themselves."},
}
