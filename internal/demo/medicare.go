// Package demo makes the input of Tenon's demonstration and benchmarks: a file in the shape of CMS's inpatient charge
// data, the set that AWS's Glue samples are built on. Nothing in it is real: names are put together from word lists and
// numbers are drawn, and the same seed gives the same bytes everywhere.
package demo

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
)

// Rows is the number of records in the original data set; Write(w, Rows, seed) gives about 28 MB.
const Rows = 163_065

// erroneousRows is how many records at the tail carry text where the provider's number belongs, as in AWS's sample:
// they are what makes the column a choice<long,string> in a catalog, and null after a cast.
const erroneousRows = 2

// Header is the first line, with the blanks around three of the names that the original has.
const Header = "DRG Definition,Provider Id,Provider Name,Provider Street Address,Provider City,Provider State," +
	"Provider Zip Code,Hospital Referral Region Description, Total Discharges , Average Covered Charges , " +
	"Average Total Payments ,Average Medicare Payments"

// provider is one hospital; it appears once for each diagnosis it treats.
type provider struct{ id, name, street, city, state, zip, region string }

// Write writes the header and rows records to w.
func Write(w io.Writer, rows int, seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 0))
	providers := makeProviders(rng, rows/50+1)
	bw := bufio.NewWriterSize(w, 1<<16)
	line := append([]byte(Header), '\n')
	for i := range rows {
		if _, err := bw.Write(line); err != nil {
			return fmt.Errorf("demo: write: %w", err)
		}
		p := providers[rng.IntN(len(providers))]
		if i >= rows-erroneousRows {
			p.id = "{" + p.name + "}"
		}
		line = appendRecord(line[:0], rng, diagnoses[i*len(diagnoses)/rows], p)
	}
	if _, err := bw.Write(line); err != nil {
		return fmt.Errorf("demo: write: %w", err)
	}
	if err := bw.Flush(); err != nil {
		return fmt.Errorf("demo: write: %w", err)
	}
	return nil
}

// appendRecord appends one line. Amounts are dollars and cents as text, as CMS publishes them.
func appendRecord(b []byte, rng *rand.Rand, diagnosis string, p provider) []byte {
	covered := 240_000 + rng.Int64N(9_000_000) // cents
	total := covered/8 + rng.Int64N(covered/8)
	medicare := total - 50_000/(1+rng.Int64N(9)) - total/10
	for _, s := range []string{diagnosis, p.id, p.name, p.street, p.city, p.state, p.zip, p.region} {
		b = append(append(b, s...), ',')
	}
	b = strconv.AppendInt(b, 11+rng.Int64N(90)*rng.Int64N(3), 10)
	for _, cents := range []int64{covered, total, medicare} {
		b = fmt.Appendf(b, ",$%d.%02d", cents/100, cents%100)
	}
	return append(b, '\n')
}

// makeProviders draws n hospitals.
func makeProviders(rng *rand.Rand, n int) []provider {
	out := make([]provider, n)
	for i := range out {
		place := places[rng.IntN(len(places))]
		city := pick(rng, cityHeads) + pick(rng, cityTails)
		out[i] = provider{
			id:     strconv.Itoa(10_001 + i*7),
			name:   pick(rng, hospitalHeads) + " " + city + " " + pick(rng, hospitalTails),
			street: strconv.Itoa(100+rng.IntN(9_800)) + " " + pick(rng, streetHeads) + " " + pick(rng, streetTails),
			city:   city,
			state:  place,
			zip:    strconv.Itoa(10_000 + rng.IntN(89_999)),
			region: place + " - " + pick(rng, cityHeads) + pick(rng, cityTails),
		}
	}
	return out
}

// pick draws one of words.
func pick(rng *rand.Rand, words []string) string { return words[rng.IntN(len(words))] }
