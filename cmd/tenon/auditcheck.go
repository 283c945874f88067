package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/core/audit"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

// maxAuditLine bounds one line of an export, in bytes: far above the longest error message of a script.
const maxAuditLine = 1 << 20

// auditVerify is `tenon audit verify`.
func (a *app) auditVerify() *cobra.Command {
	head := ""
	c := &cobra.Command{
		Use: "verify [FILE]", Short: "Check that no record was changed, removed or put in", Args: a.takes("[FILE]"),
		Long: `Compute the hash of every record again and compare. Without FILE, the server does so with what it has stored;
with one, this program with an export of JSON lines, and no server is needed.

Somebody who may write the database can also compute all hashes anew, or cut off the newest records. So keep the
HEAD of a check somewhere else, and give it to a later one with --head: that record must still be there with
that hash, and everything before it is then as it was.

The exit code is 1 where the records do not hold.`,
		Example: `  tenon audit verify
  tenon audit verify --head 1204:6f0c1e...
  tenon audit verify audit.jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var known audit.Link
			if head != "" {
				var err error
				if known, err = audit.ParseLink(head); err != nil || known.Seq == 0 {
					return usageError("--head %q is not the HEAD of an earlier check: NUMBER:HASH", head)
				}
			}
			var proof api.AuditProof
			var err error
			if len(args) == 1 {
				proof, err = a.verifyFile(args[0], known)
			} else {
				proof, err = a.verifyServer(cmd.Context(), known)
			}
			if err != nil {
				return err
			}
			return a.showProof(&proof)
		},
	}
	c.Flags().StringVar(&head, "head", "", "the `HEAD` of an earlier check, which must still be there")
	return c
}

// showProof says what a check found.
func (a *app) showProof(p *api.AuditProof) error {
	verdict, paint := "holds", green
	if !p.OK {
		verdict, paint = "does not hold", red
	}
	fields := []field{
		{name: "Chain", value: verdict, paint: paint},
		{name: "Records", value: count(p.Records)},
	}
	if p.First > 0 {
		fields = append(fields, field{name: "From", value: fmt.Sprint(p.First)}, field{name: "To", value: fmt.Sprint(p.Last)})
	}
	if p.Pruned > 0 {
		fields = append(fields, field{name: "Past retention", value: fmt.Sprintf("up to %d", p.Pruned)})
	}
	if p.Last > 0 {
		fields = append(fields, field{name: "Head", value: fmt.Sprintf("%d:%s", p.Last, p.Head)})
	}
	if !p.OK {
		fields = append(fields, field{name: "Broken at", value: fmt.Sprint(p.Broken), paint: red}, field{name: "Problem", value: p.Problem})
	}
	if err := a.showItem(p, fields); err != nil {
		return err
	}
	if !p.OK {
		return &exitError{code: exitFailed}
	}
	return nil
}

// verifyServer has the server check all its records, one part after the other.
func (a *app) verifyServer(ctx context.Context, known audit.Link) (sum api.AuditProof, err error) {
	c, err := a.connect()
	if err != nil {
		return sum, err
	}
	if known.Seq > 0 {
		var p api.AuditProof
		if err := c.Admin(ctx, "VerifyAudit", api.VerifyInput{After: known.Seq, Hash: known.Hash.String(), Limit: 1}, &p); err != nil {
			return sum, err
		}
		if p.Pruned > known.Seq {
			return sum, fmt.Errorf("record %d is past retention, and with it the hash that --head could be compared with", known.Seq)
		}
		if p.Broken == known.Seq {
			return p, nil
		}
	}
	line := &progress{con: a.con}
	defer line.clear()
	for more := true; more; {
		part, err := verifyPart(ctx, c, &sum)
		if err != nil {
			return sum, err
		}
		if sum.First == 0 {
			sum.First = part.First
		}
		sum.OK, sum.Records, sum.Last, sum.Head, sum.Pruned, sum.At = part.OK, sum.Records+part.Records, part.Last, part.Head, part.Pruned, part.At
		sum.Broken, sum.Problem = part.Broken, part.Problem
		line.set("%s records hold", count(sum.Records))
		more = part.More && part.OK
	}
	return sum, nil
}

// verifyPart has the server check what comes after sum.
func verifyPart(ctx context.Context, c *client.Client, sum *api.AuditProof) (part api.AuditProof, err error) {
	in := api.VerifyInput{}
	if sum.Last > 0 {
		in.After, in.Hash = sum.Last, sum.Head
	}
	err = c.Admin(ctx, "VerifyAudit", in, &part)
	return part, err
}

// verifyFile checks an export of JSON lines.
func (a *app) verifyFile(path string, known audit.Link) (api.AuditProof, error) {
	f, err := os.Open(path)
	if err != nil {
		return api.AuditProof{}, err
	}
	defer f.Close()
	check := fileCheck{known: known, found: known.Seq == 0}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxAuditLine)
	for n := 1; check.broken == nil && lines.Scan(); n++ {
		if err := check.line(lines.Bytes()); err != nil {
			return api.AuditProof{}, fmt.Errorf("%s, line %d: %w", path, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return api.AuditProof{}, fmt.Errorf("%s: %w", path, err)
	}
	if check.proof.Records == 0 && check.found {
		return api.AuditProof{}, fmt.Errorf("%s: it has no records", path)
	}
	if check.broken == nil && !check.found {
		check.broken = audit.Missing(known.Seq, known.Seq, "the file ends before it")
	}
	if check.adopted {
		a.con.say("Record %d is taken as it is: the one before it is not in the file.", check.proof.First)
	}
	if check.worded > 0 {
		a.con.say("Action or Why of %s are not what this version makes of Event and Detail, which the hashes are over.", many(check.worded, "record"))
	}
	p := check.proof
	p.OK, p.Last, p.Head, p.At = check.broken == nil, check.link.Seq, check.link.Hash.String(), time.Now().UTC()
	if !p.OK {
		p.Broken, p.Problem = check.broken.Seq, check.broken.Problem
	}
	return p, nil
}

// fileCheck is the state of a check of an export, line by line.
type fileCheck struct {
	chainer audit.Chainer
	link    audit.Link // of the last line that holds
	known   audit.Link // must be in the file, or right before it
	found   bool       // it was
	adopted bool       // there was nothing to compare the first line with
	worded  int64      // lines with other words than this program's
	broken  *audit.Break
	proof   api.AuditProof
}

// line checks one more line.
func (c *fileCheck) line(text []byte) error {
	var r api.AuditRecord
	if err := json.Unmarshal(text, &r); err != nil || r.Hash == "" {
		return errors.New("not a record of an export of JSON lines")
	}
	hash, err := audit.ParseHash(r.Hash)
	if err != nil {
		return err
	}
	e := glue.Event{Seq: r.Seq, At: r.At, Region: r.Region, Kind: glue.EventKind(r.Event), Job: r.JobName, Run: r.RunID,
		Attempt: r.Attempt, Who: r.Who, Detail: r.Detail}
	first, before := c.proof.Records == 0, c.link
	c.proof.Records++
	if first {
		c.proof.First = r.Seq
		switch {
		case c.known.Seq > 0 && r.Seq == c.known.Seq+1:
			c.link, c.found = c.known, true
		case c.known.Seq > 0 && r.Seq > c.known.Seq:
			return fmt.Errorf("the file begins with record %d, behind that of --head", r.Seq)
		}
	}
	if c.adopted = c.adopted || first && r.Seq > 1 && c.link.Seq == 0; first && c.adopted {
		c.link = audit.Link{Seq: r.Seq, Hash: hash}
	} else if c.link, c.broken = c.chainer.Check(c.link, &e, hash); c.broken != nil {
		return nil
	}
	if !recordAlone(text) {
		c.link = before
		c.broken = &audit.Break{Seq: r.Seq, Problem: fmt.Sprintf("Record %d is not as it was exported: the line has more than the record, or something twice.", r.Seq)}
		return nil
	}
	if r.Seq == c.known.Seq {
		if c.found = hash == c.known.Hash; !c.found {
			c.broken = &audit.Break{Seq: r.Seq, Problem: fmt.Sprintf("Record %d has another hash than it had: %s.", r.Seq, hash)}
		}
	}
	if r.Action != audit.Action(e.Kind) || r.Why != audit.Why(&e) {
		c.worded++
	}
	return nil
}

// recordAlone reports whether a line has members of a record and no others, each once. The hash is over what was understood
// of the line: of a member that stands twice that is the last, while other readers take the first.
func recordAlone(line []byte) bool {
	lines := json.NewDecoder(bytes.NewReader(line))
	if begin, err := lines.Token(); err != nil || begin != json.Delim('{') {
		return false
	}
	var had []string
	for lines.More() {
		name, err := lines.Token()
		member, _ := name.(string)
		var value json.RawMessage
		if err != nil || slices.Contains(had, member) || !slices.Contains(recordMembers, member) || lines.Decode(&value) != nil {
			return false
		}
		had = append(had, member)
	}
	return true
}

// recordMembers are the names of what a record has, as JSON spells them.
var recordMembers = func() (names []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[api.AuditRecord]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}()

// The formats of an export.
const (
	exportLines = "jsonl"
	exportCSV   = "csv"
)

// exportFlags are the flags of `tenon audit export`.
type exportFlags struct {
	format, out, since string
	after              int64
}

// auditExport is `tenon audit export`.
func (a *app) auditExport() *cobra.Command {
	f := &exportFlags{format: exportLines}
	c := &cobra.Command{
		Use: "export", Short: "Write the records to a file, as JSON lines or CSV", Args: a.takes(),
		Long: `Write all records there are, with their hashes, from the oldest on: one JSON object a line, or CSV.

JSON lines can be checked later, without a server: tenon audit verify FILE. Keep them as they are: a program that
writes numbers or texts in another way changes what was hashed. CSV is for reading: a cell that a spreadsheet would
take for a formula, for it begins with =, +, - or @, gets an apostrophe before it.`,
		Example: `  tenon audit export --out audit.jsonl
  tenon audit export --format csv --since 2026-11-01 > november.csv
  tenon audit export --after 1204 >> audit.jsonl`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.format != exportLines && f.format != exportCSV {
				return usageError("--format %q is not %s or %s", f.format, exportLines, exportCSV)
			}
			if a.flags.output != formatTable {
				return usageError("an export has --format %s or %s, not -o", exportLines, exportCSV)
			}
			from, err := since(f.since, time.Now())
			if err != nil {
				return err
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			n := 0
			write := func(w io.Writer) (err error) {
				n, err = exportAudit(cmd.Context(), c, api.AuditInput{After: f.after, Since: from}, f.format, w)
				return err
			}
			if f.out == "" {
				return write(a.con.out)
			}
			if err := writeWhole(f.out, write); err != nil {
				return err
			}
			a.con.say("%s in %s", many(int64(n), "record"), f.out)
			return nil
		},
	}
	c.Flags().StringVar(&f.format, "format", f.format, "jsonl or csv")
	c.Flags().StringVar(&f.out, "out", "", "write to this `file`, which is replaced once all is written; else to stdout")
	c.Flags().StringVar(&f.since, "since", "", "only records since this `time`: "+timesHelp)
	c.Flags().Int64Var(&f.after, "after", 0, "only records after this `number`")
	c.Flags().SortFlags = false
	return c
}

// exportAudit writes the records that in asks for and returns how many there were.
func exportAudit(ctx context.Context, c *client.Client, in api.AuditInput, format string, w io.Writer) (n int, err error) {
	buffered := bufio.NewWriter(w)
	lines := json.NewEncoder(buffered)
	lines.SetEscapeHTML(false)
	table, columns := csv.NewWriter(buffered), auditColumns()
	cells := make([]string, len(columns))
	if format == exportCSV {
		for i, c := range columns {
			cells[i] = c.csvTitle()
		}
		if err := table.Write(cells); err != nil {
			return 0, err
		}
	}
	err = eachAudit(ctx, c, in, func(page []api.AuditRecord) (bool, error) {
		for i := range page {
			if format == exportLines {
				if err := lines.Encode(&page[i]); err != nil {
					return false, err
				}
				continue
			}
			for k, c := range columns {
				if cells[k] = c.text(page[i]); c.exact != nil {
					cells[k] = c.exact(page[i])
				}
			}
			if err := table.Write(cells); err != nil {
				return false, err
			}
		}
		n += len(page)
		return true, nil
	})
	table.Flush()
	return n, errors.Join(err, table.Error(), buffered.Flush())
}

// writeWhole writes a file, for its owner alone, that is either there as a whole or as it was.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".tenon-export-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Sync()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return f.Close()
}
