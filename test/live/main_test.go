//go:build linux

package live

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// atOnce is how many scenarios run side by side: they mostly wait.
const atOnce = "10"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		if err := roles[role](strings.Fields(os.Getenv(argsEnv))); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", role, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	flag.Set("test.parallel", atOnce)
	code := m.Run()
	if err := describeRecordings(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
