"""The one connection of a script's process to its worker.

It opens on the first call, so that importing pyspark costs no socket and the script's first line prints at once.
Requests of several threads take turns under one lock; every request gets exactly one response, in order. A request
cut short (an exception in a signal handler, a closed socket) leaves the stream in an unknown place, so the
connection is given up then: later calls say so, none can read another's answer.
"""
import os
from _thread import allocate_lock  # threading's own lock; the whole module would triple this package's import time

from _tenon import plan
from _tenon.errors import TenonInternalError, UnsupportedOperation, from_plan
from pyspark.errors.exceptions.base import PySparkRuntimeError

# Bytes of the length that goes before each message, big-endian.
HEADER_BYTES = 4

# Most frames that are forgotten before one call: a pause between two actions stays short.
DROPS_PER_CALL = 256


class Connection:
    """A socket to the worker that has said hello. reply is the worker's HelloReply."""

    def __init__(self, path, token):
        import socket
        self._lock = allocate_lock()  # guards _socket, _stream and _next
        self._pid = os.getpid()
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
        import json
        with self._lock:
            if self._socket is None:
                raise TenonInternalError("the connection to the run's worker is closed")
            if os.getpid() != self._pid:
                raise PySparkRuntimeError("a child process cannot use its parent's Spark session; "
                                          "call Spark from the process that runs the script, or from its threads")
            number, self._next = self._next, self._next + 1
            request = json.dumps({"id": number, "op": op, "body": body}, separators=(",", ":"), ensure_ascii=False,
                                 allow_nan=False).encode("utf-8")
            if len(request) > plan.MAX_MESSAGE:
                raise UnsupportedOperation.of("a message of %d bytes to the engine (%s)" % (len(request), op),
                                              "the limit is %d bytes; read large data from files" % plan.MAX_MESSAGE)
            try:
                self._socket.sendall(len(request).to_bytes(HEADER_BYTES, "big") + request)
                size = int.from_bytes(self._read(HEADER_BYTES), "big")
                if size > plan.MAX_MESSAGE:
                    raise TenonInternalError("the worker answered with %d bytes, past the limit" % size)
                response = json.loads(self._read(size))
                if response.get("id") != number:
                    raise TenonInternalError("the worker answered request %s, not %d" % (response.get("id"), number))
            except BaseException as err:
                self._close()
                if isinstance(err, OSError):
                    raise TenonInternalError("the run's worker is gone: %s" % err) from None
                raise
        if response.get("error"):
            raise from_plan(response["error"])
        return response.get("result")

    def _read(self, size):
        data = self._stream.read(size)
        if len(data) < size:
            raise ConnectionResetError("it closed the connection")
        return data

    def _close(self):
        self._stream.close()
        self._socket.close()
        self._socket = None


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
        worker.call(plan.OP_DROP, {"frame": frame})
    return worker.call(op, {} if body is None else body)


class FrameID(int):
    """The number of a frame in the worker, as it travels in nodes and expressions. Whatever still mentions the frame
    (a DataFrame, a Column made from it, a view) holds this object; when the last is gone the worker forgets it."""

    __slots__ = ()

    def __del__(self):
        _dropped.append(int(self))


def analyse(node):
    """Sends a node; returns its FrameID (None for a command that makes none) and its schema's fields as sent."""
    reply = call(plan.OP_FRAME, node)
    return (FrameID(reply["frame"]) if reply.get("frame") else None), reply.get("schema") or []


def frame_node(frame):
    """The node that stands for an existing frame."""
    return {"kind": plan.NODE_FRAME, "frame": frame}
