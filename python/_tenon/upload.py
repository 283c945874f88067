"""Rows of Python's on their way to the engine, in batches of a bounded size."""
from _tenon import plan
from _tenon.connection import call

# About how many bytes a cell takes that is no text.
CELL_BYTES = 12


def values(fields, rows):
    """plan.Values for wire fields and an iterable of rows of cells. Few rows stand in the node itself; more are sent
    ahead, a batch at a time."""
    batches = _batches(rows)
    first, second = next(batches, []), next(batches, None)
    if second is None:
        return {"schema": fields, "rows": first}
    number = _send(_send(0, fields, first), fields, second)
    for batch in batches:
        _send(number, fields, batch)
    return {"schema": fields, "rows": [], "upload": number}


def _send(number, fields, batch):
    """Sends a batch, the first one with number 0, and gives the number of the upload."""
    body = {"upload": number, "schema": [] if number else fields, "rows": batch}
    return call(plan.OP_UPLOAD, body)["upload"]


def _batches(rows):
    """Lists of rows, each of about BATCH_BYTES."""
    batch, size = [], 0
    for row in rows:
        batch.append(row)
        size += sum(map(_bytes, row))
        if size >= plan.BATCH_BYTES or len(batch) >= plan.BATCH_ROWS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _bytes(cell):
    """About how long a cell is in JSON."""
    if isinstance(cell, str):
        return len(cell) + 3
    return sum(map(_bytes, cell)) if isinstance(cell, list) else CELL_BYTES
