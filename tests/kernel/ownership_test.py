# SPDX-License-Identifier: Apache-2.0
"""table_ownership: EXCLUSIVE keeps everybody else's hands off the tables, and lets no connection notice."""

from addresses import V4, V6, host_port
from case import PODS_BY_CIDR, KernelTest, config, main
from dial import Connection, dial
from generation import ruleset_generation
from snapshot import PORT, endpoints, port, service
from waiting import wait_until

_SHARED = config(PODS_BY_CIDR)
_EXCLUSIVE = config(PODS_BY_CIDR, "table_ownership: EXCLUSIVE")

# What the daemon says at its start of a kernel on which it cannot have tables for itself.
_LACKING = "tables that outlive their owner"


class OwnershipTest(KernelTest):
    def setUp(self):
        super().setUp()
        if _LACKING in self.daemon.log:
            self.skipTest(f"this kernel lacks {_LACKING}")
        self.push(V4.pods[0], V6.pods[0])
        self.connection = self.enterContext(Connection(self.lab.client, V4.cluster_ip, PORT))
        self.switch(_EXCLUSIVE)

    def tearDown(self):
        self.assertTrue(self.connection.is_alive())
        self.switch(_SHARED)  # for the check of the listing: what one nft loads and owns goes with it
        self.assertTrue(self.others_may_change())

    def push(self, *pods: str):
        self.daemon.push(
            *(
                service(f"web-{plan.nft_family}", [port(endpoints([pod]))], cluster_ips=[plan.cluster_ip])
                for plan, pod in zip((V4, V6), pods)
            )
        )

    def switch(self, text: str):
        self.daemon.configure(text)
        self.daemon.restart()

    def assert_serves(self, pod: int = 0):
        for plan in (V4, V6):
            outcome = dial(self.lab.client, plan.cluster_ip, PORT)
            self.assertEqual(outcome.endpoint, host_port(plan.pods[pod]))

    def others_may_change(self) -> bool:
        """Both tables, or neither."""
        results = [
            self.lab.node.attempt("nft", "add", "chain", family, "nftsvc", "theirs")
            for family in ("ip", "ip6")
        ]
        refused = ["Operation not permitted" in result.stderr for result in results]
        self.assertEqual(refused, [result.returncode != 0 for result in results])
        self.assertEqual(len(set(refused)), 1, refused)
        return not refused[0]

    def test_others_are_refused_and_pushes_are_not(self):
        self.assertFalse(self.others_may_change())
        self.push(V4.pods[1], V6.pods[1])
        self.assert_serves(pod=1)
        self.assertTrue(self.daemon.call("verify")["in_sync"])

    def test_a_flushed_ruleset_passes_them_over(self):
        self.nft("add", "table", "inet", "others")
        self.nft("flush", "ruleset")
        self.assertNotIn("others", self.nft("list", "tables"))
        self.assert_serves()
        self.assertEqual(self.daemon.status().get("drift_repairs", 0), 0)

    def test_a_restart_takes_them_over(self):
        before = ruleset_generation(self.lab.node)
        self.daemon.restart()
        self.assertFalse(self.others_may_change())
        self.assertEqual(ruleset_generation(self.lab.node), before + 1)
        self.assert_serves()

    def test_while_no_daemon_runs_they_stay_and_are_anybodys(self):
        self.daemon.kill()
        self.assert_serves()
        self.assertTrue(self.others_may_change())
        self.nft("flush", "chain", "ip", "nftsvc", "nat-prerouting")
        self.daemon.start()
        self.assertFalse(self.others_may_change())
        self.assert_serves()
        self.assertNotIn("theirs", self.nft("list", "table", "ip", "nftsvc"))

    def test_they_can_be_switched_by_a_reload_too(self):
        for text, may_others in ((_SHARED, True), (_EXCLUSIVE, False)):
            self.daemon.configure(text)
            self.daemon.reload()
            self.assertEqual(self.others_may_change(), may_others)
            self.assert_serves()
            wait_until(lambda: self.daemon.attempt("verify").returncode == 0, "in sync")

    def test_remove_takes_them_away(self):
        self.daemon.stop()
        self.daemon.remove()
        self.assertNotIn("nftsvc", self.nft("list", "tables"))
        self.daemon.start()
        self.assert_serves()


class WithoutOwnershipTest(KernelTest):
    """On kernels on which it takes no effect."""

    def setUp(self):
        super().setUp()
        if _LACKING not in self.daemon.log:
            self.skipTest(f"this kernel has {_LACKING}")
        self.daemon.configure(_EXCLUSIVE)

    def test_services_are_served_from_shared_tables_and_the_log_says_so(self):
        self.daemon.restart()
        told = [line for line in self.daemon.log.splitlines() if _LACKING in line]
        self.assertEqual(len(told), 2, self.daemon.log)  # one of each start
        self.assertNotIn("warning", told[0])
        self.assertIn("warning: kernel lacks ", told[1])
        self.assertIn("EXCLUSIVE is as SHARED", told[1])
        self.daemon.push(
            service("web", [port(endpoints(V4.pods[:1]))], cluster_ips=[V4.cluster_ip])
        )
        self.assertEqual(dial(self.lab.client, V4.cluster_ip, PORT).endpoint, host_port(V4.pods[0]))
        self.nft("add", "chain", "ip", "nftsvc", "theirs")
        wait_until(
            lambda: "theirs" not in self.nft("list", "table", "ip", "nftsvc"), "what is not ours goes"
        )
        self.daemon.reload()
        self.assertTrue(self.daemon.call("verify")["in_sync"])


if __name__ == "__main__":
    main()
