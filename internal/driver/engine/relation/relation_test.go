package relation

import (
	"testing"

	"tenon/internal/core/spark"
)

func TestDuckType(t *testing.T) {
	long, str := spark.T(spark.Long), spark.T(spark.String)
	st := spark.Type{Kind: spark.Struct, Fields: []spark.Field{{Name: `a"b`, Type: long}, {Name: "c", Type: str}}}
	for _, c := range []struct {
		in   spark.Type
		want string
	}{
		{spark.Type{Kind: spark.Decimal, Precision: 10, Scale: 2}, "DECIMAL(10,2)"},
		{spark.Type{Kind: spark.Array, Elem: &st}, `STRUCT("a""b" BIGINT, "c" VARCHAR)[]`},
		{spark.Type{Kind: spark.Map, Key: &str, Elem: &long}, "MAP(VARCHAR, BIGINT)"},
	} {
		if got := DuckType(c.in); got != c.want {
			t.Errorf("DuckType(%s) = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestCheckSchemaRefusesMembersThatDifferInCaseOnly(t *testing.T) {
	long := spark.T(spark.Long)
	clash := spark.Type{Kind: spark.Struct, Fields: []spark.Field{{Name: "id", Type: long}, {Name: "ID", Type: long}}}
	if err := CheckSchema(spark.Schema{{Name: "x", Type: spark.Type{Kind: spark.Array, Elem: &clash}}}); err == nil {
		t.Error("no error for members id and ID")
	}
	if err := CheckSchema(spark.Schema{{Name: "x", Type: long}, {Name: "X", Type: long}}); err != nil {
		t.Errorf("columns x and X: %v", err)
	}
}

func TestLiteralSplicesNUL(t *testing.T) {
	if got, want := Literal("a'\x00b"), "('a''' || chr(0) || 'b')"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
