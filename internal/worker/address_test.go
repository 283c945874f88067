package worker

import (
	"net"
	"os"
	"strings"
	"testing"

	"tenon/internal/attempt"
	"tenon/internal/driver/attemptdir"
	"tenon/internal/driver/executor/executortest"
	"tenon/internal/glue"
)

// whereScript tells on which subnet it runs, in the way that scripts on Glue find out, and that a server of its own is
// still reached under that address.
const whereScript = `
import ipaddress
import socket

zones = {"first": ipaddress.ip_network("10.192.20.0/24"), "second": ipaddress.ip_network("10.192.21.0/24")}
address = socket.gethostbyname(socket.gethostname())
print(address, "is in", [name for name, network in zones.items() if ipaddress.ip_address(address) in network])
server = socket.create_server((address, 0))
with socket.create_connection((socket.gethostname(), server.getsockname()[1])) as client:
    client.sendall(b"arrived\n")
    print(server.accept()[0].makefile().readline(), end="")
`

// TestAddress: a script finds the driver's address behind its host's name, and the notice of its placement stands above
// its output. A run without an address finds the machine's own.
func TestAddress(t *testing.T) {
	t.Parallel()
	if name, err := os.Hostname(); err != nil {
		t.Fatal(err)
	} else if _, err := net.LookupHost(name); err != nil {
		t.Skipf("this host's own name does not resolve: %v", err)
	}
	notice := "placed on connection second (subnet-b, eu-west-1b):\n10.192.21.7, 249 addresses free"
	for i, kind := range []string{glue.CommandShell, glue.CommandETL} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var b *bench
			var spec attempt.Spec
			if kind == glue.CommandETL {
				b = etlBench(t)
				spec = b.etlSpec(t, 1, whereScript, nil, 0)
			} else {
				b = newBench(t)
				spec = b.spec(t, executortest.Key(i), whereScript)
			}
			spec.Address, spec.Notice = "10.192.21.7", notice
			if r := b.run(t, spec); r.State != glue.RunSucceeded {
				t.Fatalf("%+v\n%s", r, b.log(t, spec.Key, attemptdir.Errors))
			}
			want := "[tenon] placed on connection second (subnet-b, eu-west-1b): 10.192.21.7, 249 addresses free\n" +
				"10.192.21.7 is in ['second']\narrived\n"
			if got := b.log(t, spec.Key, attemptdir.Output); got != want {
				t.Errorf("output\n%s\nwant\n%s", got, want)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		spec := b.spec(t, executortest.Key(2), whereScript)
		if r := b.run(t, spec); r.State != glue.RunSucceeded {
			t.Fatalf("%+v\n%s", r, b.log(t, spec.Key, attemptdir.Errors))
		}
		if got := b.log(t, spec.Key, attemptdir.Output); !strings.HasSuffix(got, " is in []\narrived\n") {
			t.Errorf("output %q", got)
		}
	})
}
