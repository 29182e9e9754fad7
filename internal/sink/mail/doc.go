// Package mail sends records as plain text by SMTP: what comes within some minutes
// goes into one mail. The server is not trusted with more than the mail: what it
// says is read up to a cap, and a password never goes over a connection in clear.
package mail
