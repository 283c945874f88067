"""The host's own name under the address of the run's driver: what resolves to what, and that connections still arrive."""
import os
import socket
import subprocess
import sys
import textwrap
import unittest

ADDRESS = "10.192.20.4"


class Host(unittest.TestCase):
    """Each script runs in a process of its own: answer() changes the process for good."""

    def output(self, text, address=ADDRESS):
        """What a script prints after the host's name was given the address."""
        prelude = "from _tenon import host\nhost.answer(%r)\n" % address if address else ""
        prelude += "import socket\nname = socket.gethostname()\n"
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        done = subprocess.run([sys.executable, "-B", "-c", prelude + textwrap.dedent(text)], capture_output=True,
                              text=True, timeout=60, env={"PATH": os.environ["PATH"], "PYTHONPATH": root})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def test_own_name(self):
        for call, want in (("gethostbyname(name)", ADDRESS),
                           ("gethostbyname(name.upper())", ADDRESS),
                           ("gethostbyname(name.encode())", ADDRESS),
                           ("gethostbyname(socket.getfqdn())", ADDRESS),
                           ("gethostbyname_ex(name)[2]", "['%s']" % ADDRESS),
                           ("gethostbyaddr('%s')[0] == name" % ADDRESS, "True"),
                           ("getfqdn('%s') == name" % ADDRESS, "True"),
                           ("getaddrinfo(name, 80, proto=socket.IPPROTO_TCP)[0][4]", "('%s', 80)" % ADDRESS),
                           ("getaddrinfo(name, None, socket.AF_INET)[0][4]", "('%s', 0)" % ADDRESS)):
            with self.subTest(call):
                self.assertEqual(self.output("print(socket.%s)" % call), [want])

    def test_other_names(self):
        """Answered as without an address, errors too."""
        script = """
            for question in ("localhost", "127.0.0.1", "192.0.2.7", "", b"localhost", None, 7, "a" * 70):
                for ask in (socket.gethostbyname, socket.gethostbyname_ex, lambda q: socket.getaddrinfo(q, 80)):
                    try:
                        print(question, ask(question))
                    except Exception as err:
                        print(question, type(err), err)
            for wrong in (lambda: socket.gethostbyname(), lambda: socket.gethostbyname(name, 1)):
                try:
                    wrong()
                except TypeError as err:
                    print("TypeError")
            """
        self.assertEqual(self.output(script), self.output(script, address=None))

    def reachable(self):
        """Skips what needs a host whose name the system itself resolves."""
        try:
            socket.gethostbyname(socket.gethostname())
        except OSError as err:
            self.skipTest("this host's name does not resolve: %s" % err)

    def test_connections_arrive(self):
        """A server bound to this host's name, or to what it resolves to, is reached under either."""
        self.reachable()
        self.assertEqual(self.output("""
            for bound in (name, socket.gethostbyname(name)):
                server = socket.create_server((bound, 0))
                port = server.getsockname()[1]
                for called in (name, socket.gethostbyname(name), server.getsockname()[0]):
                    with socket.create_connection((called, port), timeout=10) as client:
                        client.sendall(b"in")
                        print(server.accept()[0].recv(10))
            here = socket.socket(type=socket.SOCK_DGRAM)
            here.bind((socket.gethostbyname(name), 0))
            there = (socket.gethostbyname(name), here.getsockname()[1])
            with socket.socket(type=socket.SOCK_DGRAM) as out:
                out.sendto(b"one", there)
                out.sendto(b"two", 0, there)
            print(here.recv(10), here.recv(10))
            """), ["b'in'"] * 6 + ["b'one' b'two'"])

    def test_asyncio(self):
        self.reachable()
        self.assertEqual(self.output("""
            import asyncio
            async def main():
                server = await asyncio.start_server(lambda reader, writer: writer.close(), name, 0)
                reader, writer = await asyncio.open_connection(name, server.sockets[0].getsockname()[1])
                print(await asyncio.wait_for(reader.read(), 10))
                writer.close()
                server.close()
            asyncio.run(main())
            """), ["b''"])

    def test_untold(self):
        """A script that never asked for its own name sends to the address itself: it may be somebody's."""
        address = "127.0.0.9"  # this one is: another loopback address
        self.assertEqual(self.output("""
            server = socket.create_server(("127.0.0.9", 0))
            print(server.getsockname()[0])
            """, address), [address])

    def test_other_programs_untouched(self):
        """The module socket is as it was: its classes, their names, ssl and pickling of what can be pickled."""
        self.assertEqual(self.output("""
            import ssl, http.server, multiprocessing.connection
            pair = socket.socketpair()
            print(type(pair[0]).__name__, isinstance(pair[0], socket.socket), socket.SocketType is socket.socket.__mro__[1])
            print(repr(socket.socket()).startswith("<socket.socket fd="), socket.gethostbyname.__name__)
            """), ["socket True True", "True gethostbyname"])


if __name__ == "__main__":
    unittest.main()
