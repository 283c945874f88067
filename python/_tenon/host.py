"""This host's own name, as a script on Glue would find it resolved: to the address that the run's driver was given.

Tenon places a local run on a subnet as it would place it on AWS, and keeps the address of its driver in the ledger; but
no interface of this machine has it. A script that asks where it runs, socket.gethostbyname(socket.gethostname()), is
told the ledger's answer all the same:

    gethostbyname, gethostbyname_ex    of the host's own name: the address
    getaddrinfo                        the same, for IPv4 and for any family; IPv6 is answered as ever
    gethostbyaddr, getfqdn             of the name or the address: the host's name

Every other name, and every address, is answered as ever. What is sent must still arrive: once a script has been told
the address, a socket that it binds, connects or sends to that address takes the host's name in its place, which the
system resolves as it always did. A script that never asks has untouched sockets. Libraries that resolve names
themselves, in C, and child processes in other programs see the real address.

All of it is put under Python's module socket, into _socket: so a script that never imports socket does not pay for it.
"""
import _socket

# Those of a socket's methods whose last argument is an address.
_ADDRESSED = ("bind", "connect", "connect_ex", "sendto")


def answer(address):
    """Makes this process's own host name stand for an IPv4 address."""
    host = _Host(address)
    for name in ("gethostbyname", "gethostbyname_ex", "getaddrinfo", "gethostbyaddr"):
        setattr(_socket, name, host.wrap(name, getattr(_socket, name)))
    _socket.socket = _socket.SocketType = host.socket(_socket.socket)


class _Host:
    """The one answer, and whether a script has been given it."""

    def __init__(self, address):
        self.address = address
        self.told = False

    def own(self, name):
        """Whether name is this host's, in whatever letters."""
        if isinstance(name, (bytes, bytearray)):
            name = bytes(name).decode("ascii", "replace")
        return isinstance(name, str) and name.lower() == _socket.gethostname().lower()

    def wrap(self, name, real):
        """The function of that name, which asks the real one about all that is not this host."""
        own = getattr(self, name)

        def resolve(host, *args, **options):
            if host == self.address and name == "gethostbyaddr" or self.own(host):
                self.told = True
                return own(real, host, *args, **options)
            return real(host, *args, **options)

        resolve.__name__ = resolve.__qualname__ = name
        resolve.__doc__ = real.__doc__
        return resolve

    def gethostbyname(self, real, _host, *wrong):
        return real(self.address, *wrong)

    def gethostbyname_ex(self, real, _host, *wrong):
        return (_socket.gethostname(),) + real(self.address, *wrong)[1:]

    def gethostbyaddr(self, _real, _host):
        return _socket.gethostname(), [], [self.address]

    def getaddrinfo(self, real, host, port, family=0, type=0, proto=0, flags=0):
        if family not in (0, _socket.AF_INET):
            return real(host, port, family, type, proto, flags)
        found = real(self.address, port, family, type, proto, flags)
        name = host if isinstance(host, str) else _socket.gethostname()
        return [entry[:3] + (name if entry[3] else "",) + entry[4:] for entry in found]

    def socket(self, real):
        """The class of sockets that reach this host under its address too."""

        def wrap(name):
            method = getattr(real, name)

            def call(sock, *args):
                if self.told and args and isinstance(args[-1], tuple) and args[-1][:1] == (self.address,):
                    args = args[:-1] + ((_socket.gethostname(),) + args[-1][1:],)
                return method(sock, *args)

            call.__name__ = call.__qualname__ = name
            call.__doc__ = method.__doc__
            return call

        # No fields of its own: socket.socket, which inherits from it, declares its slots.
        return type("socket", (real,), {"__slots__": (), "__module__": "_socket", "__doc__": real.__doc__,
                                        **{name: wrap(name) for name in _ADDRESSED}})
