# SPDX-License-Identifier: Apache-2.0
"""What both kinds of iptables save of compiled chains is imported as what was compiled."""

import json
import pathlib
import subprocess
import tempfile
import unittest

from addresses import FAMILIES
from case import PODS_BY_CIDR, config, main
from daemon import program
from netns import Namespace
from snapshot import NODE, OTHER_NODE, endpoints, port, service


def nftsvc(*arguments: str, stdin: str) -> str:
    result = subprocess.run(
        [program("NFTSVC"), *arguments], input=stdin, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise AssertionError(f"{arguments}: {result.stderr}")
    return result.stdout


def services() -> list[dict]:
    """Each with addresses of both families, for each kind of frontend and policy."""
    plans = list(FAMILIES)
    everybody = [
        endpoint
        for plan in plans
        for endpoint in endpoints(plan.pods[:1], node=NODE)
        + endpoints(plan.remotes[:1], node=OTHER_NODE)
    ]
    cluster = service(
        "web", [port(everybody, node_port=30080)], cluster_ips=[plan.cluster_ip for plan in plans]
    )
    external = service(
        "shop",
        [port(everybody)],
        external_ips=[plan.external_ip for plan in plans],
        external_traffic_policy="LOCAL",
    )
    weighted = [dict(endpoint, weight=1 + index % 2) for index, endpoint in enumerate(everybody)]
    return [cluster, external, service("scale", [port(weighted, node_port=30081)])]


class ImportIptablesTest(unittest.TestCase):
    def setUp(self):
        directory = self.enterContext(tempfile.TemporaryDirectory(prefix="nftsvc-test-"))
        self.config = pathlib.Path(directory, "nftsvcd.textproto")
        self.config.write_text(config(PODS_BY_CIDR))

    def compile(self, target: str, snapshot: str) -> str:
        return nftsvc("compile", "--target", target, "--config", str(self.config), "-", stdin=snapshot)

    def compile_both(self, snapshot: str) -> list[str]:
        return [self.compile(target, snapshot) for target in ("iptables", "ip6tables")]

    def saved(self, backend: str, chains: list[str]) -> str:
        namespace = Namespace("host")
        self.addCleanup(namespace.close)
        saved = ""
        for name, text in zip(("iptables", "ip6tables"), chains):
            namespace.run(f"{name}-{backend}-restore", stdin=text)
            for table in ("filter", "nat"):
                saved += namespace.run(f"{name}-{backend}-save", "-c", "-t", table)
        return saved

    def test_what_is_saved_is_what_was_compiled(self):
        chains = self.compile_both(json.dumps({"services": services()}))
        printed = nftsvc("import", "iptables", "--node", NODE, "-", stdin="".join(chains))
        self.assertEqual(
            {name: printed.count(f'name: "{name}"') for name in ("web", "shop", "scale")},
            {"web": 1, "shop": 1, "scale": 1},
        )
        for backend in ("legacy", "nft"):
            with self.subTest(backend):
                saved = self.saved(backend, chains)
                self.assertIn("KUBE-SEP-", saved)
                imported = nftsvc("import", "iptables", "--node", NODE, "-", stdin=saved)
                self.assertEqual(imported, printed)
                again = self.compile_both(imported)
                for one, other in zip(again, chains):
                    self.assertEqual(sorted(one.splitlines()), sorted(other.splitlines()))


if __name__ == "__main__":
    main()
