# SPDX-License-Identifier: Apache-2.0
"""Node ports, external IPs, load balancer IPs. policy_matrix_test.py has the traffic policies."""

import ipaddress

from addresses import FAMILIES, AddressPlan, host_port
from case import NODE_ADDRESSES, PODS_BY_CIDR, KernelTest, config, in_each_family, main
from dial import DROPPED, REFUSED, WHERE_NONE_IS_EXPECTED, dial, spread
from netns import Namespace
from servers import PROTOCOLS
from snapshot import PORT, endpoints, port, service

_NODE_PORT = 30080


class _ExternalTest(KernelTest):
    def push_web(self, plan: AddressPlan, addresses: tuple[str, ...], **fields):
        self.daemon.push(
            service(
                "web",
                [
                    port(endpoints(addresses), protocol, node_port=_NODE_PORT)
                    for protocol in PROTOCOLS
                ],
                cluster_ips=[plan.cluster_ip],
                **fields,
            )
        )

    def listen_at_node_ports(self, plan: AddressPlan):
        """Whoever is not taken by the service gets to the node itself."""
        for address in plan.node_addresses:
            self.lab.servers.listen(self.lab.node, address, _NODE_PORT)

    def node_port_addresses(self, plan: AddressPlan) -> list[str]:
        """Where a client reaches the service."""
        self.listen_at_node_ports(plan)
        self.push_web(plan, plan.pods[:1])
        service_endpoint = host_port(plan.pods[0])
        taken = []
        for address in plan.node_addresses:
            clients = (self.lab.client, self.lab.node, self.lab.pods[1])
            seen = {dial(source, address, _NODE_PORT).endpoint for source in clients}
            self.assertIn(seen, ({service_endpoint}, {host_port(address, _NODE_PORT)}), address)
            if seen == {service_endpoint}:
                taken.append(address)
        return taken


class NodePortTest(_ExternalTest):
    @in_each_family
    def test_clients_reach_every_endpoint_with_every_protocol(self, plan: AddressPlan):
        everybody = plan.pods + plan.remotes
        self.push_web(plan, everybody)
        for protocol in PROTOCOLS:
            for source in (self.lab.client, self.lab.node, self.lab.pods[0]):
                seen = spread(source, plan.node, _NODE_PORT, protocol, times=100)
                self.assertEqual(set(seen), set(map(host_port, everybody)))

    @in_each_family
    def test_by_default_it_is_on_the_primary_address(self, plan: AddressPlan):
        self.assertEqual(self.node_port_addresses(plan), [plan.node])

    @in_each_family
    def test_other_ports_of_the_address_are_the_nodes_own(self, plan: AddressPlan):
        self.lab.servers.listen(self.lab.node, plan.node, _NODE_PORT + 1)
        self.push_web(plan, plan.pods)
        outcome = dial(self.lab.client, plan.node, _NODE_PORT + 1)
        self.assertEqual(outcome.endpoint, host_port(plan.node, _NODE_PORT + 1))


class NodePortEverywhereTest(_ExternalTest):
    CONFIG = config(
        PODS_BY_CIDR, node=NODE_ADDRESSES + ' node_port_addresses: ["0.0.0.0/0", "::/0"]'
    )

    @in_each_family
    def test_it_is_on_every_address(self, plan: AddressPlan):
        self.assertEqual(self.node_port_addresses(plan), list(plan.node_addresses))

    @in_each_family
    def test_loopback_is_left_alone(self, plan: AddressPlan):
        self.lab.servers.listen(self.lab.node, plan.loopback, _NODE_PORT)
        self.push_web(plan, plan.pods)
        outcome = dial(self.lab.node, plan.loopback, _NODE_PORT)
        self.assertEqual(outcome.endpoint, host_port(plan.loopback, _NODE_PORT))

    @in_each_family
    def test_it_is_on_an_address_that_comes_later(self, plan: AddressPlan):
        self.push_web(plan, plan.pods[:1])
        self.lab.node.add_addresses("lo", [plan.external_ip], plan.host_length)
        outcome = dial(self.lab.client, plan.external_ip, _NODE_PORT)
        self.assertEqual(outcome.endpoint, host_port(plan.pods[0]))


class NodePortByCidrTest(_ExternalTest):
    CONFIG = config(
        PODS_BY_CIDR,
        node=" ".join(
            [NODE_ADDRESSES]
            + [f'node_port_addresses: "{p.node_to_far}/{p.link_length}"' for p in FAMILIES]
        ),
    )

    @in_each_family
    def test_it_is_on_the_addresses_in_the_block(self, plan: AddressPlan):
        self.assertEqual(self.node_port_addresses(plan), [plan.node_to_far])


class AddressesFromInterfacesTest(_ExternalTest):
    CONFIG = config(PODS_BY_CIDR, node="")

    @in_each_family
    def test_the_primary_address_is_that_towards_other_networks(self, plan: AddressPlan):
        self.assertEqual(self.node_port_addresses(plan), [plan.node_to_far])


class ExternalIpTest(_ExternalTest):
    @in_each_family
    def test_clients_reach_every_endpoint_and_are_masqueraded(self, plan: AddressPlan):
        everybody = plan.pods + plan.remotes
        self.push_web(plan, everybody, external_ips=[plan.external_ip])
        for protocol in PROTOCOLS:
            for source in (self.lab.client, self.lab.node, self.lab.pods[0]):
                seen = spread(source, plan.external_ip, PORT, protocol, times=100)
                self.assertEqual(set(seen), set(map(host_port, everybody)))
                outcome = dial(source, plan.external_ip, PORT, protocol)
                self.assertIn(outcome.source, plan.node_addresses)

    @in_each_family
    def test_it_may_be_an_address_of_the_node(self, plan: AddressPlan):
        """Where it goes before the node's own server, and its other ports do not."""
        self.lab.servers.listen(self.lab.node, plan.node, PORT)
        self.lab.servers.listen(self.lab.node, plan.node, PORT + 1)
        self.push_web(plan, plan.pods[:1], external_ips=[plan.node])
        for source in (self.lab.client, self.lab.node, self.lab.pods[1]):
            self.assertEqual(dial(source, plan.node, PORT).endpoint, host_port(plan.pods[0]))
            outcome = dial(source, plan.node, PORT + 1)
            self.assertEqual(outcome.endpoint, host_port(plan.node, PORT + 1))


class LoadBalancerIpTest(_ExternalTest):
    def assert_let_in(self, source: Namespace, plan: AddressPlan):
        outcome = dial(source, plan.load_balancer_ip, PORT)
        self.assertIn(outcome.endpoint, map(host_port, plan.pods))

    def assert_dropped(self, source: Namespace, plan: AddressPlan):
        outcome = dial(source, plan.load_balancer_ip, PORT, patience=WHERE_NONE_IS_EXPECTED)
        self.assertEqual(outcome, DROPPED)

    def push_restricted(self, plan: AddressPlan, *ranges: str, **fields):
        self.push_web(
            plan,
            plan.pods,
            load_balancer_ips=[plan.load_balancer_ip],
            load_balancer_source_ranges=ranges,
            **fields,
        )

    @in_each_family
    def test_only_sources_in_a_range_are_let_in(self, plan: AddressPlan):
        self.push_restricted(plan, f"{plan.client}/{plan.link_length}")
        self.assert_let_in(self.lab.client, plan)
        self.assert_dropped(self.lab.pods[0], plan)

        self.push_restricted(plan, plan.pod_cidr, plan.far)
        self.assert_dropped(self.lab.client, plan)
        self.assert_let_in(self.lab.pods[0], plan)

    @in_each_family
    def test_a_range_may_grow_and_shrink(self, plan: AddressPlan):
        """From one address on, and with others inside of it."""
        link = ipaddress.ip_network(f"{plan.client}/{plan.link_length}", strict=False)
        first = f"{link.network_address}/{plan.host_length}"
        two = f"{link.network_address}/{plan.host_length - 1}"
        around = f"{link.network_address}/{plan.link_length - 8}"
        for ranges, is_let_in in (
            ([str(link)], True),
            ([two], False),
            ([str(link)], True),
            ([first], False),
            ([around], True),
            ([two, plan.client], True),
            ([str(link)], True),
            ([first], False),
        ):
            with self.subTest(" ".join(ranges)):
                self.push_restricted(plan, *ranges)
                (self.assert_let_in if is_let_in else self.assert_dropped)(self.lab.client, plan)
                self.assertTrue(self.daemon.call("verify")["in_sync"])

    @in_each_family
    def test_the_node_is_let_in_by_its_address(self, plan: AddressPlan):
        self.push_restricted(plan, plan.node_to_far)
        self.assert_let_in(self.lab.node, plan)
        self.push_restricted(plan, plan.client)
        self.assert_dropped(self.lab.node, plan)

    @in_each_family
    def test_the_node_is_let_in_although_it_owns_the_address_that_it_dials(self, plan: AddressPlan):
        """Then that address is its source too."""
        self.lab.node.add_addresses("lo", [plan.load_balancer_ip], plan.host_length)
        self.push_restricted(plan, plan.node)
        self.assert_let_in(self.lab.node, plan)
        self.assert_dropped(self.lab.client, plan)

    @in_each_family
    def test_ranges_of_the_other_family_let_everybody_in(self, plan: AddressPlan):
        (other,) = (p for p in FAMILIES if p != plan)
        self.push_restricted(plan, other.pod_cidr)
        self.assert_let_in(self.lab.client, plan)

    @in_each_family
    def test_other_frontends_of_the_service_are_not_restricted(self, plan: AddressPlan):
        self.push_restricted(plan, plan.pods[0], external_ips=[plan.external_ip])
        self.assert_dropped(self.lab.client, plan)
        for address, number in (
            (plan.cluster_ip, PORT),
            (plan.external_ip, PORT),
            (plan.node, _NODE_PORT),
        ):
            outcome = dial(self.lab.client, address, number)
            self.assertIn(outcome.endpoint, map(host_port, plan.pods))

    @in_each_family
    def test_without_endpoints_others_are_dropped_all_the_same(self, plan: AddressPlan):
        self.push_web(
            plan,
            (),
            load_balancer_ips=[plan.load_balancer_ip],
            load_balancer_source_ranges=[plan.pod_cidr],
        )
        self.assert_dropped(self.lab.client, plan)
        self.assertEqual(dial(self.lab.pods[0], plan.load_balancer_ip, PORT), REFUSED)


if __name__ == "__main__":
    main()
