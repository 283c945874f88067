package engine

import (
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	mathbits "math/bits"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// hashFunctions fold a list of tagged values into a hash.
func hashFunctions() []goFunction {
	list := []duckdb.Type{duckdb.TYPE_VARCHAR | listOf}
	return []goFunction{
		{"spark_hash", list, duckdb.TYPE_BIGINT, func(a []driver.Value) (any, error) {
			return foldHash(a[0], 42, murmur{})
		}},
		{"spark_xxhash64", list, duckdb.TYPE_BIGINT, func(a []driver.Value) (any, error) {
			return foldHash(a[0], 42, xx{})
		}},
	}
}

// emitHash writes hash and xxhash64. The values stand one after the other in a list of texts with a tag before each:
// arrays and structs hash as their parts do, in a row.
func emitHash(x *exprs, e *spark.Expr, a []string) (string, error) {
	lists := make([]string, len(a))
	for i, v := range a {
		text, err := hashParts(x, v, e.Args[i].Type)
		if err != nil {
			return "", err
		}
		lists[i] = text
	}
	return "CAST(spark_" + e.Name + "(flatten([" + strings.Join(lists, ", ") + "])) AS " + relation.DuckType(e.Type) + ")", nil
}

// hashParts writes the list of one value.
func hashParts(x *exprs, v string, t spark.Type) (string, error) {
	tagged := func(tag, text string) (string, error) {
		return "CAST(['" + tag + "' || " + text + "] AS VARCHAR[])", nil
	}
	switch t.Kind {
	case spark.Null:
		return "CAST([NULL] AS VARCHAR[])", nil
	case spark.Boolean:
		return tagged("i", "CAST(CAST("+v+" AS INTEGER) AS VARCHAR)")
	case spark.Byte, spark.Short, spark.Int:
		return tagged("i", "CAST("+v+" AS VARCHAR)")
	case spark.Date:
		return tagged("i", "CAST(date_diff('day', DATE '1970-01-01', "+v+") AS VARCHAR)")
	case spark.Long:
		return tagged("l", "CAST("+v+" AS VARCHAR)")
	case spark.Timestamp:
		return tagged("l", "CAST(epoch_us("+v+") AS VARCHAR)")
	case spark.Float:
		return tagged("f", "CAST("+v+" AS VARCHAR)")
	case spark.Double:
		return tagged("d", "CAST("+v+" AS VARCHAR)")
	case spark.Decimal:
		if t.Precision <= narrowDigits {
			return tagged("u", "CAST("+v+" AS VARCHAR)")
		}
		return tagged("U", "CAST("+v+" AS VARCHAR)")
	case spark.String:
		return tagged("s", v)
	case spark.Binary:
		return tagged("x", "hex("+v+")")
	case spark.Array:
		p := x.em.name("v")
		parts, err := hashParts(x, p, *t.Elem)
		return "coalesce(flatten(list_transform(" + v + ", lambda " + p + ": " + parts + ")), CAST([] AS VARCHAR[]))", err
	case spark.Struct:
		var err error
		text := x.em.let(v, func(s string) string {
			parts := make([]string, len(t.Fields))
			for i, f := range t.Fields {
				part, e := hashParts(x, "struct_extract("+s+", "+relation.Literal(f.Name)+")", f.Type)
				if e != nil {
					err = e
				}
				parts[i] = part
			}
			return "(CASE WHEN " + s + " IS NULL THEN CAST([] AS VARCHAR[]) ELSE flatten([" + strings.Join(parts, ", ") + "]) END)"
		})
		return text, err
	default:
		return "", refuse("a hash of the type %s", t)
	}
}

// hasher is one of Spark's two hashes, of 4 or 8 bytes or of a text; each takes the hash so far.
type hasher interface {
	word(v uint32, seed int64) int64
	long(v uint64, seed int64) int64
	bytes(v []byte, seed int64) int64
}

// foldHash hashes a list of tagged values; a null leaves the hash as it is.
func foldHash(list any, seed int64, h hasher) (any, error) {
	values, _ := list.([]any)
	for _, v := range values {
		tagged, ok := v.(string)
		if !ok {
			continue
		}
		text := tagged[1:]
		switch tagged[0] {
		case 'i', 'l':
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return nil, err
			}
			if tagged[0] == 'i' {
				seed = h.word(uint32(n), seed)
			} else {
				seed = h.long(uint64(n), seed)
			}
		case 'f':
			f, err := strconv.ParseFloat(text, 32)
			if err != nil {
				return nil, err
			}
			seed = h.word(floatBits(float32(f)), seed)
		case 'd':
			f, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, err
			}
			seed = h.long(doubleBits(f), seed)
		case 'u', 'U':
			n, ok := new(big.Int).SetString(strings.Replace(text, ".", "", 1), 10)
			if !ok {
				return nil, executionText("hash: " + text + " is no decimal")
			}
			if tagged[0] == 'u' {
				seed = h.long(uint64(n.Int64()), seed)
			} else {
				seed = h.bytes(javaBytes(n), seed)
			}
		case 'x':
			raw, err := hex.DecodeString(text)
			if err != nil {
				return nil, err
			}
			seed = h.bytes(raw, seed)
		default:
			seed = h.bytes([]byte(text), seed)
		}
	}
	return seed, nil
}

// floatBits and doubleBits are Java's: minus zero is zero, and there is one NaN.
func floatBits(f float32) uint32 {
	switch {
	case f == 0:
		return 0
	case f != f:
		return 0x7fc00000
	default:
		return math.Float32bits(f)
	}
}

// doubleBits is floatBits of a double.
func doubleBits(f float64) uint64 {
	switch {
	case f == 0:
		return 0
	case f != f:
		return 0x7ff8000000000000
	default:
		return math.Float64bits(f)
	}
}

// javaBytes is BigInteger.toByteArray: two's complement, the fewest bytes, most significant first.
func javaBytes(n *big.Int) []byte {
	size := n.BitLen()/8 + 1
	if n.Sign() < 0 {
		size = new(big.Int).Not(n).BitLen()/8 + 1
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	return n.FillBytes(make([]byte, size))
}

// murmur is Murmur3 of 32 bits, with Spark's way of the last bytes: each is a word of its own, with its sign.
type murmur struct{}

func mixK(k uint32) uint32 { return mathbits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593 }

func mixH(h, k uint32) uint32 { return mathbits.RotateLeft32(h^mixK(k), 13)*5 + 0xe6546b64 }

func finish(h, size uint32) int64 {
	h ^= size
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return int64(int32(h ^ h>>16))
}

func (murmur) word(v uint32, seed int64) int64 { return finish(mixH(uint32(seed), v), 4) }

func (murmur) long(v uint64, seed int64) int64 {
	return finish(mixH(mixH(uint32(seed), uint32(v)), uint32(v>>32)), 8)
}

func (murmur) bytes(v []byte, seed int64) int64 {
	h, size := uint32(seed), uint32(len(v))
	for ; len(v) >= 4; v = v[4:] {
		h = mixH(h, binary.LittleEndian.Uint32(v))
	}
	for _, c := range v {
		h = mixH(h, uint32(int32(int8(c))))
	}
	return finish(h, size)
}

// xx is xxHash of 64 bits.
type xx struct{}

// The primes of xxHash64.
const (
	prime1 uint64 = 0x9E3779B185EBCA87
	prime2 uint64 = 0xC2B2AE3D27D4EB4F
	prime3 uint64 = 0x165667B19E3779F9
	prime4 uint64 = 0x85EBCA77C2B2AE63
	prime5 uint64 = 0x27D4EB2F165667C5
)

func avalanche(h uint64) int64 {
	h = (h ^ h>>33) * prime2
	h = (h ^ h>>29) * prime3
	return int64(h ^ h>>32)
}

func xxRound(acc, k uint64) uint64 { return mathbits.RotateLeft64(acc+k*prime2, 31) * prime1 }

func (xx) word(v uint32, seed int64) int64 {
	h := uint64(seed) + prime5 + 4
	h ^= uint64(v) * prime1
	return avalanche(mathbits.RotateLeft64(h, 23)*prime2 + prime3)
}

func (xx) long(v uint64, seed int64) int64 {
	h := uint64(seed) + prime5 + 8
	h ^= xxRound(0, v)
	return avalanche(mathbits.RotateLeft64(h, 27)*prime1 + prime4)
}

func (xx) bytes(v []byte, seed int64) int64 {
	size, s := uint64(len(v)), uint64(seed)
	h := s + prime5
	if len(v) >= 32 {
		acc := [4]uint64{s + prime1 + prime2, s + prime2, s, s - prime1}
		for ; len(v) >= 32; v = v[32:] {
			for i := range acc {
				acc[i] = xxRound(acc[i], binary.LittleEndian.Uint64(v[8*i:]))
			}
		}
		h = mathbits.RotateLeft64(acc[0], 1) + mathbits.RotateLeft64(acc[1], 7) + mathbits.RotateLeft64(acc[2], 12) + mathbits.RotateLeft64(acc[3], 18)
		for _, a := range acc {
			h = (h^xxRound(0, a))*prime1 + prime4
		}
	}
	h += size
	for ; len(v) >= 8; v = v[8:] {
		h = mathbits.RotateLeft64(h^xxRound(0, binary.LittleEndian.Uint64(v)), 27)*prime1 + prime4
	}
	if len(v) >= 4 {
		h = mathbits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(v))*prime1, 23)*prime2 + prime3
		v = v[4:]
	}
	for _, c := range v {
		h = mathbits.RotateLeft64(h^uint64(c)*prime5, 11) * prime1
	}
	return avalanche(h)
}
