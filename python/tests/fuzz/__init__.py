"""A differential fuzzer: random programs over random frames, on the real PySpark and on the shim with the engine.

A batch is made from a seed: a few frames (`values`), and programs over them (`chains` and `queries`) whose expressions
come from the table of functions in `exprs`. A program is data; it prints as the Python lines that both sides run
(`answers`). `spark` is the process that has the real PySpark; `check` runs a batch on both sides, compares names,
types, rows and errors, and shrinks what differs to a small program that anybody can run. What the engine refuses by
name is no difference, and is counted.

Three streams of seeds: the first; from 1,000,000 the wide one, with more functions and calls (`wide`); from 2,000,000 the
daily one, which composes beside what scripts do every day, by the API and in SQL (`daily`, `calls`, `forms`).

`make fuzz N=10000` runs batches until so many programs have been compared; SEED says where it begins.
"""
