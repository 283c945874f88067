package jdbc_test

import (
	"errors"
	"testing"

	"tenon/internal/driver/engine/jdbc"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// TestReadOnly: where databases must stay as they are, a sink is refused before anything is connected to.
func TestReadOnly(t *testing.T) {
	_, err := jdbc.New(jdbc.Config{ReadOnly: true}).Write(t.Context(), nil, relation.Relation{}, plan.Write{Format: "jdbc"})
	var refused *plan.Error
	if !errors.As(err, &refused) || refused.Class != plan.ClassUnsupported {
		t.Errorf("a sink is answered by %v", err)
	}
}
