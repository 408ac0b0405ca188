# SPDX-License-Identifier: Apache-2.0
"""What all kernel tests start from: a Lab whose node runs nftsvcd."""

import functools
import os
import resource
import sys
import unittest
from collections.abc import Callable

from addresses import FAMILIES
from daemon import Daemon
from lab import Lab
from snapshot import NODE

# ctest's SKIP_RETURN_CODE.
_SKIPPED = 77

NODE_ADDRESSES = " ".join(
    f'addresses: "{address}"' for plan in FAMILIES for address in plan.node_addresses
)

# Of the ruleset: FLAT or VERDICT_MAPS.
LAYOUT = os.environ.get("NFTSVC_TEST_LAYOUT", "FLAT")

PODS_BY_CIDR = (
    "local_pods { " + " ".join(f'cidrs: "{plan.pod_cidr}"' for plan in FAMILIES) + " }"
)


def config(*more: str, node: str = NODE_ADDRESSES) -> str:
    """Of the daemon. It looks for drift often, so that tests need not wait."""
    fields = (
        f"layout: {LAYOUT}",
        f'node {{ name: "{NODE}" {node} }}',
        "drift_poll_interval_ms: 100",
        *more,
    )
    return "\n".join(fields)


def in_each_family(test: Callable) -> Callable:
    """A test method that takes an AddressPlan, as one that runs with each."""

    @functools.wraps(test)
    def run(self):
        for plan in FAMILIES:
            with self.subTest(str(plan)):
                test(self, plan)

    return run


class KernelTest(unittest.TestCase):
    """Each test has a network and a daemon of its own."""

    CONFIG = config(PODS_BY_CIDR)
    PODS_ON_BRIDGE = False

    def setUp(self):
        self.lab = self.enterContext(Lab(bridge=self.PODS_ON_BRIDGE))
        self.daemon = self.enterContext(Daemon(self.lab.node, self.CONFIG))

    def nft(self, *arguments: str, stdin: str = "") -> str:
        return self.lab.node.run("nft", *arguments, stdin=stdin)


def main():
    """Runs the tests of a file."""
    if os.geteuid() != 0:
        print("skipped: network namespaces need root", file=sys.stderr)
        sys.exit(_SKIPPED)
    # Hundreds of clients dial at once.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    unittest.main()
