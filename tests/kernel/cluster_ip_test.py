# SPDX-License-Identifier: Apache-2.0
"""Cluster IPs: who reaches whom, with which protocol."""

from addresses import AddressPlan, host_port
from case import KernelTest, in_each_family, main
from dial import UNREACHABLE, Fate, dial, spread
from servers import PROTOCOLS
from snapshot import PORT, endpoint, endpoints, port, service

# So many connections miss one of five endpoints once in a billion times.
_ENOUGH = 100


class ClusterIpTest(KernelTest):
    def clients(self):
        return self.lab.client, self.lab.node, self.lab.pods[0]

    def push_web(self, plan: AddressPlan, addresses: tuple[str, ...], protocols=PROTOCOLS):
        return self.daemon.push(
            service(
                "web",
                [port(endpoints(addresses), protocol) for protocol in protocols],
                cluster_ips=[plan.cluster_ip],
            )
        )

    @in_each_family
    def test_every_client_reaches_every_endpoint_with_every_protocol(self, plan: AddressPlan):
        addresses = plan.pods + plan.remotes
        self.push_web(plan, addresses)
        for source in self.clients():
            for protocol in PROTOCOLS:
                with self.subTest(f"{source.name}/{protocol}"):
                    seen = spread(source, plan.cluster_ip, PORT, protocol, times=_ENOUGH)
                    self.assertEqual(set(seen), {host_port(a) for a in addresses})

    @in_each_family
    def test_one_endpoint_gets_everything(self, plan: AddressPlan):
        self.push_web(plan, plan.pods[1:2])
        for source in self.clients():
            seen = spread(source, plan.cluster_ip, PORT, times=5)
            self.assertEqual(seen, {host_port(plan.pods[1]): 5})

    @in_each_family
    def test_a_pod_reaches_itself(self, plan: AddressPlan):
        self.push_web(plan, plan.pods[:1])
        for protocol in PROTOCOLS:
            with self.subTest(protocol):
                outcome = dial(self.lab.pods[0], plan.cluster_ip, PORT, protocol)
                self.assertEqual(outcome.endpoint, host_port(plan.pods[0]))
                # Else it would answer itself past the node, and not from the address it dialled.
                self.assertIn(outcome.source, plan.node_addresses)

    @in_each_family
    def test_the_node_reaches_an_endpoint_on_itself(self, plan: AddressPlan):
        self.lab.servers.listen(self.lab.node, plan.node, 9000)
        self.daemon.push(
            service(
                "host", [port([endpoint(plan.node, port=9000)])], cluster_ips=[plan.cluster_ip]
            )
        )
        for source in self.clients():
            with self.subTest(source.name):
                outcome = dial(source, plan.cluster_ip, PORT)
                self.assertEqual(outcome.endpoint, host_port(plan.node, 9000))

    @in_each_family
    def test_services_that_share_a_port_number_are_kept_apart(self, plan: AddressPlan):
        self.daemon.push(
            service("a", [port(endpoints(plan.pods[:1]))], cluster_ips=[plan.cluster_ip]),
            service("b", [port(endpoints(plan.pods[1:2]))], cluster_ips=[plan.other_cluster_ip]),
        )
        for address, pod in ((plan.cluster_ip, 0), (plan.other_cluster_ip, 1)):
            outcome = dial(self.lab.client, address, PORT)
            self.assertEqual(outcome.endpoint, host_port(plan.pods[pod]))

    @in_each_family
    def test_protocols_of_one_port_number_are_kept_apart(self, plan: AddressPlan):
        self.daemon.push(
            service(
                "dns",
                [port(endpoints(plan.pods[i : i + 1]), p) for i, p in enumerate(PROTOCOLS)],
                cluster_ips=[plan.cluster_ip],
            )
        )
        for i, protocol in enumerate(PROTOCOLS):
            outcome = dial(self.lab.client, plan.cluster_ip, PORT, protocol)
            self.assertEqual(outcome.endpoint, host_port(plan.pods[i]))

    @in_each_family
    def test_a_pushed_change_holds_when_push_returns(self, plan: AddressPlan):
        for i in (0, 1, 2, 1, 0):
            self.push_web(plan, plan.pods[i : i + 1], ["tcp"])
            outcome = dial(self.lab.client, plan.cluster_ip, PORT)
            self.assertEqual(outcome.endpoint, host_port(plan.pods[i]))

    @in_each_family
    def test_a_removed_service_takes_no_packets(self, plan: AddressPlan):
        self.push_web(plan, plan.pods)
        self.assertEqual(dial(self.lab.client, plan.cluster_ip, PORT).fate, Fate.CONNECTED)
        self.daemon.push()
        for protocol in PROTOCOLS:
            self.assertEqual(dial(self.lab.client, plan.cluster_ip, PORT, protocol), UNREACHABLE)


if __name__ == "__main__":
    main()
