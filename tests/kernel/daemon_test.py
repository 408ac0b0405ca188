# SPDX-License-Identifier: Apache-2.0
"""nftsvcd from start to end, on the real kernel."""

import stat

from addresses import V4, AddressPlan, host_port
from case import NODE_ADDRESSES, PODS_BY_CIDR, KernelTest, config, in_each_family, main
from dial import REFUSED, UNREACHABLE, dial
from generation import ruleset_generation
from snapshot import PORT, endpoints, port, service
from waiting import wait_until

_NODE_PORT = 30080


def _web(plan: AddressPlan, pods: tuple[str, ...], **fields) -> dict:
    return service(
        "web",
        [port(endpoints(pods), node_port=_NODE_PORT)],
        cluster_ips=[plan.cluster_ip],
        **fields,
    )


class _DaemonTest(KernelTest):
    def generation(self) -> int:
        return ruleset_generation(self.lab.node)

    def assert_serves(self, plan: AddressPlan, pod: int = 0):
        outcome = dial(self.lab.client, plan.cluster_ip, PORT)
        self.assertEqual(outcome.endpoint, host_port(plan.pods[pod]))

    def assert_serves_nothing(self, plan: AddressPlan):
        self.assertEqual(dial(self.lab.client, plan.cluster_ip, PORT), UNREACHABLE)


class PushTest(_DaemonTest):
    def test_one_push_is_one_commit(self):
        before = self.generation()
        result = self.daemon.push(_web(V4, V4.pods[:1]))
        # The first service needs chains, which come in a commit of their own.
        self.assertEqual(self.generation(), before + 2)
        self.assertEqual(result["generation"], before + 2)
        self.assertEqual(result["services_added"], 1)
        result = self.daemon.push(_web(V4, V4.pods[1:2]))
        self.assertEqual(self.generation(), before + 3)
        self.assertEqual(result["services_changed"], 1)

    def test_the_same_push_again_commits_nothing(self):
        first = self.daemon.push(_web(V4, V4.pods))
        before = self.generation()
        again = self.daemon.push(_web(V4, V4.pods))
        self.assertEqual(self.generation(), before)
        self.assertEqual(again.get("operations", 0), 0)
        self.assertEqual(again["revision"], first["revision"])

    def test_the_same_services_in_another_order_commit_nothing(self):
        a, b = (
            service(name, [port(endpoints(V4.pods))], cluster_ips=[address])
            for name, address in (("a", V4.cluster_ip), ("b", V4.other_cluster_ip))
        )
        self.daemon.push(a, b)
        before = self.generation()
        b["ports"][0]["endpoints"].reverse()
        self.daemon.push(b, a)
        self.assertEqual(self.generation(), before)

    def test_a_dry_run_commits_nothing(self):
        before = self.generation()
        result = self.daemon.push(_web(V4, V4.pods), flags=("--dry-run",))
        self.assertGreater(result["operations"], 0)
        self.assertEqual(self.generation(), before)
        self.assert_serves_nothing(V4)

    def test_a_push_with_a_mistake_changes_nothing(self):
        self.daemon.push(_web(V4, V4.pods[:1]))
        before = self.generation()
        wrong = service("wrong", [port(endpoints(V4.pods))], cluster_ips=["not an address"])
        said = self.daemon.push_is_refused(_web(V4, V4.pods[1:2]), wrong)
        self.assertIn("services[1].cluster_ips[0]", said)
        self.assertEqual(self.generation(), before)
        self.assert_serves(V4)

    def test_accept_valid_serves_what_is_right(self):
        wrong = service("wrong", [port(endpoints(V4.pods))], cluster_ips=["not an address"])
        result = self.daemon.push(wrong, _web(V4, V4.pods[1:2]), flags=("--accept-valid",))
        self.assertEqual(len(result["issues"]), 1)
        self.assert_serves(V4, pod=1)

    @in_each_family
    def test_no_services_at_all_serve_nothing(self, plan: AddressPlan):
        self.daemon.push(_web(plan, plan.pods))
        self.daemon.push()
        self.assert_serves_nothing(plan)
        self.assertNotIn(plan.cluster_ip, self.nft("list", "ruleset"))

    def test_verify_agrees(self):
        self.daemon.push(_web(V4, V4.pods))
        self.assertTrue(self.daemon.call("verify")["in_sync"])

    def test_status_tells_of_it(self):
        result = self.daemon.push(_web(V4, V4.pods))
        status = self.daemon.status()
        self.assertTrue(status["in_sync"])
        self.assertEqual(status["revision"], result["revision"])
        self.assertEqual(status["generation"], self.generation())
        self.assertEqual((status["services"], status["endpoints"]), (1, 3))


class RestartTest(_DaemonTest):
    @in_each_family
    def test_stopping_leaves_forwarding_in_place(self, plan: AddressPlan):
        self.daemon.push(_web(plan, plan.pods[:1]))
        self.daemon.stop()
        self.assert_serves(plan)
        self.daemon.start()

    def test_an_unchanged_kernel_is_not_written_to(self):
        self.daemon.push(_web(V4, V4.pods))
        before = self.generation()
        self.daemon.restart()
        self.assertEqual(self.generation(), before)
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.generation(), before)

    def test_scaling_history_does_not_make_it_write(self):
        """Endpoints stand in other slots than they would if they were pushed at once."""
        everybody = V4.pods + V4.remotes
        for addresses in (everybody, everybody[1:3], everybody[1:]):
            self.daemon.push(_web(V4, addresses))
        before = self.generation()
        self.daemon.restart()
        self.assertEqual(self.generation(), before)

    def test_the_revision_goes_on(self):
        first = self.daemon.push(_web(V4, V4.pods))
        self.daemon.restart()
        second = self.daemon.push(_web(V4, V4.pods[1:]))
        self.assertEqual(int(second["revision"]), int(first["revision"]) + 1)

    @in_each_family
    def test_a_kernel_without_tables_is_filled_before_it_says_that_it_is_ready(
        self, plan: AddressPlan
    ):
        """As after a reboot."""
        self.daemon.push(_web(plan, plan.pods[:1]))
        self.daemon.stop()
        self.nft("flush", "ruleset")
        self.assert_serves_nothing(plan)
        self.daemon.start()
        self.assert_serves(plan)

    def test_a_kill_loses_no_push(self):
        for pod in (0, 1, 2):
            self.daemon.push(_web(V4, V4.pods[pod : pod + 1]))
            self.daemon.kill()
            self.nft("flush", "ruleset")
            self.daemon.start()
            self.assert_serves(V4, pod)

    def test_another_config_is_put_into_the_kernel(self):
        self.daemon.push(_web(V4, V4.pods[:1]))
        everywhere = NODE_ADDRESSES + ' node_port_addresses: "0.0.0.0/0"'
        self.daemon.configure(config(PODS_BY_CIDR, node=everywhere))
        self.daemon.restart()
        outcome = dial(self.lab.client, V4.node_to_far, _NODE_PORT)
        self.assertEqual(outcome.endpoint, host_port(V4.pods[0]))


class ReloadTest(_DaemonTest):
    def test_another_config_holds_when_it_says_that_it_is_ready(self):
        self.daemon.push(_web(V4, V4.pods[:1]))
        self.assertEqual(dial(self.lab.client, V4.node_to_far, _NODE_PORT), REFUSED)
        everywhere = NODE_ADDRESSES + ' node_port_addresses: "0.0.0.0/0"'
        self.daemon.configure(config(PODS_BY_CIDR, node=everywhere))
        self.daemon.reload()
        outcome = dial(self.lab.client, V4.node_to_far, _NODE_PORT)
        self.assertEqual(outcome.endpoint, host_port(V4.pods[0]))

    def test_masquerading_follows(self):
        self.daemon.push(_web(V4, V4.pods[:1]))
        self.assertEqual(dial(self.lab.client, V4.cluster_ip, PORT).source, V4.gateway)
        self.daemon.configure(config())
        self.daemon.reload()
        self.assertEqual(dial(self.lab.client, V4.cluster_ip, PORT).source, V4.client)

    def test_the_same_config_commits_nothing(self):
        self.daemon.push(_web(V4, V4.pods))
        before = self.generation()
        self.daemon.reload()
        self.assertEqual(self.generation(), before)

    def test_a_config_with_a_mistake_is_not_taken(self):
        self.daemon.push(_web(V4, V4.pods[:1]))
        before = self.generation()
        self.daemon.configure('local_pods { cidrs: "10.0.0.0/99" }')
        self.daemon.reload()
        self.assertIn("local_pods.cidrs[0]", self.daemon.log)
        self.assertEqual(self.generation(), before)
        self.assert_serves(V4)


class HostAddressesTest(_DaemonTest):
    CONFIG = config(PODS_BY_CIDR, node='node_port_addresses: "203.0.113.0/24"')

    def test_node_ports_come_to_an_address_that_the_host_gets_later(self):
        self.daemon.push(_web(V4, V4.pods[:1]))
        self.assertEqual(dial(self.lab.client, V4.external_ip, _NODE_PORT), UNREACHABLE)
        self.lab.node.add_addresses("lo", [V4.external_ip], V4.host_length)

        def serves() -> bool:
            outcome = dial(self.lab.client, V4.external_ip, _NODE_PORT)
            return outcome.endpoint == host_port(V4.pods[0])

        wait_until(serves, "node ports at the new address")


class RemoveTest(_DaemonTest):
    @in_each_family
    def test_it_takes_our_tables_away_and_nothing_else(self, plan: AddressPlan):
        self.nft("add", "table", plan.nft_family, "others")
        self.daemon.push(_web(plan, plan.pods))
        self.daemon.stop()
        self.daemon.remove()
        self.assertEqual(
            self.nft("list", "ruleset"), f"table {plan.nft_family} others {{\n}}\n"
        )
        self.assert_serves_nothing(plan)
        self.daemon.remove()
        self.nft("delete", "table", plan.nft_family, "others")
        self.daemon.start()

    def test_the_next_start_serves_again(self):
        self.daemon.push(_web(V4, V4.pods[:1]))
        self.daemon.stop()
        self.daemon.remove()
        self.daemon.start()
        self.assert_serves(V4)


class RefusalToStartTest(_DaemonTest):
    def only_line(self, said: str) -> str:
        """Besides the one that says what the kernel lacks."""
        lines = [line for line in said.splitlines() if " kernel lacks " not in line]
        self.assertEqual(len(lines), 1, said)
        return lines[0]

    def test_a_second_daemon_gives_up_and_the_first_goes_on(self):
        self.daemon.push(_web(V4, V4.pods[:1]))
        before = self.generation()
        said = self.daemon.fail_to_start()
        self.assertIn("another nftsvcd", self.only_line(said))
        self.assertEqual(self.generation(), before)
        self.assert_serves(V4)
        self.daemon.push(_web(V4, V4.pods[1:2]))
        self.assert_serves(V4, pod=1)

    def test_a_second_daemon_with_another_state_directory_gives_up_too(self):
        other = self.daemon.directory / "other.textproto"
        other.write_text(
            f'control_socket: "{self.daemon.socket_path}"\n'
            f'state_directory: "{self.daemon.directory / "other-state"}"\n'
        )
        said = self.daemon.fail_to_start(config_path=other)
        self.assertIn(str(self.daemon.socket_path), self.only_line(said))
        self.daemon.push(_web(V4, V4.pods[:1]))
        self.assert_serves(V4)

    def test_without_the_right_to_change_the_network_it_says_so(self):
        self.daemon.stop()
        said = self.daemon.fail_to_start("setpriv", "--bounding-set=-net_admin")
        self.assertRegex(self.only_line(said), "CAP_NET_ADMIN|not permitted")
        self.daemon.start()

    @in_each_family
    def test_a_table_of_our_name_that_others_made_is_left_alone(self, plan: AddressPlan):
        self.daemon.stop()
        self.nft("flush", "ruleset")
        self.nft("add", "table", plan.nft_family, "nftsvc")
        self.nft("add", "chain", plan.nft_family, "nftsvc", "theirs")
        listing = self.nft("list", "ruleset")
        said = self.only_line(self.daemon.fail_to_start())
        self.assertIn(f"table {plan.nft_family} nftsvc", said)
        self.assertIn("not made by nftsvcd", said)
        self.assertEqual(self.nft("list", "ruleset"), listing)
        self.nft("delete", "table", plan.nft_family, "nftsvc")
        self.daemon.start()

    def test_a_config_with_mistakes_names_each(self):
        self.daemon.stop()
        self.daemon.configure('local_pods { cidrs: "x" cidrs: "10.0.0.0/8" cidrs: "y" }')
        said = self.daemon.fail_to_start(code=78)
        self.assertIn("local_pods.cidrs[0]", said)
        self.assertIn("local_pods.cidrs[2]", said)
        self.daemon.configure(self.CONFIG)
        self.daemon.start()


class SocketTest(_DaemonTest):
    CONFIG = config(PODS_BY_CIDR, 'control_socket_access { mode: "0600" }')

    def test_it_has_the_mode_of_the_config(self):
        self.assertEqual(stat.S_IMODE(self.daemon.socket_path.stat().st_mode), 0o600)

    def test_one_that_a_killed_daemon_left_is_replaced(self):
        self.daemon.kill()
        self.assertTrue(self.daemon.socket_path.exists())
        self.daemon.start()
        self.assertTrue(self.daemon.status()["in_sync"])

    def test_it_goes_with_the_daemon(self):
        self.daemon.stop()
        self.assertFalse(self.daemon.socket_path.exists())
        self.daemon.start()


if __name__ == "__main__":
    main()
