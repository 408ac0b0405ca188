# SPDX-License-Identifier: Apache-2.0
"""The demo's network: seven network namespaces that nobody else is in, with no way out.

    client ── node ──┬── web-2 … web-6
           192.168.0 │ 10.0.0
           fd00:c::  │ fd00:10::

The namespaces have no names: they are gone when this process is, however it ends.
"""

import contextlib
import pathlib
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "tests/kernel"))

from netns import Namespace  # noqa: E402

SERVER = pathlib.Path(__file__).with_name("server.py")

# The last parts of the endpoints' addresses, and what they are called after.
ENDPOINTS = range(2, 7)


class Network:
    def __init__(self, exits: contextlib.ExitStack):
        self._exits = exits
        self.client = self._namespace("client")
        self.node = self._namespace("node")
        self.node.set_sysctls({"ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1})
        self.node.ip(
            "link add uplink type veth peer name eth0 netns " + self.client.path,
            "link add pods type bridge",
            "address add 192.168.0.1/24 dev uplink",
            "address add fd00:c::1/64 dev uplink",
            "address add 10.0.0.1/24 dev pods",
            "address add fd00:10::1/64 dev pods",
            "link set uplink up",
            "link set pods up",
        )
        self.client.ip(
            "address add 192.168.0.9/24 dev eth0",
            "address add fd00:c::9/64 dev eth0",
            "link set eth0 up",
            "route add default via 192.168.0.1",
            "route add default via fd00:c::1",
        )
        for number in ENDPOINTS:
            self._add_endpoint(number)

    def _namespace(self, name: str) -> Namespace:
        namespace = Namespace(name)
        self._exits.callback(namespace.close)
        # IPv6 addresses are usable at once.
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
            f"address add fd00:10::{number}/64 dev eth0",
            "link set eth0 up",
            "route add default via 10.0.0.1",
            "route add default via fd00:10::1",
        )
        server = subprocess.Popen(
            endpoint.command(sys.executable, str(SERVER), f"web-{number}"),
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
