# SPDX-License-Identifier: Apache-2.0
"""The example that every kube-proxy tutorial starts with, served by the kernel from a snapshot.

Real HTTP servers, real connections, in network namespaces that are gone afterwards. Each step also
checks what it shows; the first that is not as expected ends the demo with exit code 1.
"""

import argparse
import collections
import contextlib
import dataclasses
import hashlib
import http.client
import json
import os
import pathlib
import signal
import sys

import network
import server
from daemon import Daemon
from story import COLOUR, bars, command, heading, say

HERE = pathlib.Path(__file__).resolve().parent

CONFIG = 'local_pods { cidrs: "10.0.0.0/24" cidrs: "fd00:10::/64" }'

# Connections are spread at random. A share is off by more than six standard deviations in one of
# 500 million runs.
STANDARD_DEVIATIONS = 6


@dataclasses.dataclass(frozen=True)
class Family:
    name: str
    snapshot: str  # file
    service: str  # address
    endpoints: str  # their addresses without the last part
    client: str
    listing: tuple[str, ...]  # what `nft list` shows; both families' rules are alike

    def bracketed(self, address: str) -> str:
        return f"[{address}]" if ":" in address else address


FAMILIES = (
    Family(
        name="IPv4",
        snapshot="my-service.textproto",
        service="10.104.14.67",
        endpoints="10.0.0.",
        client="192.168.0.9",
        listing=("ruleset",),
    ),
    Family(
        name="IPv6",
        snapshot="my-service-ipv6.textproto",
        service="fd00:10:104::67",
        endpoints="fd00:10::",
        client="fd00:c::9",
        listing=("map", "ip6", "nftsvc", "endpoints"),
    ),
)


def expect(condition: bool, what: str):
    if not condition:
        raise AssertionError(what)
    say(f"✓ {what}")


class Download:
    """A long download that goes on while the service changes.

    It reads only when told to, so that most of it is still to come whenever something happens.
    """

    def __init__(self, demo: "Demo", endpoint: str):
        self._connection = self._connect(demo, endpoint)
        self._connection.request("GET", "/download")
        self._response = self._connection.getresponse()
        self._digest = hashlib.sha256()
        self.received = 0

    @staticmethod
    def _connect(demo: "Demo", endpoint: str) -> http.client.HTTPConnection:
        for _ in range(200):
            connection, name = demo.connect()
            if name == endpoint:
                return connection
            connection.close()
        raise AssertionError(f"200 connections, and none of them got to {endpoint}")

    def read_some(self):
        self._take(self._response.read(server.DOWNLOAD_BLOCKS * server.BLOCK_BYTES // 4))

    def finish(self) -> str:
        """The checksum of everything."""
        self._take(self._response.read())
        self._connection.close()
        return self._digest.hexdigest()

    def _take(self, data: bytes):
        self._digest.update(data)
        self.received += len(data)


class Demo:
    def __init__(self, family: Family, net: network.Network, daemon: Daemon, connections: int):
        self.family = family
        self.net = net
        self.daemon = daemon
        self.connections = connections

    def tell(self):
        family = self.family
        heading(f"{family.name}: my-service is {family.bracketed(family.service)}:80, on three endpoints")
        print((HERE / family.snapshot).read_text().split("\n\n")[1], end="")
        self.nftsvc("push", str(HERE / family.snapshot))

        heading("What the kernel has: constant rules, all state in maps")
        command(self.net.node, "nft", "list", *family.listing)

        heading(f"{self.connections} connections from the client")
        counts = self.connect_often(self.connections)
        expect(len(counts) == 3, "each of the three endpoints was reached")
        self.expect_fair(counts)

        heading("The same, as the kernel counts it")
        self.nftsvc("list", "--wide")
        expect(self.counted() == counts, "the kernel's counters say the same")

        heading("From three endpoints to five to two, while a download runs")
        self.scale_during_download()

        heading("Where does a packet go, and why?")
        self.nftsvc("explain", "--from", family.client, f"{family.bracketed(family.service)}:80/tcp")

        heading("Is the kernel as it should be?")
        self.nftsvc("verify")

    def tell_first(self):
        """As much as a picture has room for."""
        self.nftsvc("push", str(HERE / self.family.snapshot))
        heading(f"{self.connections} connections from the client")
        self.connect_often(self.connections)
        print()
        self.nftsvc("list", "--wide")
        print()
        self.nftsvc("explain", "--from", self.family.client, f"{self.family.service}:80/tcp")

    def connect(self) -> tuple[http.client.HTTPConnection, str]:
        """A connection from the client to the service, and the name of the endpoint that took it."""
        with self.net.client.entered():
            connection = http.client.HTTPConnection(self.family.service, 80, timeout=20)
            connection.connect()
        connection.request("GET", "/")
        return connection, connection.getresponse().read().decode()

    def connect_often(self, times: int) -> collections.Counter:
        """How many of the connections got to each endpoint; shows it too."""
        counts = collections.Counter()
        for _ in range(times):
            connection, name = self.connect()
            counts[name] += 1
            connection.close()
        bars(counts)
        return counts

    def expect_fair(self, counts: collections.Counter):
        total, share = counts.total(), 1 / len(counts)
        deviation = (total * share * (1 - share)) ** 0.5
        worst = max(abs(count - total * share) for count in counts.values())
        expect(
            worst <= STANDARD_DEVIATIONS * deviation,
            f"no endpoint is more than {STANDARD_DEVIATIONS} standard deviations"
            f" ({STANDARD_DEVIATIONS * deviation:.0f}) from its share",
        )

    def counted(self) -> collections.Counter:
        services = self.daemon.call("list")["services"]
        return collections.Counter(
            {
                endpoint["name"]: int(endpoint["connections"])
                for endpoint in services[0]["ports"][0]["endpoint_connections"]
            }
        )

    def scale_during_download(self):
        # The last of the three, which the way down to two takes away.
        download = Download(self, "web-4")
        download.read_some()
        say("a download of 64 MiB runs, from web-4")
        self.scale(5)
        download.read_some()
        counts = self.connect_often(self.connections // 3)
        expect(len(counts) == 5, "new connections reach all five")
        self.scale(2)
        download.read_some()
        counts = self.connect_often(self.connections // 3)
        expect(set(counts) == {"web-2", "web-3"}, "new connections reach the two that are left")

        expected = hashlib.sha256()
        for block in server.download():
            expected.update(block)
        expect(
            download.finish() == expected.hexdigest(),
            f"the download from web-4 is complete and right: {download.received >> 20} MiB",
        )

    def scale(self, number: int):
        """Changes the snapshot that is served as a controller would."""
        snapshot = self.daemon.call("get")
        snapshot["services"][0]["ports"][0]["endpoints"] = [
            {"address": f"{self.family.endpoints}{i}", "port": 80, "name": f"web-{i}"}
            for i in network.ENDPOINTS[:number]
        ]
        self.nftsvc("push", "-", stdin=json.dumps(snapshot), note=f"the same with {number} endpoints")

    def nftsvc(self, *arguments: str, stdin: str = "", note: str = ""):
        command(
            self.net.node,
            os.environ["NFTSVC"],
            *arguments,
            hidden=("--socket", str(self.daemon.socket_path), "--color", COLOUR),
            stdin=stdin,
            note=note,
        )


def hold(net: network.Network, daemon: Daemon):
    heading("The network stays up until you press Enter. In another terminal, as root:")
    print(f"nsenter --net={net.node.path}      # the node; then, for example")
    print(f"  {os.environ['NFTSVC']} --socket {daemon.socket_path} status")
    print("  nft monitor")
    print(f"nsenter --net={net.client.path}      # the client; then, for example")
    print(f"  curl 'http://{FAMILIES[-1].bracketed(FAMILIES[-1].service)}'")
    input()


def run(arguments: argparse.Namespace):
    with contextlib.ExitStack() as exits:
        net = network.Network(exits)
        daemon = exits.enter_context(Daemon(net.node, CONFIG))
        for family in FAMILIES:
            Demo(family, net, daemon, arguments.connections).tell()
        if arguments.hold:
            hold(net, daemon)
    heading("What to try next")
    print("sudo ./dev demo --hold    keeps this network up, to look around in it")
    print("nftsvc --help             every command has examples")
    print("README.md                 on your own host, with your own services")
    print("ARCHITECTURE.md           how it works, on one page")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent / "build/dev")
    parser.add_argument("--connections", type=int, default=3000, help="for the first spread shown")
    parser.add_argument("--hold", action="store_true", help="keep the network up at the end")
    arguments = parser.parse_args()
    os.environ.setdefault("NFTSVC", str(arguments.build.resolve() / "nftsvc"))
    os.environ.setdefault("NFTSVCD", str(arguments.build.resolve() / "nftsvcd"))
    for program in (os.environ["NFTSVC"], os.environ["NFTSVCD"]):
        if not os.access(program, os.X_OK):
            parser.error(f"{program} is not there: build it with `./dev build`")
    if os.geteuid() != 0:
        parser.error("network namespaces need root")
    # A polite end also on SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        run(arguments)
    except AssertionError as error:
        print(f"\nThe demo has failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main())
