# SPDX-License-Identifier: Apache-2.0
"""What others do to our tables is repaired, and what they do to theirs is none of our business."""

from addresses import V4, V6, AddressPlan, host_port
from case import KernelTest, in_each_family, main
from dial import Connection, dial
from generation import ruleset_generation
from snapshot import PORT, endpoints, port, service
from waiting import wait_until

_NODE_PORT = 30080


class DriftTest(KernelTest):
    def setUp(self):
        super().setUp()
        self.daemon.push(
            *(
                service(
                    f"web-{plan.nft_family}",
                    [port(endpoints(plan.pods[:1]), node_port=_NODE_PORT)],
                    cluster_ips=[plan.cluster_ip],
                    load_balancer_ips=[plan.load_balancer_ip],
                    load_balancer_source_ranges=[plan.pod_cidr],
                )
                for plan in (V4, V6)
            )
        )
        self.listing = self.tables()

    def tables(self) -> str:
        """Ours as nft lists them, without counts, in an order that does not depend on history."""
        return "\n".join(sorted(self.nft("--stateless", "list", "ruleset").splitlines()))

    def check_repair(self, *commands: str):
        """Of what these commands of nft do together."""
        repairs = self.repairs()
        self.nft("-f", "-", stdin="\n".join(commands))
        wait_until(lambda: self.repairs() > repairs, f"repaired {commands}")
        self.assertEqual(self.tables(), self.listing)
        self.assertTrue(self.daemon.call("verify")["in_sync"])
        for plan in (V4, V6):
            outcome = dial(self.lab.client, plan.cluster_ip, PORT)
            self.assertEqual(outcome.endpoint, host_port(plan.pods[0]))

    def repairs(self) -> int:
        return int(self.daemon.status().get("drift_repairs", 0))

    def test_a_flushed_ruleset(self):
        """As `systemctl restart nftables` does it."""
        self.check_repair("flush ruleset")

    @in_each_family
    def test_a_deleted_table(self, plan: AddressPlan):
        self.check_repair(f"delete table {plan.nft_family} nftsvc")

    @in_each_family
    def test_a_flushed_table(self, plan: AddressPlan):
        self.check_repair(f"flush table {plan.nft_family} nftsvc")

    @in_each_family
    def test_a_flushed_chain(self, plan: AddressPlan):
        self.check_repair(f"flush chain {plan.nft_family} nftsvc services")

    @in_each_family
    def test_a_deleted_base_chain(self, plan: AddressPlan):
        self.check_repair(f"delete chain {plan.nft_family} nftsvc nat-postrouting")

    @in_each_family
    def test_an_added_rule(self, plan: AddressPlan):
        self.check_repair(f"insert rule {plan.nft_family} nftsvc services drop")

    @in_each_family
    def test_an_added_chain(self, plan: AddressPlan):
        self.check_repair(f"add chain {plan.nft_family} nftsvc theirs")

    @in_each_family
    def test_a_deleted_element(self, plan: AddressPlan):
        element = f"{plan.cluster_ip} . tcp . {PORT}"
        self.check_repair(f"delete element {plan.nft_family} nftsvc services {{ {element} }}")

    @in_each_family
    def test_an_added_element(self, plan: AddressPlan):
        element = f"{plan.unassigned_ip} . tcp . {PORT} : drop"
        self.check_repair(f"add element {plan.nft_family} nftsvc no-endpoints {{ {element} }}")

    @in_each_family
    def test_an_element_for_every_key(self, plan: AddressPlan):
        self.check_repair(
            f"add element {plan.nft_family} nftsvc endpoints {{ * : {plan.pods[2]} . 8080 }}"
        )

    @in_each_family
    def test_a_changed_element(self, plan: AddressPlan):
        key = f"{plan.cluster_ip} . tcp . {PORT} . 0"
        target = f"nftsvc endpoints {{ {key}"
        self.check_repair(
            f"delete element {plan.nft_family} {target} }}",
            f"add element {plan.nft_family} {target} : {plan.pods[2]} . 8080 }}",
        )

    @in_each_family
    def test_a_deleted_source_range(self, plan: AddressPlan):
        self.check_repair(f"flush set {plan.nft_family} nftsvc allowed-sources")

    @in_each_family
    def test_an_added_set(self, plan: AddressPlan):
        self.check_repair(f"add set {plan.nft_family} nftsvc theirs {{ type inet_service; }}")

    def test_a_table_that_is_switched_off(self):
        self.check_repair("add table ip nftsvc { flags dormant; }")

    def test_connections_live_through_a_repair(self):
        with Connection(self.lab.client, V4.cluster_ip, PORT) as connection:
            self.check_repair("flush ruleset")
            self.assertTrue(connection.is_alive())

    def test_others_tables_are_left_alone(self):
        repairs, commits = self.repairs(), self.daemon.status()["commits"]
        self.nft("add", "table", "inet", "others")
        generation = ruleset_generation(self.lab.node)
        wait_until(
            lambda: self.daemon.status()["generation"] == generation, "that it has looked again"
        )
        self.nft("add", "chain", "inet", "others", "theirs")
        self.assertEqual((self.repairs(), self.daemon.status()["commits"]), (repairs, commits))
        self.nft("delete", "table", "inet", "others")
        self.assertEqual(self.tables(), self.listing)

    def test_a_push_finds_tables_that_are_gone(self):
        """Without waiting for the next look."""
        self.nft("flush", "ruleset")
        self.daemon.push(
            service("web", [port(endpoints(V4.pods[1:2]))], cluster_ips=[V4.cluster_ip])
        )
        outcome = dial(self.lab.client, V4.cluster_ip, PORT)
        self.assertEqual(outcome.endpoint, host_port(V4.pods[1]))

    def test_verify_shows_it(self):
        """And does not repair it."""
        self.daemon.stop()
        self.daemon.configure(self.CONFIG.replace("interval_ms: 100", "interval_ms: 3600000"))
        self.daemon.start()
        # Looks once right after its start.
        self.daemon.status()
        self.nft("flush", "chain", "ip", "nftsvc", "services")
        result = self.daemon.attempt("--output", "json", "verify")
        self.assertEqual(result.returncode, 1)
        self.assertIn("add rule ip nftsvc services", result.stdout)
        self.assertNotIn("vmap @services", self.nft("list", "chain", "ip", "nftsvc", "services"))


if __name__ == "__main__":
    main()
