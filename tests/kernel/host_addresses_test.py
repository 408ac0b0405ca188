# SPDX-License-Identifier: Apache-2.0
"""Node ports follow the host's addresses at once: the daemon polls once an hour here."""

from addresses import FAMILIES, V4, V6, AddressPlan, host_port
from case import PODS_BY_CIDR, KernelTest, in_each_family, main
from dial import dial
from snapshot import NODE, endpoints, port, service
from waiting import wait_until

_NODE_PORT = 30080
_HEALTH_CHECK = 30081


def _config(node: str) -> str:
    return (
        f'node {{ name: "{NODE}" {node} }} {PODS_BY_CIDR} drift_poll_interval_ms: 3600000'
    )


def _another(plan: AddressPlan) -> str:
    """In the client's network, and nobody's yet."""
    return f"{plan.node}5"


class _HostAddressesTest(KernelTest):
    def push_web(self, plan: AddressPlan):
        self.daemon.push(
            service(
                "web",
                [port(endpoints(plan.pods[:1], node=NODE), node_port=_NODE_PORT)],
                cluster_ips=[plan.cluster_ip],
                health_check_node_port=_HEALTH_CHECK,
            )
        )

    def serves(self, plan: AddressPlan, address: str) -> bool:
        return dial(self.lab.client, address, _NODE_PORT).endpoint == host_port(plan.pods[0])

    def answers_health_checks(self, address: str) -> bool:
        listening = self.lab.node.run("ss", "-Hltn", f"sport = :{_HEALTH_CHECK}")
        return f"{host_port(address, _HEALTH_CHECK)} " in listening

    def node_port_addresses(self, plan: AddressPlan) -> str:
        return self.nft("list", "set", plan.nft_family, "nftsvc", "node-port-addresses")


class NewAddressTest(_HostAddressesTest):
    CONFIG = _config(" ".join(f'node_port_addresses: "{p.node}/{p.link_length}"' for p in FAMILIES))

    @in_each_family
    def test_an_address_that_comes_takes_node_ports_until_it_goes(self, plan: AddressPlan):
        self.push_web(plan)
        added = _another(plan)
        self.lab.node.add_addresses("uplink", [added], plan.link_length)
        wait_until(lambda: self.serves(plan, added), f"node ports on {added}")
        wait_until(lambda: self.answers_health_checks(added), f"health checks on {added}")
        self.lab.node.ip(f"address del {added}/{plan.link_length} dev uplink")
        wait_until(lambda: added not in self.node_port_addresses(plan), f"{added} is gone")
        wait_until(lambda: not self.answers_health_checks(added), f"{added} is gone")
        self.assertTrue(self.serves(plan, plan.node))

    def test_an_interface_that_comes_and_goes_takes_its_addresses_along(self):
        self.push_web(V4)
        added = _another(V4)
        self.lab.node.ip(
            "link add extra type veth peer name other",
            "link set extra up",
            f"address add {added}/32 dev extra",
        )
        wait_until(lambda: added in self.node_port_addresses(V4), f"node ports on {added}")
        self.lab.node.ip("link del extra")
        wait_until(lambda: added not in self.node_port_addresses(V4), f"{added} is gone")

    def test_many_changes_are_few_commits(self):
        self.push_web(V4)
        before = int(self.daemon.status()["commits"])
        count = 500
        addresses = [f"172.16.{i // 250}.{i % 250 + 1}" for i in range(count)]
        self.lab.node.ip(*(f"address add {address}/32 dev lo" for address in addresses))
        added = _another(V4)
        self.lab.node.add_addresses("uplink", [added], V4.link_length)
        wait_until(lambda: added in self.node_port_addresses(V4), f"node ports on {added}")
        self.assertLess(int(self.daemon.status()["commits"]) - before, count / 10)


class PrimaryAddressTest(_HostAddressesTest):
    CONFIG = _config("")

    @in_each_family
    def test_node_ports_move_with_the_default_route(self, plan: AddressPlan):
        self.push_web(plan)
        self.assertTrue(self.serves(plan, plan.node_to_far))
        self.lab.node.ip(f"route replace default via {plan.far} src {plan.node}")
        wait_until(lambda: self.serves(plan, plan.node), f"node ports on {plan.node}")
        self.assertNotIn(plan.node_to_far, self.node_port_addresses(plan))

    def test_a_start_without_addresses_waits_for_them(self):
        self.daemon.stop()
        for plan in (V4, V6):
            self.lab.node.ip(f"address del {plan.node_to_far}/{plan.link_length} dev far")
            self.lab.node.ip(f"address del {plan.node}/{plan.link_length} dev uplink")
            for device in ("pod0", "pod1", "pod2"):
                self.lab.node.ip(f"address del {plan.gateway}/{plan.host_length} dev {device}")
        self.daemon.start()
        self.push_web(V4)
        self.assertNotIn("elements", self.node_port_addresses(V4))
        self.lab.node.add_addresses("uplink", [V4.node], V4.link_length)
        wait_until(lambda: V4.node in self.node_port_addresses(V4), "the first address")


if __name__ == "__main__":
    main()
