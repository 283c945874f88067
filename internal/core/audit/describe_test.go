package audit

import (
	"encoding/json"
	"testing"

	"tenon/internal/glue"
)

func TestWords(t *testing.T) {
	for _, test := range []struct {
		kind        glue.EventKind
		detail      string
		action, why string
	}{
		{glue.EventRunSubmitted, `{"quarter_dpus":40,"execution_class":"STANDARD","queue":"etl","priority":5,"workers":10}`,
			"submit", "10 DPU, 10 workers, queue etl, priority 5."},
		{glue.EventRunSubmitted, `{"quarter_dpus":1,"execution_class":"FLEX","trigger":"nightly","previous_run":"jr_0"}`,
			"submit", "FLEX, 0.25 DPU, by trigger nightly, again after jr_0."},
		{glue.EventRunRefused, `{"code":"ConcurrentRunsExceededException","message":"Concurrent runs exceeded for j.","times":3}`,
			"refuse", "Concurrent runs exceeded for j. (3 times.)"},
		{glue.EventRunAdmitted, `{"wait_us":61500000,"need":{"job_runs":1,"slots":1,"dpus_quarters":41,"addresses":10,"workers":1,"memory_bytes":1073741824},` +
			`"subnet":"subnet-a","why":"net-a has the most free addresses: 40."}`,
			"admit", "After 1m2s. Takes 1 run slot, 10.25 DPU, 10 addresses, 1.0 GiB of memory. net-a has the most free addresses: 40."},
		{glue.EventRunAdmitted, `{"wait_us":12}`, "admit", "At once."},
		{glue.EventRunStarted, ``, "start", ""},
		{glue.EventRunRetry, `{"error":"Überlauf","network":false}`, "retry", "Überlauf."},
		{glue.EventRunRetry, `{"error":"no free addresses","network":true,"subnet":"subnet-a","released":{"slots":1}}`,
			"retry", "A failure of the network: no free addresses. Gives back 1 run slot."},
		{glue.EventRunEnded, `{"state":"FAILED","error":"ValueError: x","executed_us":1234567,"usage":{},"released":{"flex_dpus_quarters":8,"addresses":1},` +
			`"draining_until":"2026-11-26T09:00:00Z"}`,
			"end", "FAILED after 1.2s. ValueError: x. Gives back 2 FLEX DPU, 1 address, its addresses from 2026-11-26T09:00:00Z on."},
		{glue.EventLeaseDrained, `{"subnet":"subnet-a","addresses":10}`, "release", "Free again: 10 addresses of subnet-a."},
		{glue.EventRunBoosted, `{"from":0,"to":-5}`, "boost", "Priority 0 to -5."},
		{glue.EventQueueHeld, `{"queue":"etl"}`, "hold", "Queue etl."},
		{glue.EventConfigApplied, `{"changed":[{"key":"quotas.dpus","before":"100","after":"200"},{"key":"queues","before":"","after":"etl"}]}`,
			"configure", "quotas.dpus: 100 to 200; queues: none to etl."},
		{glue.EventConfigApplied, `{"changed":[{"key":"a"},{"key":"b"},{"key":"c"},{"key":"d"},{"key":"e"},{"key":"f"},{"key":"g"}]}`,
			"configure", "a: none to none; b: none to none; c: none to none; d: none to none; e: none to none; and 2 more."},
		{glue.EventSubnetHealth, `{"subnet":"subnet-a","zone":"eu-west-1a","state":"open","until":"2026-11-26T09:00:00Z","failures":3}`,
			"health", "Subnet subnet-a in eu-west-1a: circuit breaker open until 2026-11-26T09:00:00Z, 3 failures in a row."},
		{glue.EventBookmarkReset, `{"to":"jr_1"}`, "reset", "To jr_1."},
		{glue.EventBookmarkReset, `{}`, "reset", "To the beginning."},
		{glue.EventDefinitionPut, `{"kind":"job","name":"j","version":2}`, "put", "Job j, version 2."},
		{glue.EventTags, `{"kind":"job","name":"j","keys":["a","b"],"removed":true}`, "tag", "Job j -a -b."},
		{"some.news", `{"state":"x"}`, "some.news", ""},
		{glue.EventRunDelayed, `{"state":"RUNNING","after_minutes":1,"started":"2026-11-26T09:00:00Z"}`, "delay", "Still RUNNING after 1 minute."},
		{glue.EventTriggerActivated, `{"trigger":"nightly"}`, "activate", "Trigger nightly."},
		{glue.EventTriggerFired, `{"trigger":"nightly","workflow":"etl","flow":"wr_1","cause":{"kind":"schedule","time":"2026-11-26T09:00:00Z","missed":true},` +
			`"actions":["a","b"]}`, "fire", "Trigger nightly of workflow etl starts a, b. For 2026-11-26T09:00:00Z, which had been missed."},
		{glue.EventTriggerFired, `{"trigger":"then","flow":"ch_1","cause":{"kind":"condition","runs":[{"job":"a","run":"jr_1"},{"job":"b","run":"jr_2"}]},` +
			`"actions":["a","b","c","d","e","f","g"]}`, "fire", "Trigger then starts a, b, c, d, e and 2 more. After a jr_1, b jr_2."},
		{glue.EventTriggerFired, `{"trigger":"t","workflow":"w","cause":{"kind":"events","events":["e1","e2"],"window":true},"actions":["a"]}`,
			"fire", "Trigger t of workflow w starts a. For 2 events, as the window was over."},
		{glue.EventTriggerMissed, `{"trigger":"t","policy":"once","count":4,"first":"2026-11-26T05:00:00Z","last":"2026-11-26T08:00:00Z"}`,
			"miss", "Trigger t did not fire for 4 fire times that were missed, 2026-11-26T05:00:00Z to 2026-11-26T08:00:00Z: its policy is once."},
		{glue.EventWorkflowStarted, `{"workflow":"w","run":"wr_2","previous_run":"wr_1","cause":{"kind":"resume"}}`,
			"start", "Run wr_2 of workflow w. Resumes wr_1."},
		{glue.EventWorkflowQueued, `{"workflow":"w","run":"wr_2","cause":{"kind":"demand"}}`,
			"queue", "Run wr_2 of workflow w waits for another to end: as many as may be run at once."},
		{glue.EventWorkflowProperties, `{"workflow":"w","run":"wr_2","keys":["day","rows"]}`, "set", "Run wr_2 of workflow w has other properties: day, rows."},
		{glue.EventWorkflowEnded, `{"workflow":"w","run":"wr_2","state":"COMPLETED","stats":{"total":5,"succeeded":3,"failed":1,"errored":1}}`,
			"end", "Run wr_2 of workflow w COMPLETED: 3 succeeded, 1 failed, 1 in error."},
		{glue.EventReceived, `{"id":"e1","source":"my.app","detail-type":"order","detail":{}}`, "receive", "Event e1 from my.app: order."},
		{glue.EventObjectCreated, `{"bucket":"in","key":"x/y.csv","size":1}`, "arrive", "s3://in/x/y.csv, 1 byte."},
		{glue.EventRuleFailed, `{"rule":"r","target":"t","event":"e1","error":"rules: webhook: status 500","attempts":3}`,
			"fail", "Rule r could not serve target t for event e1, tried 3 times. Webhook: status 500."},
		{glue.EventRunEnded, `{"state":"EXPIRED","error":"The run waited longer than the maximum of 10s."}`, "end",
			"EXPIRED. The run waited longer than the maximum of 10s."},
		{glue.EventRunEnded, `"text"`, "end", ""},
	} {
		e := glue.Event{Kind: test.kind, Detail: json.RawMessage(test.detail)}
		if action, why := Action(test.kind), Why(&e); action != test.action || why != test.why {
			t.Errorf("%s %s:\n\tgot  %s: %s\n\twant %s: %s", test.kind, test.detail, action, why, test.action, test.why)
		}
	}
}
