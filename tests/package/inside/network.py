# SPDX-License-Identifier: Apache-2.0
"""The container as a node between a client and pods, which are network namespaces within it.

    client ── node ──┬── web-2, web-3
           192.168.0 │ 10.0.0
           fd00:c::  │ fd00:10::
"""

import contextlib
import http.client
import os
import pathlib
import subprocess
import sys

sys.path += ["/tests/kernel", "/demo"]

from netns import Namespace  # noqa: E402

ENDPOINTS = (2, 3)
ADDRESSES = ("10.104.14.67", "fd00:10:104::67")
PORT = 80
_SERVER = pathlib.Path("/demo/server.py")


class _OwnNamespace(Namespace):
    """The one that this process is in, where nftsvcd runs."""

    def __init__(self):
        self.name = "node"
        self._file = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


class Network:
    def __init__(self, exits: contextlib.ExitStack):
        self._exits = exits
        self.node = _OwnNamespace()
        self.node.set_sysctls({"ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1})
        self.client = self._namespace("client")
        self.node.ip(
            f"link add uplink type veth peer name eth0 netns {self.client.path}",
            "address add 192.168.0.1/24 dev uplink",
            "address add fd00:c::1/64 dev uplink nodad",
            "link set uplink up",
            "link add pods type bridge",
            "address add 10.0.0.1/24 dev pods",
            "address add fd00:10::1/64 dev pods nodad",
            "link set pods up",
        )
        self.client.ip(
            "address add 192.168.0.9/24 dev eth0",
            "address add fd00:c::9/64 dev eth0 nodad",
            "link set eth0 up",
            "route add default via 192.168.0.1",
            "route add default via fd00:c::1",
        )
        for number in ENDPOINTS:
            self._add_endpoint(number)

    def ask(self, address: str, port: int = PORT) -> str:
        """Who answers the client there."""
        with self.client.entered():
            connection = http.client.HTTPConnection(address, port, timeout=10)
            connection.connect()
        with contextlib.closing(connection):
            connection.request("GET", "/")
            return connection.getresponse().read().decode()

    def _namespace(self, name: str) -> Namespace:
        namespace = Namespace(name)
        self._exits.callback(namespace.close)
        namespace.set_sysctls(
            {"ipv6/conf/all/accept_dad": 0, "ipv6/conf/default/accept_dad": 0}
        )
        namespace.ip("link set lo up")
        return namespace

    def _add_endpoint(self, number: int):
        endpoint = self._namespace(f"web-{number}")
        self.node.ip(
            f"link add pod{number} type veth peer name eth0 netns {endpoint.path}",
            f"link set pod{number} master pods up",
        )
        endpoint.ip(
            f"address add 10.0.0.{number}/24 dev eth0",
            f"address add fd00:10::{number}/64 dev eth0 nodad",
            "link set eth0 up",
            "route add default via 10.0.0.1",
            "route add default via fd00:10::1",
        )
        server = subprocess.Popen(
            endpoint.command(sys.executable, "-B", str(_SERVER), f"web-{number}"),
            stdout=subprocess.PIPE,
            text=True,
        )
        self._exits.callback(self._stop, server)
        if server.stdout.readline() != "listening\n":
            raise AssertionError(f"web-{number}: the HTTP server did not start")

    @staticmethod
    def _stop(server: subprocess.Popen):
        server.kill()
        server.wait()
        server.stdout.close()
