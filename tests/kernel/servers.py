# SPDX-License-Identifier: Apache-2.0
"""Servers of any number of endpoints, each of which tells a client who answered and whom it saw."""

import json
import selectors
import socket
import threading

import sctp
from addresses import host_port
from netns import Namespace

PROTOCOLS = ("tcp", "udp", "sctp")

_DATAGRAM = 65536

# Room for all clients of a test at once. <asm-generic/socket.h> has the number.
_SO_RCVBUFFORCE = 33
_RECEIVE_BUFFER = 16 * 1024 * 1024


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def open_socket(namespace: Namespace, address: str, protocol: str) -> socket.socket:
    """A socket in the namespace, for talking with this address or as it. Does not block."""
    kinds = {
        "tcp": (socket.SOCK_STREAM, 0),
        "udp": (socket.SOCK_DGRAM, 0),
        "sctp": (socket.SOCK_RAW, sctp.PROTOCOL),
    }
    with namespace.entered():
        made = socket.socket(family_of(address), *kinds[protocol])
    made.setblocking(False)
    return made


def sctp_payload(datagram: bytes, family: socket.AddressFamily) -> bytes:
    """Raw sockets of IPv4 receive the IP header too (raw(7))."""
    return datagram[(datagram[0] & 0xF) * 4 :] if family == socket.AF_INET else datagram


class Servers:
    """Serves in a thread of its own until closed.

    A TCP client is greeted and gets back what it sends; a datagram is answered by a greeting, and
    so is an SCTP INIT.
    """

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._serve, name="servers", daemon=True)
        self._thread.start()

    def listen(self, namespace: Namespace, address: str, port: int):
        """With every protocol."""
        for protocol in PROTOCOLS:
            listener = open_socket(namespace, address, protocol)
            if protocol == "tcp":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            else:
                listener.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
            listener.bind((address, 0 if protocol == "sctp" else port))
            if protocol == "tcp":
                listener.listen(1024)
            answer = getattr(self, f"_answer_{protocol}")
            name = host_port(address, port)
            self._selector.register(
                listener, selectors.EVENT_READ, lambda s, a=answer, n=name, p=port: a(s, n, p)
            )

    def close(self):
        self._wake.close()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _serve(self):
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                try:
                    key.data(key.fileobj)
                except OSError:
                    # A client that went away, or a reply that the test's ruleset refuses.
                    continue

    def _answer_tcp(self, listener: socket.socket, name: str, _port: int):
        connection, peer = listener.accept()
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, self._echo)
        connection.send(_greeting(name, peer) + b"\n")

    def _echo(self, connection: socket.socket):
        try:
            data = connection.recv(_DATAGRAM)
        except OSError:
            data = b""
        if data:
            connection.send(data)
        else:
            self._selector.unregister(connection)
            connection.close()

    def _answer_udp(self, server: socket.socket, name: str, _port: int):
        _, peer = server.recvfrom(_DATAGRAM)
        server.sendto(_greeting(name, peer), peer)

    def _answer_sctp(self, server: socket.socket, name: str, port: int):
        datagram, peer = server.recvfrom(_DATAGRAM)
        packet = sctp_payload(datagram, server.family)
        if sctp.is_init(packet) and sctp.ports(packet)[1] == port:
            server.sendto(sctp.init_ack(packet, _greeting(name, peer)), (peer[0], 0))


def _greeting(endpoint: str, peer: tuple) -> bytes:
    return json.dumps({"endpoint": endpoint, "client": peer[0]}).encode()
