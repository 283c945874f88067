"""A worker that records: it speaks the framing of the plan protocol over a Unix socket, keeps every request, and
answers from a table. What the shim says is what the tests look at; what an engine makes of it is tested with the
real one, in internal/driver/engine."""
import json
import os
import socket
import tempfile
import threading

from _tenon import connection, plan


class Worker:
    """One recording worker, with the process's connection pointed at it."""

    def __init__(self):
        self.requests = []  # (op, body) of every request but hello
        self.schema = [{"name": "id", "type": "bigint", "nullable": True},
                       {"name": "name", "type": "string", "nullable": True}]
        self.answers = {}  # op -> result, or a function of the body
        self.error = None  # the next answer's error, once
        self._frames = 0
        self._folder = tempfile.mkdtemp()
        self.path = os.path.join(self._folder, "s")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(1)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        os.environ[plan.ENV_SOCKET], os.environ[plan.ENV_TOKEN] = self.path, "secret"
        connection._open = None
        connection._dropped.clear()

    def close(self):
        if connection._open is not None and connection._open._socket is not None:
            connection._open._close()
        connection._open = None
        self._listener.close()
        os.unlink(self.path)
        os.rmdir(self._folder)

    def bodies(self, op):
        """The bodies of the requests of one operation, in order."""
        return [body for name, body in self.requests if name == op]

    def nodes(self):
        return self.bodies(plan.OP_FRAME)

    def _serve(self):
        try:
            peer, _ = self._listener.accept()
        except OSError:
            return
        stream = peer.makefile("rb")
        while True:
            header = stream.read(4)
            if len(header) < 4:
                break
            request = json.loads(stream.read(int.from_bytes(header, "big")))
            text = json.dumps(self._answer(request)).encode()
            peer.sendall(len(text).to_bytes(4, "big") + text)
        stream.close()
        peer.close()

    def _answer(self, request):
        op, body = request["op"], request["body"]
        if op == plan.OP_HELLO:
            self.hello = body
            return {"id": request["id"], "result": {"version": 1, "job_name": "j", "run_id": "jr_1", "ansi": False}}
        self.requests.append((op, body))
        if self.error is not None:
            error, self.error = self.error, None
            return {"id": request["id"], "error": error}
        if op in self.answers:
            answer = self.answers[op]
            return {"id": request["id"], "result": answer(body) if callable(answer) else answer}
        if op == plan.OP_FRAME:
            self._frames += 1
            return {"id": request["id"], "result": {"frame": self._frames, "schema": self.schema}}
        return {"id": request["id"], "result": {}}
