"""The one connection of a script's process to its worker.

It opens on the first call, so that importing pyspark costs no socket and the script's first line prints at once.
Requests of several threads take turns under one lock; every request gets exactly one response, in order. A request
cut short (an exception in a signal handler, a closed socket) leaves the stream in an unknown place, so the
connection is given up then: later calls say so, none can read another's answer.
"""
import os
from _thread import allocate_lock, get_ident  # threading's own lock; the whole module would triple this package's import time

from _tenon import conf, plan
from _tenon.errors import TenonInternalError, UnsupportedOperation, from_plan
from pyspark.errors.exceptions.base import PySparkRuntimeError

# Bytes of the length that goes before each message, big-endian.
HEADER_BYTES = 4

# What a function hears that uses the session while the engine waits for it.
INSIDE_A_FUNCTION = (
    "[CONTEXT_ONLY_VALID_ON_DRIVER] It appears that you are attempting to reference SparkContext from a broadcast "
    "variable, action, or transformation. SparkContext can only be used on the driver, not in code that it run on "
    "workers. For more information, see SPARK-5063.")

# Most frames that are forgotten before one call: a pause between two actions stays short.
DROPS_PER_CALL = 256


class Connection:
    """A socket to the worker that has said hello. reply is the worker's HelloReply."""

    _inside = None  # the thread that runs a function for the worker, while it does

    def __init__(self, path, token):
        import socket
        self._lock = allocate_lock()  # guards _socket, _stream and _next
        self._pid = self.pid = os.getpid()
        self._next = 1
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(path)
        except OSError as err:
            self._socket.close()
            raise TenonInternalError("cannot reach the run's worker at %s: %s" % (path, err)) from None
        self._stream = self._socket.makefile("rb")
        self.reply = self.call(plan.OP_HELLO, {"version": plan.VERSION, "token": token, "pid": self._pid})

    def call(self, op, body):
        """Sends one request and returns its result, or raises what the worker's error stands for."""
        if self._inside == get_ident():
            raise PySparkRuntimeError(INSIDE_A_FUNCTION)
        with self._lock:
            if self._socket is None:
                raise TenonInternalError("the connection to the run's worker is closed")
            if os.getpid() != self._pid:
                raise PySparkRuntimeError("a child process cannot use its parent's Spark session; "
                                          "call Spark from the process that runs the script, or from its threads")
            number, self._next = self._next, self._next + 1
            request = _message(number, op, body)
            cause = None
            try:
                response = self._exchange(number, request)
                while response.get("call"):
                    response, cause = self._run(number, response["call"])
            except BaseException as err:
                self._close()
                if isinstance(err, OSError):
                    raise TenonInternalError("the run's worker is gone: %s" % err) from None
                raise
        if response.get("error"):
            raise from_plan(response["error"]) from cause
        return response.get("result")

    def _exchange(self, number, message):
        """Sends one message and reads the next."""
        import json
        self._socket.sendall(len(message).to_bytes(HEADER_BYTES, "big") + message)
        size = int.from_bytes(self._read(HEADER_BYTES), "big")
        if size > plan.MAX_MESSAGE:
            raise TenonInternalError("the worker answered with %d bytes, past the limit" % size)
        response = json.loads(self._read(size))
        if response.get("id") != number:
            raise TenonInternalError("the worker answered request %s, not %d" % (response.get("id"), number))
        return response

    def _run(self, number, asked):
        """Runs a function of the script's for the worker: what the worker says to its answer, and the exception that the
        function raised or None."""
        from _tenon.callback import Abandoned, run
        self._inside = get_ident()
        try:
            returned, cause = run(asked, lambda given: self._more(number, given))
        except Abandoned as err:
            return err.response, None
        finally:
            self._inside = None
        try:
            message = _message(number, plan.OP_RETURN, returned)
        except (UnsupportedOperation, UnicodeEncodeError) as err:  # too large, or half a surrogate pair
            error = {"class": plan.CLASS_UNSUPPORTED, "message": "what a Python function returned: %s" % err}
            message, cause = _message(number, plan.OP_RETURN, {"error": error}), err
        return self._exchange(number, message), cause

    def _more(self, number, given):
        """Sends what a function has given so far, and gives the call that goes on with it."""
        from _tenon.callback import Abandoned
        response = self._exchange(number, _message(number, plan.OP_RETURN, given))
        if not response.get("call"):
            raise Abandoned(response)
        return response["call"]

    def _read(self, size):
        data = self._stream.read(size)
        if len(data) < size:
            raise ConnectionResetError("it closed the connection")
        return data

    def _close(self):
        self._stream.close()
        self._socket.close()
        self._socket = None


def _message(number, op, body):
    """The bytes of one message."""
    import json
    message = json.dumps({"id": number, "op": op, "times": conf.time_policy(), "body": body}, separators=(",", ":"), ensure_ascii=False,
                         allow_nan=False).encode("utf-8")
    if len(message) > plan.MAX_MESSAGE:
        raise UnsupportedOperation.of("a message of %d bytes to the engine (%s)" % (len(message), op),
                                      "the limit is %d bytes; read large data from files" % plan.MAX_MESSAGE)
    return message


_open = None  # the process's Connection, once there is one
_opening = allocate_lock()  # guards _open
_dropped = []  # numbers of frames that nothing refers to any more; appended by __del__, at any moment


def connection():
    """The process's connection, opened now if it is not yet."""
    global _open
    with _opening:
        if _open is None:
            path, token = os.environ.get(plan.ENV_SOCKET), os.environ.get(plan.ENV_TOKEN, "")
            if not path:
                raise PySparkRuntimeError(
                    "there is no Tenon worker here (%s is not set). These awsglue and pyspark packages are Tenon's: "
                    "they work inside a run only. Start the script with `tenon run script.py`, or as a job."
                    % plan.ENV_SOCKET)
            _open = Connection(path, token)
        return _open


def call(op, body=None):
    """One request on the process's connection. Frames that went out of use meanwhile are forgotten first."""
    worker = connection()
    for _ in range(DROPS_PER_CALL):
        try:
            frame = _dropped.pop()
        except IndexError:  # none, or another thread took the last
            break
        if frame < 0:  # a cursor that nobody reads any more
            worker.call(plan.OP_FETCH, {"cursor": -frame, "close": True})
        else:
            worker.call(plan.OP_DROP, {"frame": frame})
    return worker.call(op, {} if body is None else body)


class FrameID(int):
    """The number of a frame in the worker, as it travels in nodes and expressions. Whatever still mentions the frame
    (a DataFrame, a Column made from it, a view) holds this object; when the last is gone the worker forgets it."""

    __slots__ = ()

    def __del__(self):
        _dropped.append(int(self))

    def __deepcopy__(self, memo):
        return self  # a second object of this number would forget the frame a second time


def rows(frame, limit=-1):
    """The batches of a frame's rows: a generator of lists of rows of cells. A caller that stops early leaves a cursor,
    which the next call closes. The action runs when the first batch is asked for."""
    reply = call(plan.OP_COLLECT, {"frame": frame, "limit": limit})
    while True:
        cursor = reply.get("cursor")
        try:
            yield reply.get("rows") or []
        except GeneratorExit:
            if cursor:
                _dropped.append(-cursor)
            raise
        if not cursor:
            return
        reply = call(plan.OP_FETCH, {"cursor": cursor, "close": False})


def analyse(node):
    """Sends a node; returns its FrameID (None for a command that makes none) and its schema's fields as sent."""
    reply = call(plan.OP_FRAME, node)
    return (FrameID(reply["frame"]) if reply.get("frame") else None), reply.get("schema") or []


def frame_node(frame):
    """The node that stands for an existing frame."""
    return {"kind": plan.NODE_FRAME, "frame": frame}
