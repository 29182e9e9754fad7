// Package integrations holds what makes klaxond work with the programs that people
// have: fail2ban, CrowdSec, rsyslog, logrotate, Sigma, Prometheus, Grafana. Its
// tests hand each file to the real program.
package integrations
