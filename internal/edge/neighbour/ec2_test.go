package neighbour

import (
	"encoding/xml"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"tenon/internal/core/placement"
	"tenon/internal/core/scheduler"
)

// fewSubnets are those of us-east-1; no other region has any.
func fewSubnets(region string) (all []scheduler.SubnetUse) {
	if region != "us-east-1" {
		return nil
	}
	for i, free := range []int64{251, 12, 0} {
		all = append(all, scheduler.SubnetUse{Free: free, Subnet: placement.Subnet{
			ID: fmt.Sprintf("subnet-%c", 'a'+i), VPC: "vpc-1", Zone: fmt.Sprintf("us-east-1%c", 'a'+i%2),
			CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 0}), 24)}})
	}
	return all
}

// caller is who asks.
var caller = Caller{Account: "123456789012", RequestID: "req-1"}

// describe asks for subnets and spells what comes: id, zone, and free addresses of each, or the error.
func describe(t *testing.T, e *EC2, region, query string) (said, next string) {
	t.Helper()
	form, err := url.ParseQuery("Action=DescribeSubnets&Version=2016-11-15&" + query)
	if err != nil {
		t.Fatal(err)
	}
	body, refused := e.Serve(region, form, caller)
	if refused != nil {
		return fmt.Sprintf("%d %s: %s", refused.Status, refused.Code, refused.Message), ""
	}
	var out describeSubnets
	if err := xml.Unmarshal(body, &out); err != nil {
		t.Fatal(err)
	}
	if out.RequestID != "req-1" || !strings.Contains(string(body), "<subnetSet>") {
		t.Errorf("%s", body)
	}
	var words []string
	for _, s := range out.Set.Items {
		words = append(words, fmt.Sprintf("%s %s %d", s.ID, s.Zone, s.Available))
	}
	return strings.Join(words, ", "), out.Next
}

func TestDescribeSubnets(t *testing.T) {
	const a, b, c = "subnet-a us-east-1a 251", "subnet-b us-east-1b 12", "subnet-c us-east-1a 0"
	e := &EC2{Subnets: fewSubnets}
	for _, test := range []struct{ query, want string }{
		{"", a + ", " + b + ", " + c},
		{"SubnetId.1=subnet-b", b},
		{"SubnetId.1=subnet-c&SubnetId.2=subnet-a", a + ", " + c},
		{"SubnetId.1=x", "400 InvalidSubnetID.NotFound: The subnet ID 'x' does not exist"},
		{"SubnetId.1=x&SubnetId.2=subnet-a&SubnetId.3=y", "400 InvalidSubnetID.NotFound: The subnet IDs 'x, y' do not exist"},
		{"Filter.1.Name=availability-zone&Filter.1.Value.1=us-east-1a", a + ", " + c},
		{"Filter.1.Name=availability-zone&Filter.1.Value.1=us-east-1a&Filter.2.Name=available-ip-address-count&Filter.2.Value.1=0&Filter.2.Value.2=12", c},
		{"Filter.1.Name=subnet-id&Filter.1.Value.1=subnet-?&Filter.2.Name=cidr-block&Filter.2.Value.1=10.0.1.*", b},
		{"Filter.1.Name=subnet-id&Filter.1.Value.1=subnet-%5C%3F", ""}, // \? is a question mark
		{"Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1&Filter.2.Name=state&Filter.2.Value.1=available", a + ", " + b + ", " + c},
		{"Filter.1.Name=vpc-id&Filter.1.Value.1=vpc", ""},
		{"Filter.1.Name=state&Filter.1.Value.1=pending", ""},
		{"Filter.1.Name=tag:Name&Filter.1.Value.1=x", "400 InvalidParameterValue: The filter 'tag:Name' is invalid"},
		{"Filter.1.Name=vpc-id", "400 InvalidParameterValue: The filter 'vpc-id' must have a value"},
		{"Filter.1.Value.1=vpc-1", "400 MissingParameter: The request must contain the parameter Filter.1.Name"},
		{"MaxResults=4", "400 InvalidParameterValue: Value ( 4 ) for parameter maxResults"},
		{"MaxResults=1001", "400 InvalidParameterValue: Value ( 1001 ) for parameter maxResults"},
		{"NextToken=!", "400 InvalidParameterValue: The token '!' is invalid"},
		{"NextToken=eA", "400 InvalidParameterValue: The token 'eA' is invalid"},
		{"DryRun=true", "412 DryRunOperation: "},
		{"Colour=red", "400 UnknownParameter: The parameter Colour is not recognized"},
		{"SubnetId=subnet-a", "400 UnknownParameter: The parameter SubnetId is not recognized"},
		{"Filter.1.Name=vpc-id&Filter.1.Value.1=" + strings.Repeat("*", 256), "400 InvalidParameterValue: A value of the filter 'vpc-id' is longer than 255"},
		{"Filter.1.Name=vpc-id&Filter.1.Value.1=" + strings.Repeat("*", 255), a + ", " + b + ", " + c},
		{"Filter.1.Name=" + strings.Repeat("x", 1<<20), "400 InvalidParameterValue: The filter '" + strings.Repeat("x", 128) + "...' is invalid"},
		{"Filter.1.Name=vpc-id" + many("Filter.1.Value.", 201), "400 FilterLimitExceeded: "},
		{strings.TrimPrefix(many("SubnetId.", 1001), "&"), "400 InvalidParameterValue: At most 1000"},
	} {
		got, _ := describe(t, e, "us-east-1", test.query)
		if errorWanted := strings.HasPrefix(test.want, "4"); got != test.want && !(errorWanted && strings.HasPrefix(got, test.want)) {
			t.Errorf("%s:\n got %s\nwant %s", test.query, got, test.want)
		}
	}
	if got, _ := describe(t, e, "eu-west-1", ""); got != "" {
		t.Errorf("another region has %s", got)
	}
}

// many are n numbered parameters.
func many(key string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "&%s%d=x", key, i+1)
	}
	return b.String()
}

// TestDescribeSubnetsPages walks pages of five over twelve subnets of which every second is asked for.
func TestDescribeSubnetsPages(t *testing.T) {
	var all []scheduler.SubnetUse
	for i := range 22 {
		all = append(all, scheduler.SubnetUse{Subnet: placement.Subnet{ID: fmt.Sprintf("subnet-%02d", i), Zone: fmt.Sprint("z", i%2)}})
	}
	e := &EC2{Subnets: func(string) []scheduler.SubnetUse { return all }}
	var pages []int
	seen := 0
	for token := ""; ; {
		query := "MaxResults=5&Filter.1.Name=availability-zone&Filter.1.Value.1=z1"
		if token != "" {
			query += "&NextToken=" + token
		}
		said, next := describe(t, e, "us-east-1", query)
		n := len(strings.Split(said, ", "))
		pages, seen = append(pages, n), seen+n
		if token = next; token == "" {
			break
		}
		if len(pages) > 5 {
			t.Fatal("no end")
		}
	}
	if seen != 11 || fmt.Sprint(pages) != "[5 5 1]" {
		t.Errorf("pages of %v", pages)
	}
}

func TestEC2Refuses(t *testing.T) {
	_, refused := (&EC2{Subnets: fewSubnets}).Serve("us-east-1", url.Values{"Action": {"RunInstances"}}, caller)
	if refused == nil || refused.Code != "UnsupportedOperation" || !strings.Contains(refused.Message, "RunInstances") {
		t.Fatalf("%v", refused)
	}
	want := `<Response><Errors><Error><Code>UnsupportedOperation</Code><Message>ec2 RunInstances is not implemented by Tenon; served is DescribeSubnets.</Message></Error></Errors><RequestID>req-1</RequestID></Response>`
	if got := string(refused.EC2Body("req-1")); !strings.HasSuffix(got, want) {
		t.Error(got)
	}
}
