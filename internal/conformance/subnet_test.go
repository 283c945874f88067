package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
)

// threeSubnets are three subnets with 59, 251 and 11 addresses to hand out.
const threeSubnets = `
subnets:
  - {id: subnet-a, vpc: vpc-1, zone: us-east-1a, cidr: 10.192.20.0/26}
  - {id: subnet-b, vpc: vpc-1, zone: us-east-1b, cidr: 10.192.21.0/24}
  - {id: subnet-c, vpc: vpc-1, zone: us-east-1b, cidr: 10.192.22.0/28}
`

// connection makes a connection of type NETWORK.
func (s *server) connection(name, subnet string) {
	s.t.Helper()
	_, err := s.glue().CreateConnection(context.Background(), &glue.CreateConnectionInput{ConnectionInput: &types.ConnectionInput{
		Name: &name, ConnectionType: types.ConnectionTypeNetwork, ConnectionProperties: map[string]string{},
		PhysicalConnectionRequirements: &types.PhysicalConnectionRequirements{SubnetId: &subnet, SecurityGroupIdList: []string{"sg-1"}},
	}})
	if err != nil {
		s.t.Fatal(err)
	}
}

// ordered is what seed002_order.py prints.
type ordered struct {
	Order   []string         `json:"order"`
	Free    map[string]int64 `json:"free"`
	Refused []string         `json:"refused"`
	All     []string         `json:"all"`
}

// order asks boto3 which connection a run of so many workers should go to.
func (s *server) order(workers int, strategy string, connections ...string) (o ordered) {
	s.t.Helper()
	args := append([]string{"testdata/seed002_order.py", fmt.Sprint(workers), strategy}, connections...)
	if err := json.Unmarshal([]byte(s.command("python", args...)), &o); err != nil {
		s.t.Fatal(err)
	}
	return o
}

// TestSubnetsOverEC2: a script that chooses a connection for itself, by GetConnection and DescribeSubnets, sees the
// addresses that Tenon's scheduler counts with, and those that a run holds.
func TestSubnetsOverEC2(t *testing.T) {
	s := start(t, threeSubnets+"executor: {local: {python: "+python(t)+"}}")
	for name, subnet := range map[string]string{"net-a": "subnet-a", "net-b": "subnet-b", "net-c": "subnet-c", "elsewhere": "subnet-x"} {
		s.connection(name, subnet)
	}
	got := s.order(20, "capacity", "elsewhere", "net-c", "net-a", "net-b")
	if want := []string{"net-b", "net-a", "net-c", "elsewhere"}; !slices.Equal(got.Order, want) {
		t.Errorf("order %v, want %v", got.Order, want)
	}
	if len(got.Refused) != 1 || !strings.Contains(got.Refused[0], "InvalidSubnetID.NotFound") || !strings.Contains(got.Refused[0], "The subnet ID 'subnet-x' does not exist") {
		t.Errorf("refused: %v", got.Refused)
	}
	if want := []string{"subnet-a", "subnet-b", "subnet-c"}; !slices.Equal(got.All, want) {
		t.Errorf("all subnets are %v, want %v", got.All, want)
	}
	shuffled := s.order(20, "random", "elsewhere", "net-c", "net-a", "net-b")
	if !slices.Equal(shuffled.Order[2:], []string{"net-c", "elsewhere"}) {
		t.Errorf("order %v", shuffled.Order)
	}

	s.job("holds", "glueetl", "import time\ntime.sleep(600)\n", func(in *glue.CreateJobInput) {
		in.WorkerType, in.NumberOfWorkers = types.WorkerTypeG1x, aws.Int32(10)
		in.Connections = &types.ConnectionsList{Connections: []string{"net-a"}}
	})
	run := s.run("holds", nil)
	for _, want := range []int64{49, 59} {
		waitFor(t, 30*time.Second, fmt.Sprintf("subnet-a to have %d free addresses", want), func() bool {
			return s.order(20, "capacity", "net-a").Free["net-a"] == want
		})
		if want == 49 {
			if _, err := s.glue().BatchStopJobRun(t.Context(), &glue.BatchStopJobRunInput{JobName: aws.String("holds"), JobRunIds: []string{run}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestSeed002Subnets: on subnets that Tenon keeps, the job script of the article names the one that its run was put on,
// and its log begins with why. Two runs at once go to different subnets, since most free addresses come first.
func TestSeed002Subnets(t *testing.T) {
	s := start(t, `
subnets:
  - {id: subnet-1, vpc: vpc-1, zone: us-east-1a, cidr: 10.192.20.0/24}
  - {id: subnet-2, vpc: vpc-1, zone: us-east-1b, cidr: 10.192.21.0/24}
placement: {release_lag: 1h}
`)
	s.connection("MWAA-Glue-Blog-Subnet1", "subnet-1")
	s.connection("MWAA-Glue-Blog-Subnet2", "subnet-2")
	s.job("AirflowBlogJob", "glueetl", script(t, "seed002_job.py"), func(in *glue.CreateJobInput) {
		in.WorkerType, in.NumberOfWorkers = types.WorkerTypeG1x, aws.Int32(2)
		in.Connections = &types.ConnectionsList{Connections: []string{"MWAA-Glue-Blog-Subnet1", "MWAA-Glue-Blog-Subnet2"}}
	})
	for _, want := range []struct{ ip, subnet, why string }{
		{"10.192.20.4", "PrivateSubnet1", "subnet-1 has 251 free addresses, the most of 2 candidates; the run takes 2."},
		{"10.192.21.4", "PrivateSubnet2", "subnet-2 has 251 free addresses, the most of 2 candidates; the run takes 2."},
	} {
		run := s.succeed("AirflowBlogJob", nil)
		out := s.stream(run, "output")
		if line := "The driver node has been assigned the ip: " + want.ip + " which belongs to the subnet: " + want.subnet; !strings.Contains(out, line) {
			t.Errorf("want %q in the output:\n%s", line, out)
		}
		if first, _, _ := strings.Cut(out, "\n"); !strings.Contains(first, want.why) {
			t.Errorf("the output begins with %q, want %q in it", first, want.why)
		}
	}
}
