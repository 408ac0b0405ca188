# SPDX-License-Identifier: Apache-2.0
"""The layout of a running daemon is switched while clients dial all the time."""

from case import PODS_BY_CIDR, config, main
from dial import dial_all
from dialling import Dialling, DiallingTest
from generation import ruleset_generation

_LAYOUTS = ("FLAT", "VERDICT_MAPS")
_CONFIGS = {
    layout: "\n".join((f"layout: {layout}", *config(PODS_BY_CIDR).splitlines()[1:]))
    for layout in _LAYOUTS
}


class LayoutSwitchTest(DiallingTest):
    CONFIG = _CONFIGS["FLAT"]

    def switch_to(self, layout: str) -> int:
        """In how many commits."""
        before = ruleset_generation(self.lab.node)
        self.daemon.configure(_CONFIGS[layout])
        self.daemon.reload()
        commits = ruleset_generation(self.lab.node) - before
        self.assertEqual(self.daemon.status()["layout"], layout)
        return commits

    def test_nobody_notices(self):
        self.daemon.push(*self.services())
        with self.open_connections(), Dialling(self.dials()) as dialling:
            dialling.wait_for_more(200)
            for layout in ("VERDICT_MAPS", "FLAT", "VERDICT_MAPS", "FLAT"):
                with self.open_connections():
                    commits = self.switch_to(layout)
                    has_chains = "chain endpoint-" in self.nft("list", "table", "ip", "nftsvc")
                    self.assertEqual(has_chains, layout == "VERDICT_MAPS")
                    # What packets notice, and before it the chains that nobody goes to yet.
                    self.assertIn(commits, (1, 2, 3))  # before and after: chains and slots that no packet asks for
                    dialling.wait_for_more(100)
        self.assertEqual(dialling.failures, [])
        self.assertTrue(self.daemon.call("verify")["in_sync"])

    def test_clients_stay_with_their_endpoints(self):
        services = self.services()
        for web in services:
            web["session_affinity"] = {"client_ip_timeout_seconds": 600}
        self.daemon.push(*services)
        dials = self.dials()
        first = [outcome.endpoint for outcome in dial_all(dials)]
        self.assertNotIn("", first)
        for layout in ("VERDICT_MAPS", "FLAT"):
            self.switch_to(layout)
            self.assertEqual([outcome.endpoint for outcome in dial_all(dials)], first)


if __name__ == "__main__":
    main()
