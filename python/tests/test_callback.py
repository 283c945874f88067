"""Functions of the script's that fail while the engine waits for them."""
import asyncio
import sys
import unittest

from _tenon import plan
from _tenon.callback import enter, run


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
