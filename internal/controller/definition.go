package controller

import (
	"encoding/json"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// definitionWrite is a change of a definition that the loop has in its memory: a trigger or a workflow.
type definitionWrite struct {
	store.Definition
	create bool
	remove bool   // neither: Doc takes the place of what was
	quiet  bool   // another event tells of it
	who    string // access key id of whoever asked
	// stored takes what the store gives; nil is not to know.
	stored func(incarnation, version int64)
}

// define notes a change of a definition. Changes are made in their order, and before anything that may need an incarnation.
func (t *turn) define(w definitionWrite) { t.definitions = append(t.definitions, w) }

// definitionKey names a definition.
type definitionKey struct{ region, kind, name string }

// definitionDetail is the detail of definition.put and definition.deleted, as the API has it for other kinds.
type definitionDetail struct {
	Kind        string `json:"kind"`
	Name        string `json:"name"`
	Version     int64  `json:"version"`
	Incarnation int64  `json:"incarnation"`
}

// write makes the change and notes its event, which has what the store gives.
func (w *definitionWrite) write(tx *store.Tx) (err error) {
	kind := glue.EventDefinitionPut
	switch {
	case w.create:
		err = tx.CreateDefinition(&w.Definition)
	case w.remove:
		kind = glue.EventDefinitionGone
		if w.Kind == glue.KindTrigger {
			err = tx.DeleteTriggerProgress(w.Region, w.Name)
		}
		if err == nil {
			err = tx.DeleteDefinition(w.Region, w.Kind, w.Name, 0)
		}
	default:
		w.Version, err = tx.UpdateDefinition(w.Region, w.Kind, w.Name, 0, w.Doc)
	}
	if err != nil {
		return err
	}
	if w.stored != nil {
		w.stored(w.Incarnation, w.Version)
	}
	if w.quiet {
		return nil
	}
	detail, err := json.Marshal(definitionDetail{w.Kind, w.Name, w.Version, w.Incarnation})
	if err != nil {
		return err
	}
	return tx.AppendEvent(&glue.Event{At: tx.Now(), Region: w.Region, Kind: kind, Who: w.who, Detail: detail})
}
