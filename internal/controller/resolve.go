package controller

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// ReadJob reads a job as it is now. The error is store.ErrNotFound where there is none.
func ReadJob(r *store.Reader, region, name string) (*glue.Job, error) {
	d, err := r.GetDefinition(region, glue.KindJob, name)
	if err != nil {
		return nil, err
	}
	j, err := stored[glue.Job](d)
	if err != nil {
		return nil, err
	}
	j.Name, j.Tags, j.Doc = d.Name, d.Tags, d.Doc
	j.Incarnation, j.Version, j.CreatedOn, j.LastModifiedOn = d.Incarnation, d.Version, d.Created, d.Modified
	return j, nil
}

// Resolve reads what a start of req.Job refers to, and sets Tags, Subnets and Security. Region, Job, Previous and Arguments
// are set before; security names the configuration that the run itself asks for, and is empty for the job's.
func (req *StartRequest) Resolve(r *store.Reader, security string) error {
	req.Tags = req.Job.Tags
	var err error
	if req.Subnets, err = req.choices(r); err != nil {
		return err
	}
	name := first(security, req.Job.SecurityConfiguration)
	if name == "" {
		return nil
	}
	d, err := r.GetDefinition(req.Region, glue.KindSecurity, name)
	if errors.Is(err, store.ErrNotFound) {
		return glue.NotFound("Security Configuration", name)
	}
	if err != nil {
		return err
	}
	req.Security, err = securityWishes(d)
	return err
}

// choices reads where the run may go: the subnets of its connections, in their order. A connection without a subnet is no
// place. One that does not exist is refused where the run or a tag names it; where only the job does, it is a candidate
// that nobody can check, as in Glue, which looks at connections when the run starts.
func (req *StartRequest) choices(r *store.Reader) ([]glue.Choice, error) {
	args := req.Arguments
	if req.Previous != nil {
		args = maps.Clone(req.Previous.Arguments)
		if args == nil {
			args = map[string]string{}
		}
		maps.Copy(args, req.Arguments)
	}
	without := req.Job
	without.Connections = nil
	names := ConnectionNames(&without, req.Job.Tags, args)
	strict := len(names) > 0 // they are named for Tenon
	if !strict {
		names = ConnectionNames(&req.Job, req.Job.Tags, args)
	}
	var found []glue.Choice
	for _, name := range names {
		d, err := r.GetDefinition(req.Region, glue.KindConnection, name)
		switch {
		case errors.Is(err, store.ErrNotFound) && !strict:
			found = append(found, glue.Choice{Connection: name})
			continue
		case errors.Is(err, store.ErrNotFound):
			return nil, glue.Invalid("Connection %s, which tenon:connections names, does not exist in %s.", name, req.Region)
		case err != nil:
			return nil, err
		}
		conn, err := stored[wire.Connection](d)
		if err != nil {
			return nil, err
		}
		if p := conn.PhysicalConnectionRequirements; p != nil && p.SubnetId != nil && *p.SubnetId != "" {
			found = append(found, glue.Choice{Connection: name, Subnet: *p.SubnetId})
		}
	}
	return found, nil
}

// securityWishes lists what a security configuration asks to be encrypted.
func securityWishes(d store.Definition) (*Security, error) {
	s, err := stored[wire.SecurityConfiguration](d)
	if err != nil {
		return nil, err
	}
	out := &Security{Name: d.Name}
	e := s.EncryptionConfiguration
	if e == nil {
		return out, nil
	}
	wish := func(part string, mode *string) {
		if mode != nil && *mode != "" && *mode != "DISABLED" {
			out.Wanted = append(out.Wanted, part+" "+*mode)
		}
	}
	for _, s3 := range e.S3Encryption {
		wish("S3Encryption", s3.S3EncryptionMode)
	}
	if e.CloudWatchEncryption != nil {
		wish("CloudWatchEncryption", e.CloudWatchEncryption.CloudWatchEncryptionMode)
	}
	if e.JobBookmarksEncryption != nil {
		wish("JobBookmarksEncryption", e.JobBookmarksEncryption.JobBookmarksEncryptionMode)
	}
	if e.DataQualityEncryption != nil {
		wish("DataQualityEncryption", e.DataQualityEncryption.DataQualityEncryptionMode)
	}
	return out, nil
}

// stored decodes the document of a definition; one that does not parse is a defect.
func stored[T any](d store.Definition) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(d.Doc, v); err != nil {
		return nil, fmt.Errorf("controller: stored %s %s: %w", d.Kind, d.Name, err)
	}
	return v, nil
}
