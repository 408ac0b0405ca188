# SPDX-License-Identifier: Apache-2.0
"""Which address an endpoint sees, by how pods are told from others."""

from addresses import AddressPlan, host_port
from case import PODS_BY_CIDR, KernelTest, config, in_each_family, main
from dial import Dial, dial_all
from lab import BRIDGE, POD_INTERFACE_PREFIX
from netns import Namespace
from servers import PROTOCOLS
from snapshot import PORT, endpoints, port, service

# Per protocol; enough that a pod draws itself and others.
_TIMES = 40


class _MasqueradeTest(KernelTest):
    """For each way to set it up: whose addresses are kept on the way to a cluster IP."""

    def check(self, plan: AddressPlan, *, client: bool, node: bool, pod: bool):
        """Whether these are masqueraded; a pod that draws itself always is."""
        self.daemon.push(
            service(
                "web",
                [port(endpoints(plan.pods + plan.remotes), protocol) for protocol in PROTOCOLS],
                cluster_ips=[plan.cluster_ip],
            )
        )
        self.check_source(plan, self.lab.client, plan.client, client)
        # The address that the node has towards its default route.
        self.check_source(plan, self.lab.node, plan.node_to_far, node)
        self.check_source(plan, self.lab.pods[0], plan.pods[0], pod)

    def check_source(self, plan: AddressPlan, source: Namespace, address: str, masqueraded: bool):
        for protocol in PROTOCOLS:
            dials = [Dial(source, plan.cluster_ip, PORT, protocol)] * _TIMES
            for outcome in dial_all(dials):
                is_hairpin = outcome.endpoint == host_port(address)
                to_pod = outcome.endpoint in map(host_port, plan.pods)
                on_the_way = plan.gateway if to_pod else plan.node_to_far
                expected = on_the_way if masqueraded or is_hairpin else address
                self.assertEqual(outcome.source, expected, f"{source.name}/{protocol}: {outcome}")


class PodsByCidrTest(_MasqueradeTest):
    @in_each_family
    def test_others_than_pods_are_masqueraded(self, plan: AddressPlan):
        self.check(plan, client=True, node=True, pod=False)


class PodsByBridgeTest(_MasqueradeTest):
    PODS_ON_BRIDGE = True
    CONFIG = config(f'local_pods {{ bridge_interface: "{BRIDGE}" }}')

    @in_each_family
    def test_others_than_pods_are_masqueraded(self, plan: AddressPlan):
        self.check(plan, client=True, node=True, pod=False)


class PodsByInterfacePrefixTest(_MasqueradeTest):
    CONFIG = config(f'local_pods {{ interface_name_prefix: "{POD_INTERFACE_PREFIX}" }}')

    @in_each_family
    def test_others_than_pods_are_masqueraded(self, plan: AddressPlan):
        self.check(plan, client=True, node=True, pod=False)


class PodsUnknownTest(_MasqueradeTest):
    CONFIG = config()

    @in_each_family
    def test_nobody_is_masqueraded(self, plan: AddressPlan):
        self.check(plan, client=False, node=False, pod=False)


class MasqueradeAllTest(_MasqueradeTest):
    CONFIG = config(PODS_BY_CIDR, "masquerade { all: true }")

    @in_each_family
    def test_everybody_is_masqueraded(self, plan: AddressPlan):
        self.check(plan, client=True, node=True, pod=True)


class MasqueradeOptionsTest(_MasqueradeTest):
    CONFIG = config(PODS_BY_CIDR, "masquerade { mark_bit: 31 fully_random: false }")

    @in_each_family
    def test_another_mark_and_kept_ports_do_as_well(self, plan: AddressPlan):
        self.check(plan, client=True, node=True, pod=False)


class ForeignMarksTest(_MasqueradeTest):
    @in_each_family
    def test_other_bits_of_the_mark_are_left_alone(self, plan: AddressPlan):
        """Policy routing and other programs use the rest of it."""
        self.nft("-f", "-", stdin=_MARK_AND_COUNT)
        self.check(plan, client=True, node=True, pod=False)
        counted = self.nft("list", "counter", "inet", "marks", "intact")
        self.assertNotIn("packets 0 ", counted)
        self.assertIn("packets 0 ", self.nft("list", "counter", "inet", "marks", "changed"))
        self.nft("delete", "table", "inet", "marks")


# Marks every packet before services see it, and looks at the mark when they are done.
_MARK_AND_COUNT = """
table inet marks {
  counter intact { }
  counter changed { }
  chain before-services {
    type filter hook prerouting priority -150
    meta mark set 0x10
  }
  chain before-services-of-the-node {
    type filter hook output priority -150
    meta mark set 0x10
  }
  chain after-services {
    type filter hook postrouting priority 200
    meta mark 0x10 counter name intact
    meta mark != 0x10 counter name changed
  }
}
"""


if __name__ == "__main__":
    main()
