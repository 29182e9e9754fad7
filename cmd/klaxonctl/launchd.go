package main

import (
	"fmt"
	"io"
)

// launchdPlist is one file; its first comment names it. The port stands as a
// string, because SockServiceName is a name.
const launchdPlist = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- /Library/LaunchDaemons/%[1]s.plist -->
%[2]s<plist version="1.0">
<dict>
	<key>Label</key>
	<string>%[1]s</string>
	<key>ProgramArguments</key>
	<array>
		<string>%[3]s</string>
		<string>%[4]s</string>
	</array>
	<key>inetdCompatibility</key>
	<dict>
		<key>Wait</key>
		<%[5]t/>
	</dict>
	<key>Sockets</key>
	<dict>
		<key>Listeners</key>
		<dict>
			<key>SockServiceName</key>
			<string>%[6]d</string>
			<key>SockType</key>
			<string>%[7]s</string>
		</dict>
	</dict>
</dict>
</plist>
`

func writeLaunchd(w io.Writer, s *setup) {
	for _, t := range s.traps {
		note := s.identNote(t)
		if note != "" {
			note = "<!-- " + note + " -->\n"
		}
		socket, wait := socketWords(t.Transport)
		fmt.Fprintf(w, launchdPlist, unitName(t, "."), note, s.program, t.Label, wait == "wait", t.Port, socket)
	}
}
