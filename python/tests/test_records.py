"""What a function sees of a DynamicFrame's record whose null fields may be missing ones."""
import unittest

from _tenon.records import DynamicRecord, _Reading


class Records(unittest.TestCase):

    def test_every_look_at_a_null_field_is_noted(self):
        looks = {
            "[]": lambda r: r["n"], "in": lambda r: "n" in r, "get": lambda r: r.get("n"), "pop": lambda r: r.pop("n"),
            "setdefault": lambda r: r.setdefault("n", 5), "del": lambda r: r.__delitem__("n"), "popitem": lambda r: r.popitem(),
            "len": len, "iter": list, "reversed": lambda r: list(reversed(r)), "keys": lambda r: r.keys(),
            "values": lambda r: r.values(), "items": lambda r: r.items(), "==": lambda r: r == {}, "!=": lambda r: r != {},
            "repr": repr, "bool": bool, "copy": lambda r: r.copy(), "dict": dict, "**": lambda r: {**r},
        }
        for name, look in looks.items():
            reading = _Reading(False)
            look(DynamicRecord([("id", 1)], frozenset(["n"]), reading))
            self.assertTrue(reading.null_read, name)

    def test_other_fields_are_not(self):
        reading = _Reading(False)
        record = DynamicRecord([("id", 1)], frozenset(["n"]), reading)
        record["new"] = record["id"] + record.get("id") + record.setdefault("id", 3)
        del record["id"]
        self.assertFalse(reading.null_read)
