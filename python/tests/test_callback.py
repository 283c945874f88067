"""Functions of the script's that fail while the engine waits for them."""
import asyncio
import sys
import traceback
import unittest

from _tenon import plan
from _tenon.callback import enter, run, trace


class Callback(unittest.TestCase):

    def answer(self, function):
        return run({"function": enter(function, lambda value: value, raw=True), "types": [], "columns": [], "rows": 1})

    def test_every_exception_is_an_answer(self):
        def raising(err):
            raise err
        for err in (ZeroDivisionError("x"), SystemExit(3), GeneratorExit(), asyncio.CancelledError(), StopIteration(),
                    BaseException("bare")):
            answer, cause = self.answer(lambda: raising(err))
            self.assertEqual(answer["error"]["class"], plan.CLASS_PYTHON)
            self.assertIn(type(err).__name__, answer["error"]["message"])
            self.assertIs(cause, err)

    def test_recursion(self):
        def again():
            return again()
        answer, _ = self.answer(again)
        self.assertIn("RecursionError", answer["error"]["message"])
        self.assertLess(len(answer["error"]["message"]), 100 * sys.getrecursionlimit())

    def test_an_interrupt_ends_the_script(self):
        def interrupted():
            raise KeyboardInterrupt
        with self.assertRaises(KeyboardInterrupt):
            self.answer(interrupted)


class Trace(unittest.TestCase):

    def caught(self, function, *args):
        try:
            function(*args)
        except Exception as err:
            return err
        self.fail("no exception")

    def test_as_the_library_has_it(self):
        """Also of the second exception from a place, whose first lines are kept."""
        def by_key(key):
            return {"a": 1}[key]

        def behind(key):
            try:
                return by_key(key)
            except KeyError as err:
                raise ValueError(key) from err

        def while_handling(key):
            try:
                return by_key(key)
            except KeyError:
                return key + 1

        def text(key):
            return compile("x = ) " + key, "<%s>" % key, "exec")

        def unknown(key):
            return eval("nobody_" + key)
        for function in (by_key, behind, while_handling, text, unknown):
            for key in ("b", "c", "b", "d\nand more"):
                err = self.caught(function, key)
                self.assertEqual(trace(err), "".join(traceback.format_exception(type(err), err, err.__traceback__)))

    def test_other_ways_to_a_place(self):
        """The same line, reached by other lines, is another traceback."""
        def fails():
            raise ValueError("x")

        def one():
            fails()

        def other():
            fails()
        texts = [trace(self.caught(way)) for way in (one, other, one)]
        self.assertEqual(texts[0], texts[2])
        self.assertIn("in other", texts[1])
