package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
	"tenon/internal/sigv4"
)

// TestEC2: a call signed for ec2 is answered from the subnets of its region; one that is not well signed is refused in
// EC2's own dialect.
func TestEC2(t *testing.T) {
	s := New(slog.New(slog.DiscardHandler), nil, nil, Config{
		Account: "123456789012",
		Lookup: func(id string) (sigv4.Key, bool) {
			return sigv4.Key{SecretAccessKey: "secret"}, id == "AKIDKNOWN"
		},
		Subnets: func(region string) []scheduler.SubnetUse {
			return []scheduler.SubnetUse{{Free: 42, Subnet: placement.Subnet{ID: "subnet-of-" + region, CIDR: netip.MustParsePrefix("10.0.0.0/24")}}}
		},
	})
	for _, c := range []struct {
		name, action, key, secret string
		status                    int
		want                      string
	}{
		{"signed", "DescribeSubnets", "AKIDKNOWN", "secret", 200, "<subnetId>subnet-of-eu-west-1</subnetId>"},
		{"another action", "DescribeVpcs", "AKIDKNOWN", "secret", 400, "<Response><Errors><Error><Code>UnsupportedOperation</Code>"},
		{"another key", "DescribeSubnets", "AKIDOTHER", "secret", 401, "<Response><Errors><Error><Code>AuthFailure</Code>"},
		{"another secret", "DescribeSubnets", "AKIDKNOWN", "guess", 401, "<Response><Errors><Error><Code>AuthFailure</Code>"},
	} {
		body := "Action=" + c.action + "&Version=2016-11-15"
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "http://127.0.0.1/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		sigv4.Sign(r, []byte(body), sigv4.Credentials{AccessKeyID: c.key, SecretAccessKey: c.secret}, "eu-west-1", "ec2", time.Now())
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || w.Header().Get("Content-Type") != "text/xml" {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
}
