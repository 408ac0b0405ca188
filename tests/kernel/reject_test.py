# SPDX-License-Identifier: Apache-2.0
"""What clients are told of services that cannot serve, and of addresses that nobody serves."""

from addresses import FAMILIES, AddressPlan, host_port
from case import PODS_BY_CIDR, KernelTest, config, in_each_family, main
from dial import (
    DROPPED,
    PATIENCE,
    REFUSED,
    UNREACHABLE,
    WHERE_NONE_IS_EXPECTED,
    Dial,
    Outcome,
    dial,
    dial_all,
)
from servers import PROTOCOLS
from snapshot import PORT, endpoints, port, service

_NODE_PORT = 30080
_NO_SUCH_PORT = 81


class _RejectTest(KernelTest):
    def clients(self):
        return self.lab.client, self.lab.node, self.lab.pods[0]

    def check(self, address: str, number: int, expected: Outcome, clients=None):
        """All clients, with all protocols."""
        dials = [
            Dial(source, address, number, protocol)
            for source in clients or self.clients()
            for protocol in PROTOCOLS
        ]
        patience = WHERE_NONE_IS_EXPECTED if expected == DROPPED else PATIENCE
        for attempt, outcome in zip(dials, dial_all(dials, patience)):
            self.assertEqual(outcome, expected, str(attempt))


def _web(plan: AddressPlan, addresses: tuple[str, ...] = (), **fields) -> dict:
    return service(
        "web",
        [
            port(endpoints(addresses), protocol, node_port=_NODE_PORT)
            for protocol in PROTOCOLS
        ],
        cluster_ips=[plan.cluster_ip],
        **fields,
    )


class NoEndpointsTest(_RejectTest):
    @in_each_family
    def test_a_cluster_ip_refuses_clients_elsewhere_here_and_in_pods(self, plan: AddressPlan):
        self.daemon.push(_web(plan))
        self.check(plan.cluster_ip, PORT, REFUSED)

    @in_each_family
    def test_an_address_that_the_node_owns_refuses_although_somebody_listens(
        self, plan: AddressPlan
    ):
        self.lab.node.add_addresses("lo", [plan.external_ip], plan.host_length)
        self.lab.servers.listen(self.lab.node, plan.external_ip, PORT)
        self.daemon.push(_web(plan, external_ips=[plan.external_ip]))
        self.check(plan.external_ip, PORT, REFUSED)

    @in_each_family
    def test_a_node_port_refuses_although_somebody_listens(self, plan: AddressPlan):
        self.lab.servers.listen(self.lab.node, plan.node, _NODE_PORT)
        self.daemon.push(_web(plan))
        self.check(plan.node, _NODE_PORT, REFUSED)

    @in_each_family
    def test_it_serves_again_with_the_first_endpoint(self, plan: AddressPlan):
        for _ in range(2):
            self.daemon.push(_web(plan))
            self.check(plan.cluster_ip, PORT, REFUSED)
            self.daemon.push(_web(plan, plan.pods[1:2]))
            outcome = dial(self.lab.client, plan.cluster_ip, PORT)
            self.assertEqual(outcome.endpoint, host_port(plan.pods[1]))

    @in_each_family
    def test_endpoints_of_the_other_family_do_not_count(self, plan: AddressPlan):
        (other,) = (p for p in FAMILIES if p != plan)
        web = _web(other, other.pods)
        web["cluster_ips"].append(plan.cluster_ip)
        self.daemon.push(web)
        self.check(plan.cluster_ip, PORT, REFUSED)


class UnassignedPortTest(_RejectTest):
    @in_each_family
    def test_it_is_refused(self, plan: AddressPlan):
        self.daemon.push(_web(plan, plan.pods))
        self.check(plan.cluster_ip, _NO_SUCH_PORT, REFUSED)

    @in_each_family
    def test_another_protocol_is_refused(self, plan: AddressPlan):
        self.daemon.push(
            service("web", [port(endpoints(plan.pods), "udp")], cluster_ips=[plan.cluster_ip])
        )
        self.assertEqual(dial(self.lab.client, plan.cluster_ip, PORT, "tcp"), REFUSED)

    @in_each_family
    def test_an_external_ip_keeps_its_other_ports(self, plan: AddressPlan):
        self.daemon.push(_web(plan, plan.pods, external_ips=[plan.external_ip]))
        self.check(plan.external_ip, _NO_SUCH_PORT, UNREACHABLE)


class UnassignedPortLeftAloneTest(_RejectTest):
    CONFIG = config(PODS_BY_CIDR, "reject_unassigned_ports: false")

    @in_each_family
    def test_it_goes_on_untouched(self, plan: AddressPlan):
        self.daemon.push(_web(plan, plan.pods))
        self.check(plan.cluster_ip, _NO_SUCH_PORT, UNREACHABLE)


class UnassignedAddressTest(_RejectTest):
    @in_each_family
    def test_it_goes_on_untouched(self, plan: AddressPlan):
        self.daemon.push(_web(plan, plan.pods))
        self.check(plan.unassigned_ip, PORT, UNREACHABLE)


class ServiceCidrsTest(_RejectTest):
    CONFIG = config(PODS_BY_CIDR, *(f'service_cidrs: "{plan.service_cidr}"' for plan in FAMILIES))

    @in_each_family
    def test_an_unassigned_address_is_dropped(self, plan: AddressPlan):
        self.daemon.push(_web(plan, plan.pods))
        self.check(plan.unassigned_ip, PORT, DROPPED)

    @in_each_family
    def test_services_are_not(self, plan: AddressPlan):
        self.daemon.push(_web(plan, plan.pods[1:2]))
        self.check(plan.cluster_ip, _NO_SUCH_PORT, REFUSED)
        for source in self.clients():
            outcome = dial(source, plan.cluster_ip, PORT)
            self.assertEqual(outcome.endpoint, host_port(plan.pods[1]))


if __name__ == "__main__":
    main()
