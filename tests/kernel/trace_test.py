# SPDX-License-Identifier: Apache-2.0
"""`nftsvc trace` tells what really happened to packets, and leaves nothing behind."""

import re
import signal

from addresses import FAMILIES, V4, AddressPlan, host_port
from case import KernelTest, in_each_family, main
from dial import REFUSED, Conversation, Fate, dial
from running import Running
from snapshot import PORT, endpoint, endpoints, port, service
from waiting import wait_until

_NODE_PORT = 30080


class TraceTest(KernelTest):
    def setUp(self):
        super().setUp()
        self.daemon.push(
            *(
                service(
                    f"web-{plan.nft_family}",
                    [
                        port(
                            [endpoint(pod, name=f"pod-{i}") for i, pod in enumerate(plan.pods)],
                            node_port=_NODE_PORT,
                        ),
                        port(endpoints(plan.pods[:1]), protocol="udp"),
                    ],
                    cluster_ips=[plan.cluster_ip],
                    load_balancer_ips=[plan.load_balancer_ip],
                    load_balancer_source_ranges=[plan.pod_cidr],
                )
                for plan in FAMILIES
            ),
            *(
                service(f"none-{plan.nft_family}", [port([])], cluster_ips=[plan.other_cluster_ip])
                for plan in FAMILIES
            ),
        )

    def trace(self, address: str, *options: str, number: int = PORT, protocol="tcp") -> Running:
        running = self.enterContext(
            self.daemon.begin(
                "--output", "json", "trace", *options, f"{host_port(address, number)}/{protocol}"
            )
        )
        running.wait_for("waiting for packets")
        return running

    def story(self, running: Running) -> dict:
        self.assertEqual(running.wait(), 0, running.complaints)
        return running.objects()[-1]

    @in_each_family
    def test_a_connection_from_outside(self, plan: AddressPlan):
        running = self.trace(plan.cluster_ip, "--count", "1")
        outcome = dial(self.lab.client, plan.cluster_ip, PORT)
        story = self.story(running)
        self.assertEqual(story["verdict"], "forward")
        self.assertEqual(story["endpoint"], outcome.endpoint)
        self.assertEqual(story["endpoint_name"], f"pod-{plan.pods.index(self.address(outcome))}")
        self.assertEqual(story["port"], f"default/web-{plan.nft_family}:tcp-80")
        self.assertTrue(story["source"].startswith(host_port(plan.client, 0)[:-1]))
        # Masqueraded: the endpoint saw an address of the node.
        self.assertTrue(story["masquerade"])
        self.assertTrue(story["source_after"].startswith(host_port(outcome.source, 0)[:-1]))
        self.assertEqual(story["steps"][0], "arrives through uplink")

    @staticmethod
    def address(outcome) -> str:
        return outcome.endpoint.rpartition(":")[0].strip("[]")

    @in_each_family
    def test_a_connection_of_a_pod_keeps_its_source(self, plan: AddressPlan):
        running = self.trace(plan.cluster_ip, "--count", "1")
        # From a pod that is not its own endpoint, or else it is masqueraded.
        outcome = dial(self.lab.pods[0], plan.cluster_ip, PORT)
        story = self.story(running)
        self.assertEqual(story["endpoint"], outcome.endpoint)
        self.assertEqual(story.get("masquerade", False), outcome.source != plan.pods[0])

    @in_each_family
    def test_a_connection_of_the_host_itself(self, plan: AddressPlan):
        running = self.trace(plan.cluster_ip, "--count", "1")
        outcome = dial(self.lab.node, plan.cluster_ip, PORT)
        story = self.story(running)
        self.assertEqual(story["steps"][0], "sent by this host")
        self.assertEqual(story["endpoint"], outcome.endpoint)

    def test_a_node_port(self):
        running = self.trace(V4.node, "--count", "1", number=_NODE_PORT)
        outcome = dial(self.lab.client, V4.node, _NODE_PORT)
        story = self.story(running)
        self.assertEqual((story["verdict"], story["endpoint"]), ("forward", outcome.endpoint))

    @in_each_family
    def test_a_service_without_endpoints(self, plan: AddressPlan):
        running = self.trace(plan.other_cluster_ip, "--count", "1")
        self.assertEqual(dial(self.lab.client, plan.other_cluster_ip, PORT), REFUSED)
        story = self.story(running)
        self.assertEqual(story["verdict"], "reject")
        self.assertIn("reject-new", story["steps"][-1])

    @in_each_family
    def test_a_source_that_is_not_allowed(self, plan: AddressPlan):
        running = self.trace(plan.load_balancer_ip, "--count", "1")
        dial(self.lab.client, plan.load_balancer_ip, PORT, patience=0.5)
        story = self.story(running)
        self.assertEqual(story["verdict"], "drop")
        self.assertIn("none of the source ranges", story["steps"][-1])

    def test_somebody_else_who_drops_is_named(self):
        self.nft(
            "-f", "-",
            stdin="table inet theirs { chain f {\ntype filter hook forward priority 10;\n"
            f"ip daddr {V4.node_pod_cidr} drop\n}}\n}}",
        )  # fmt: skip
        running = self.trace(V4.cluster_ip, "--count", "1")
        dial(self.lab.client, V4.cluster_ip, PORT, patience=0.5)
        story = self.story(running)
        self.assertEqual(story["verdict"], "drop")
        self.assertIn("of chain inet theirs f, which is not nftsvc's", story["steps"][-1])

    def test_what_the_kernel_itself_drops_is_lost(self):
        self.lab.node.set_sysctls({"ipv4/ip_forward": 0})
        running = self.trace(V4.cluster_ip, "--count", "1")
        dial(self.lab.client, V4.cluster_ip, PORT, patience=0.5)
        story = self.story(running)
        self.assertEqual(story["verdict"], "lost")

    def test_later_datagrams_of_a_flow(self):
        running = self.trace(V4.cluster_ip, "--count", "2", protocol="udp")
        with Conversation(self.lab.client, V4.cluster_ip, PORT) as conversation:
            for _ in range(2):
                self.assertEqual(conversation.ask().fate, Fate.CONNECTED)
        self.assertEqual(running.wait(), 0, running.complaints)
        first, second = running.objects()
        self.assertIn("services", first["steps"][1])
        self.assertIn("part of a flow that is known", second["steps"][1])
        self.assertEqual(first["endpoint"], second["endpoint"])

    def test_only_packets_from_a_source(self):
        running = self.trace(V4.cluster_ip, "--from", V4.pods[0], "--count", "1")
        dial(self.lab.client, V4.cluster_ip, PORT)
        dial(self.lab.pods[0], V4.cluster_ip, PORT)
        self.assertTrue(self.story(running)["source"].startswith(V4.pods[0]))

    def test_without_packets_it_ends_in_time_and_says_so(self):
        running = self.trace(V4.cluster_ip, "--timeout", "0.2")
        self.assertEqual(running.wait(), 1)
        self.assertIn("no packet to", "".join(running.complaints))

    def test_a_tree_for_people(self):
        with self.daemon.begin("trace", "--count", "1", f"{V4.cluster_ip}:{PORT}/tcp") as running:
            running.wait_for("waiting for packets")
            outcome = dial(self.lab.client, V4.cluster_ip, PORT)
            self.assertEqual(running.wait(), 0)
        self.assertRegex(running.output, rf"└─ forwarded to {re.escape(outcome.endpoint)} pod-\d")

    def test_its_table_goes_however_it_ends(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                running = self.trace(V4.cluster_ip)
                self.assertIn("nftsvc-trace-", self.nft("list", "tables"))
                running.end(number)
                wait_until(
                    lambda: "nftsvc-trace-" not in self.nft("list", "tables"), "the table goes"
                )

    def test_others_and_the_daemon_are_left_alone(self):
        commits = self.daemon.status()["commits"]
        running = self.trace(V4.cluster_ip, "--count", "1")
        # While it runs, what nft lists can be read, ours too.
        self.assertIn("flags owner", self.nft("list", "ruleset"))
        dial(self.lab.client, V4.cluster_ip, PORT)
        self.story(running)
        self.assertTrue(self.daemon.call("verify")["in_sync"])
        self.assertEqual(self.daemon.status()["commits"], commits)

    def test_without_a_daemon_the_names_are_missing_and_the_rest_is_there(self):
        self.daemon.stop()
        running = self.trace(V4.cluster_ip, "--count", "1")
        outcome = dial(self.lab.client, V4.cluster_ip, PORT)
        self.assertEqual(self.story(running)["endpoint"], outcome.endpoint)
        self.assertIn("names of services are not known", running.complaints[0])


if __name__ == "__main__":
    main()
