package plane

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"tenon/internal/glue"
)

// flatValue is the value of one key. Of secrets shown says nothing, and value is what is compared.
type flatValue struct{ value, shown string }

// flatten lists a configuration as keys and values. An entry of a list is known by its name or id, so that one more queue
// is one more queue and not a change of all behind it.
func flatten(c Config) map[string]flatValue {
	flat := map[string]flatValue{}
	flattenInto(flat, "", reflect.ValueOf(c))
	for name, value := range flat {
		if name == "store" {
			flat[name] = flatValue{value.value, RedactURL(value.value)}
		}
	}
	return flat
}

// flattenInto adds what stands at a key.
func flattenInto(flat map[string]flatValue, at string, v reflect.Value) {
	switch value := v.Interface().(type) {
	case Secret:
		flat[at] = flatValue{string(value), value.String()}
		return
	case Quotas:
		if at == "quotas" { // those of a region fall back on these, these on AWS's
			value = value.All()
		}
		for name, limit := range value {
			text := glue.FormatAmount(limit)
			flat[joinKey(at, name)] = flatValue{text, text}
		}
		return
	case fmt.Stringer:
		if v.Kind() != reflect.Pointer {
			flat[at] = flatValue{value.String(), value.String()}
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			flattenInto(flat, at, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			flattenInto(flat, joinKey(at, v.Type().Field(i).Tag.Get("yaml")), v.Field(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			flattenInto(flat, joinKey(at, key.String()), v.MapIndex(key))
		}
	case reflect.Slice:
		for i := range v.Len() {
			flattenInto(flat, joinKey(at, entryName(v.Index(i), i)), v.Index(i))
		}
	default:
		text := fmt.Sprint(v.Interface())
		flat[at] = flatValue{text, text}
	}
}

// entryName is how an entry of a list is known.
func entryName(v reflect.Value, i int) string {
	switch e := v.Interface().(type) {
	case Queue:
		return e.Name
	case Subnet:
		return e.ID
	}
	return fmt.Sprint(i)
}

// change is one key that differs.
type change struct{ key, before, after string }

// compare lists the keys that differ, sorted, and the lists whose entries changed places: queues and subnets are served in
// their order. What is absent is an empty text.
func compare(old, new Config) []change {
	a, b := flatten(old), flatten(new)
	var changes []change
	for key, before := range a {
		after, stays := b[key]
		if before.value != after.value && (stays || !unsaid(key, before.value, b)) {
			changes = append(changes, change{key, before.shown, after.shown})
		}
	}
	for key, after := range b {
		if _, was := a[key]; !was && after.value != "" && !unsaid(key, after.value, a) {
			changes = append(changes, change{key, "", after.shown})
		}
	}
	was, is := orders(old), orders(new)
	for key, names := range was {
		if before, after := common(names, is[key]), common(is[key], names); before != after {
			changes = append(changes, change{key, before, after})
		}
	}
	slices.SortFunc(changes, func(x, y change) int { return cmp.Compare(x.key, y.key) })
	return changes
}

// orders are the names of the entries of each list, in order.
func orders(c Config) map[string][]string {
	lists := map[string][]string{"queues": c.queueNames(), "subnets": subnetNames(c.Subnets)}
	for name, r := range c.Regions {
		lists["regions."+name+".subnets"] = subnetNames(r.Subnets)
	}
	return lists
}

// subnetNames lists subnets in order.
func subnetNames(all []Subnet) []string {
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.ID
	}
	return names
}

// common joins the names that stand in others too.
func common(names, others []string) string {
	both := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(others, n) })
	return strings.Join(both, ", ")
}

// unsaid reports whether a value is only what an entry of a list has where nothing is said of it, and the entry is not in
// the other configuration at all: of one that comes or goes that is no news.
func unsaid(key, value string, other map[string]flatValue) bool {
	at := strings.LastIndexByte(key, '.')
	entry, field := key[:max(at, 0)], key[at+1:]
	_, queue := other[joinKey(entry, "name")]
	_, subnet := other[joinKey(entry, "id")]
	if queue || subnet {
		return false
	}
	switch field {
	case "held", "cordoned":
		return value == "false"
	case "max_wait", "borrow_max_run", "priority":
		return at >= 0 && (value == "0" || value == "0s")
	}
	return false
}
