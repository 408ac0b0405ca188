# SPDX-License-Identifier: Apache-2.0
"""A newer nft than this host's lists our rules as well, and reads what either of them lists."""

import contextlib
import json
import re
import subprocess
import unittest

from addresses import FAMILIES, AddressPlan
from case import PODS_BY_CIDR, KernelTest, config, main
from daemon import program
from debian_nft import NotOffered, nft_of, version_of
from dial import spread
from netns import Namespace
from snapshot import NODE, PORT, endpoint, endpoints, port, service

# The release of Debian that has it.
_RELEASE = "trixie"

# As nft lists objects, and as we print them.
_OBJECT = re.compile(r"^\t(map|set|chain) (\S+) \{$", re.MULTILINE)

# Time goes on.
_EXPIRES = re.compile(r" expires \w+")


def _services(plan: AddressPlan) -> list[dict]:
    """With everything that rules and elements are made of."""
    pods = endpoints(plan.pods, node=NODE)
    weighted = [endpoint(plan.pods[0], weight=3), endpoint(plan.pods[1], weight=1)]
    numbers = iter(range(0x80, 0x90))

    def address() -> str:
        last = next(numbers)
        return f"10.104.77.{last}" if plan.is_v4 else f"fd00:104::77:{last:x}"

    def one(name: str, port_: dict, **fields) -> dict:
        return service(f"{name}-{plan.nft_family}", [port_], cluster_ips=[address()], **fields)

    return [
        service(
            f"web-{plan.nft_family}",
            [port(pods, node_port=30080), port(pods, "udp"), port(pods, "sctp")],
            cluster_ips=[plan.cluster_ip],
            external_ips=[plan.external_ip],
            external_traffic_policy="LOCAL",
        ),
        one("weights", port(weighted)),
        one("turns", port(pods, balancing="ROUND_ROBIN")),
        one("by-source", port(pods, balancing="SOURCE_HASH")),
        one("by-flow", port(pods, balancing="FLOW_HASH")),
        one("kept", port(pods), session_affinity={"client_ip_timeout_seconds": 600}),
        one("empty", port([])),
        one(
            "for-some",
            port(pods),
            load_balancer_ips=[plan.load_balancer_ip],
            load_balancer_source_ranges=[plan.pod_cidr, f"{plan.client}/{plan.host_length}"],
        ),
    ]


class _NftVersions:
    """With each layout."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.newer = nft_of(_RELEASE)
        except NotOffered as reason:
            raise unittest.SkipTest(f"there is no nft of Debian's {_RELEASE}: {reason}") from None
        cls.here = ["nft"]
        assert version_of(cls.newer) != version_of(cls.here), "the same version twice"

    def setUp(self):
        super().setUp()
        self.services = [made for plan in FAMILIES for made in _services(plan)]
        self.daemon.push(*self.services)
        # What packets make is listed too.
        for made in self.services:
            if "session_affinity" in made:
                spread(self.lab.client, made["cluster_ips"][0], PORT, times=3)

    @staticmethod
    def listing(nft: list[str], namespace: Namespace) -> str:
        return _EXPIRES.sub("", namespace.run(*nft, "list", "ruleset"))

    def counts(self, nft: list[str]) -> dict[tuple[str, str], int]:
        """Of the elements that it finds, by family and name of their set."""
        objects = json.loads(self.lab.node.run(*nft, "--json", "list", "ruleset"))["nftables"]
        found = [entry for known in objects for kind, entry in known.items() if kind in ("set", "map")]
        return {(entry["family"], entry["name"]): len(entry.get("elem", ())) for entry in found}

    def intended(self) -> list[tuple[str, str]]:
        """The objects as we print them ourselves."""
        snapshot = self.daemon.directory / "services.json"
        snapshot.write_text(json.dumps({"services": self.services}))
        printed = subprocess.run(
            [program("NFTSVC"), "compile", "--config", self.daemon.config_path, snapshot],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        return sorted(_OBJECT.findall(printed))

    def test_both_list_every_object_with_its_elements(self):
        intended = self.intended()
        self.assertGreater(len(intended), 50)
        for nft in (self.here, self.newer):
            listing = self.listing(nft, self.lab.node)
            self.assertEqual(sorted(_OBJECT.findall(listing)), intended, version_of(nft))
            # Fields by name and comments, not numbers that only nft of the same version understands.
            self.assertIn("typeof ip daddr . meta l4proto . th dport : verdict", listing)
            self.assertIn("numgen random mod 65536 : ip6 daddr . th dport", listing)
            for made in self.services:
                self.assertIn(f"default/{made['name']}:", listing, version_of(nft))
        counts = self.counts(self.here)
        self.assertEqual(counts, self.counts(self.newer))
        # Cluster IPs, each protocol of the first service, external and load balancer IPs.
        self.assertGreaterEqual(counts["ip", "services"], len(self.services) / 2 + 2)

    def test_each_reads_its_own_listing_and_the_newer_that_of_the_older(self):
        for writer, reader in (
            (self.here, self.here),
            (self.newer, self.newer),
            (self.here, self.newer),
        ):
            names = f"listed by {version_of(writer)}, loaded by {version_of(reader)}"
            with self.subTest(names), contextlib.closing(Namespace("fresh")) as fresh:
                fresh.run(*reader, "-f", "-", stdin=self.listing(writer, self.lab.node))
                self.assertEqual(
                    self.listing(reader, fresh), self.listing(reader, self.lab.node), names
                )


class FlatTest(_NftVersions, KernelTest):
    CONFIG = config(PODS_BY_CIDR).replace("layout: VERDICT_MAPS", "layout: FLAT")


class VerdictMapsTest(_NftVersions, KernelTest):
    CONFIG = config(PODS_BY_CIDR).replace("layout: FLAT", "layout: VERDICT_MAPS")


if __name__ == "__main__":
    main()
