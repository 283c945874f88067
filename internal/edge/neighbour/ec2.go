package neighbour

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tenon/internal/core/scheduler"
)

// EC2 answers DescribeSubnets, so that scripts which choose a subnet by its free addresses see those that Tenon's own
// scheduler counts with: AvailableIpAddressCount is what the next run may take.
type EC2 struct {
	// Subnets lists the subnets of a region; nil: there are none.
	Subnets func(region string) []scheduler.SubnetUse
}

// Bounds of DescribeSubnets, which are EC2's own.
const (
	leastSubnetResults = 5
	mostSubnetResults  = 1000
	maxSubnetIDs       = 1000
	maxFilterValues    = 200
	maxFilterValue     = 255 // bytes of one: what it is compared with is shorter
	maxShown           = 128 // bytes of what was sent that an error repeats
)

// EC2Body is the error document of EC2's own dialect of the query protocol.
func (e *XMLError) EC2Body(requestID string) []byte {
	return []byte(fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>%s</RequestID></Response>",
		escape(e.Code), escape(e.Message), escape(requestID)))
}

// shown is what was sent, cut short for an error.
func shown(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "..."
}

// ec2Error is a refusal by EC2.
func ec2Error(code, format string, args ...any) *XMLError {
	return &XMLError{Status: http.StatusBadRequest, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Serve answers one action.
func (e *EC2) Serve(region string, form url.Values, c Caller) ([]byte, *XMLError) {
	if action := form.Get("Action"); action != "DescribeSubnets" {
		return nil, ec2Error("UnsupportedOperation", "ec2 %s is not implemented by Tenon; served is DescribeSubnets.", shown(action))
	}
	q, refused := parseSubnetQuery(form)
	if refused != nil {
		return nil, refused
	}
	if form.Get("DryRun") == "true" {
		return nil, &XMLError{Status: http.StatusPreconditionFailed, Code: "DryRunOperation", Message: "Request would have succeeded, but DryRun flag is set."}
	}
	var all []scheduler.SubnetUse
	if e.Subnets != nil {
		all = e.Subnets(region)
	}
	if missing := q.missing(all); len(missing) == 1 {
		return nil, ec2Error("InvalidSubnetID.NotFound", "The subnet ID '%s' does not exist", shown(missing[0]))
	} else if len(missing) > 1 {
		return nil, ec2Error("InvalidSubnetID.NotFound", "The subnet IDs '%s' do not exist", shown(strings.Join(missing, ", ")))
	}
	page, next, refused := q.page(all, c.Account)
	if refused != nil {
		return nil, refused
	}
	out := describeSubnets{Space: "http://ec2.amazonaws.com/doc/2016-11-15/", RequestID: c.RequestID, Next: next}
	for i := range page {
		out.Set.Items = append(out.Set.Items, subnetItem(&page[i], region, c.Account))
	}
	body, err := xml.Marshal(out)
	if err != nil {
		return nil, &XMLError{Status: http.StatusInternalServerError, Code: "InternalError", Message: "An internal error has occurred"}
	}
	return append([]byte(xml.Header), body...), nil
}

// subnetQuery is what DescribeSubnets is asked.
type subnetQuery struct {
	ids     []string
	filters []subnetFilter
	most    int
	after   string // the id that the page before ended with; empty: this is the first page
}

// subnetFilter keeps subnets one of whose values matches one of the patterns.
type subnetFilter struct {
	name     string
	patterns []*regexp.Regexp
}

// subnetFilters are the filters that are served, and the value that each looks at.
var subnetFilters = map[string]func(s *scheduler.SubnetUse, account string) string{
	"subnet-id":                  func(s *scheduler.SubnetUse, _ string) string { return s.ID },
	"vpc-id":                     func(s *scheduler.SubnetUse, _ string) string { return s.VPC },
	"availability-zone":          func(s *scheduler.SubnetUse, _ string) string { return s.Zone },
	"availabilityZone":           func(s *scheduler.SubnetUse, _ string) string { return s.Zone },
	"cidr-block":                 func(s *scheduler.SubnetUse, _ string) string { return s.CIDR.String() },
	"cidrBlock":                  func(s *scheduler.SubnetUse, _ string) string { return s.CIDR.String() },
	"cidr":                       func(s *scheduler.SubnetUse, _ string) string { return s.CIDR.String() },
	"state":                      func(*scheduler.SubnetUse, string) string { return subnetState },
	"available-ip-address-count": func(s *scheduler.SubnetUse, _ string) string { return strconv.FormatInt(s.Free, 10) },
	"owner-id":                   func(_ *scheduler.SubnetUse, account string) string { return account },
}

// subnetState is the state of every subnet: a cordoned one is there too, only nothing new is placed on it.
const subnetState = "available"

// indexed are the parameters of lists: SubnetId.3, Filter.1.Name, Filter.1.Value.2.
var indexed = regexp.MustCompile(`^(SubnetId|Filter)\.([1-9]\d{0,3})(?:\.(Name|Value)(?:\.([1-9]\d{0,3}))?)?$`)

// parseSubnetQuery reads the parameters. One that is not known is refused by name.
func parseSubnetQuery(form url.Values) (q subnetQuery, refused *XMLError) {
	q.most = mostSubnetResults
	names, values := map[string]string{}, map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(form)) {
		value := form.Get(key)
		part := indexed.FindStringSubmatch(key)
		switch {
		case key == "Action" || key == "Version" || key == "DryRun":
		case key == "MaxResults":
			n, err := strconv.Atoi(value)
			if err != nil || n < leastSubnetResults || n > mostSubnetResults {
				return q, ec2Error("InvalidParameterValue", "Value ( %s ) for parameter maxResults is invalid. Expecting a value between %d and %d.", shown(value), leastSubnetResults, mostSubnetResults)
			}
			q.most = n
		case key == "NextToken":
			after, err := base64.RawURLEncoding.DecodeString(value)
			if err != nil || len(after) == 0 {
				return q, badToken(value)
			}
			q.after = string(after)
		case part != nil && part[1] == "SubnetId" && part[3] == "":
			q.ids = append(q.ids, value)
		case part != nil && part[1] == "Filter" && part[3] == "Name" && part[4] == "":
			names[part[2]] = value
		case part != nil && part[1] == "Filter" && part[3] == "Value" && part[4] != "":
			values[part[2]] = append(values[part[2]], value)
		default:
			return q, ec2Error("UnknownParameter", "The parameter %s is not recognized", shown(key))
		}
	}
	if len(q.ids) > maxSubnetIDs {
		return q, ec2Error("InvalidParameterValue", "At most %d subnet ids may be given, got %d.", maxSubnetIDs, len(q.ids))
	}
	q.filters, refused = parseFilters(names, values)
	return q, refused
}

// badToken refuses a token that no answer gave.
func badToken(token string) *XMLError {
	return ec2Error("InvalidParameterValue", "The token '%s' is invalid", shown(token))
}

// parseFilters joins the names and values of filters, by their number.
func parseFilters(names map[string]string, values map[string][]string) (all []subnetFilter, refused *XMLError) {
	total := 0
	for _, n := range slices.Sorted(maps.Keys(values)) {
		if total += len(values[n]); total > maxFilterValues {
			return nil, ec2Error("FilterLimitExceeded", "The maximum number of filter values specified on a single call is %d", maxFilterValues)
		}
		if names[n] == "" {
			return nil, ec2Error("MissingParameter", "The request must contain the parameter Filter.%s.Name", n)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(names)) {
		f := subnetFilter{name: names[n]}
		if subnetFilters[f.name] == nil {
			return nil, ec2Error("InvalidParameterValue", "The filter '%s' is invalid: Tenon serves %s", shown(f.name), strings.Join(slices.Sorted(maps.Keys(subnetFilters)), ", "))
		}
		if len(values[n]) == 0 {
			return nil, ec2Error("InvalidParameterValue", "The filter '%s' must have a value", f.name)
		}
		for _, v := range values[n] {
			if len(v) > maxFilterValue {
				return nil, ec2Error("InvalidParameterValue", "A value of the filter '%s' is longer than %d", f.name, maxFilterValue)
			}
			f.patterns = append(f.patterns, wildcard(v))
		}
		all = append(all, f)
	}
	return all, nil
}

// wildcard compiles a filter's value: * stands for any characters, ? for one, and a backslash takes the next as it is.
func wildcard(value string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`^(?s:`)
	quoted := false
	for _, r := range value {
		switch {
		case quoted:
			b.WriteString(regexp.QuoteMeta(string(r)))
			quoted = false
		case r == '\\':
			quoted = true
		case r == '*':
			b.WriteString(`.*`)
		case r == '?':
			b.WriteString(`.`)
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteString(`)$`)
	return regexp.MustCompile(b.String())
}

// missing lists the ids asked for that are no subnets.
func (q *subnetQuery) missing(all []scheduler.SubnetUse) (ids []string) {
	for _, id := range q.ids {
		if !slices.ContainsFunc(all, func(s scheduler.SubnetUse) bool { return s.ID == id }) {
			ids = append(ids, id)
		}
	}
	return ids
}

// wants reports whether a subnet is asked for.
func (q *subnetQuery) wants(s *scheduler.SubnetUse, account string) bool {
	if len(q.ids) > 0 && !slices.Contains(q.ids, s.ID) {
		return false
	}
	for _, f := range q.filters {
		value := subnetFilters[f.name](s, account)
		if !slices.ContainsFunc(f.patterns, func(p *regexp.Regexp) bool { return p.MatchString(value) }) {
			return false
		}
	}
	return true
}

// page returns the subnets of one page, in the order of the configuration, and the token of the next, if there is one.
func (q *subnetQuery) page(all []scheduler.SubnetUse, account string) (page []scheduler.SubnetUse, next string, refused *XMLError) {
	from := 0
	if q.after != "" {
		at := slices.IndexFunc(all, func(s scheduler.SubnetUse) bool { return s.ID == q.after })
		if at < 0 {
			return nil, "", badToken(base64.RawURLEncoding.EncodeToString([]byte(q.after)))
		}
		from = at + 1
	}
	for i := range all[from:] {
		s := &all[from+i]
		if !q.wants(s, account) {
			continue
		}
		if len(page) == q.most {
			return page, base64.RawURLEncoding.EncodeToString([]byte(page[len(page)-1].ID)), nil
		}
		page = append(page, *s)
	}
	return page, "", nil
}

// describeSubnets is the answer.
type describeSubnets struct {
	XMLName   xml.Name  `xml:"DescribeSubnetsResponse"`
	Space     string    `xml:"xmlns,attr"`
	RequestID string    `xml:"requestId"`
	Set       subnetSet `xml:"subnetSet"` // clients want it though it is empty
	Next      string    `xml:"nextToken,omitempty"`
}

// subnetSet is the list of an answer.
type subnetSet struct {
	Items []ec2Subnet `xml:"item"`
}

// ec2Subnet is a subnet as EC2 shows it.
type ec2Subnet struct {
	ID        string `xml:"subnetId"`
	ARN       string `xml:"subnetArn"`
	State     string `xml:"state"`
	Owner     string `xml:"ownerId"`
	VPC       string `xml:"vpcId"`
	CIDR      string `xml:"cidrBlock"`
	Available int64  `xml:"availableIpAddressCount"`
	Zone      string `xml:"availabilityZone"`
	Default   bool   `xml:"defaultForAz"`
	PublicIP  bool   `xml:"mapPublicIpOnLaunch"`
	IPv6      bool   `xml:"assignIpv6AddressOnCreation"`
}

// subnetItem shows a subnet.
func subnetItem(s *scheduler.SubnetUse, region, account string) ec2Subnet {
	return ec2Subnet{ID: s.ID, ARN: fmt.Sprintf("arn:aws:ec2:%s:%s:subnet/%s", region, account, s.ID), State: subnetState, Owner: account,
		VPC: s.VPC, CIDR: s.CIDR.String(), Available: s.Free, Zone: s.Zone}
}
