package jdbc

import (
	"net"
	"net/url"
	"strings"

	"tenon/internal/plan"
)

// The databases.
const (
	postgres = "postgresql"
	mysql    = "mysql"
)

// ports are where they listen when a URL does not say.
var ports = map[string]string{postgres: "5432", mysql: "3306"}

// target is a database to connect to.
type target struct {
	vendor, host, port, database string
	user, password               string
	tls                          string // disable, prefer, require, verify-ca or verify-full
	schema                       string // PostgreSQL's currentSchema
}

// String names the target without secrets.
func (t *target) String() string {
	return "jdbc:" + t.vendor + "://" + net.JoinHostPort(t.host, t.port) + "/" + t.database
}

// parseURL reads jdbc:postgresql://host:port/database?parameters, and mysql alike. What its error says holds no
// parameter's value, for one may be a password.
func parseURL(text string) (*target, error) {
	rest, ok := strings.CutPrefix(text, "jdbc:")
	if !ok {
		return nil, argument(`the JDBC URL does not begin with "jdbc:"`)
	}
	vendor, rest, ok := strings.Cut(rest, ":")
	switch {
	case vendor == "mariadb":
		vendor = mysql
	case vendor != postgres && vendor != mysql:
		return nil, plan.Unsupported("the database "+strings.TrimSuffix(vendor, "://"), "postgresql and mysql are")
	}
	if !ok || !strings.HasPrefix(rest, "//") {
		return nil, argument("a JDBC URL is jdbc:%s://HOST:PORT/DATABASE", vendor)
	}
	u, err := url.Parse(vendor + ":" + rest)
	if err != nil || u.Hostname() == "" || strings.Contains(u.Host, ",") || u.User != nil {
		return nil, argument("a JDBC URL is jdbc:%s://HOST:PORT/DATABASE, with one host", vendor)
	}
	t := &target{vendor: vendor, host: u.Hostname(), port: u.Port(), database: strings.TrimPrefix(u.Path, "/"), tls: "prefer"}
	if t.port == "" {
		t.port = ports[vendor]
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, argument("the parameters of the JDBC URL of %s are not name=value&name=value", t)
	}
	for name, values := range query {
		if err := t.parameter(name, values[len(values)-1]); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// harmless are parameters of URLs, and values, that change nothing here: tuning, and what the Go drivers do anyway.
var harmless = map[string]bool{
	"applicationname": true, "connecttimeout": true, "sockettimeout": true, "logintimeout": true, "tcpkeepalive": true,
	"defaultrowfetchsize": true, "rewritebatchedinserts": true, "rewritebatchedstatements": true, "preparethreshold": true,
	"useunicode": true, "allowpublickeyretrieval": true, "autoreconnect": true, "cacheprepstmts": true, "useserverprepstmts": true,
	"usecursorfetch": true, "uselegacydatetimecode": true, "usecompression": true, "connectionattributes": true,
}

// parameter takes one parameter of the URL, or refuses it by name.
func (t *target) parameter(name, value string) error {
	low := strings.ToLower(value)
	switch key := strings.ToLower(name); {
	case key == "user":
		t.user = value
	case key == "password":
		t.password = value
	case key == "currentschema" && t.vendor == postgres:
		t.schema = value
	case key == "ssl" || key == "usessl":
		if t.tls = "disable"; low == "true" || low == "" {
			t.tls = "require"
		}
	case key == "requiressl":
		if low == "true" {
			t.tls = "require"
		}
	case key == "sslmode":
		modes := map[string]string{"disable": "disable", "disabled": "disable", "allow": "prefer", "prefer": "prefer", "preferred": "prefer",
			"require": "require", "required": "require", "verify-ca": "verify-ca", "verify_ca": "verify-ca", "verify-full": "verify-full",
			"verify_identity": "verify-full"}
		mode, ok := modes[low]
		if !ok {
			return plan.Unsupported("the parameter sslmode="+value+" of a JDBC URL", "")
		}
		t.tls = mode
	case harmless[key]:
	case (key == "servertimezone" || key == "connectiontimezone") && (low == "utc" || low == "gmt" || low == "+00:00"):
	case key == "characterencoding" && (low == "utf8" || low == "utf-8" || low == "utf8mb4"):
	case key == "zerodatetimebehavior" && (low == "exception" || low == "round"):
		if low == "round" {
			return plan.Unsupported("the parameter zeroDateTimeBehavior=round of a JDBC URL", "")
		}
	case key == "tinyint1isbit" && low == "true", key == "yearisdatetype" && low == "true":
	case key == "permitmysqlscheme":
	default:
		return plan.Unsupported("the parameter "+name+" of a JDBC URL", "")
	}
	return nil
}
