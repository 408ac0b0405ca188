# SPDX-License-Identifier: Apache-2.0
"""A small network with a node in it, on which the ruleset under test is loaded.

    client ── uplink · node · far ── far   (remote endpoints; the node's default route)
                       │ │ │
                      pods               (endpoints on the node)

There is no way out of it. Everything that no service takes ends in `far`, which answers that there
is no route; so a client can tell untouched packets from dropped ones.
"""

import contextlib
import difflib
import re

from addresses import FAMILIES, PODS, SERVER_PORT, AddressPlan
from netns import Namespace, Wiring
from servers import Servers
from waiting import SLOWNESS

BRIDGE = "br-pods"
POD_INTERFACE_PREFIX = "pod"

_SYSCTLS = {
    # Nobody else has an interface's own link-local address.
    "ipv6/conf/all/accept_dad": 0,
    "ipv6/conf/default/accept_dad": 0,
    # Routes are as the test sets them.
    "ipv4/conf/all/accept_redirects": 0,
    "ipv4/conf/default/accept_redirects": 0,
    "ipv6/conf/all/accept_redirects": 0,
    "ipv6/conf/default/accept_redirects": 0,
    "ipv6/conf/default/accept_ra": 0,
    "ipv4/conf/all/rp_filter": 0,
    "ipv4/conf/default/rp_filter": 0,
    # Every ICMP error is sent: the masks name the types that are limited, 255 is none.
    "ipv4/icmp_ratelimit": 0,
    "ipv4/icmp_ratemask": 0,
    "ipv6/icmp/ratelimit": 0,
    "ipv6/icmp/ratemask": 255,
}

_ROUTER_SYSCTLS = {
    "ipv4/ip_forward": 1,
    "ipv6/conf/all/forwarding": 1,
    "ipv4/conf/all/send_redirects": 0,
    "ipv4/conf/default/send_redirects": 0,
}


# The kernel forgets UDP flows that are silent for this long: what a slow machine may be between two questions.
_SLOW_SYSCTLS = {
    "netfilter/nf_conntrack_udp_timeout": round(30 * SLOWNESS),
    "netfilter/nf_conntrack_udp_timeout_stream": round(120 * SLOWNESS),
}


class Lab:
    """Made by entering it and gone after leaving it, when it also checks the node's ruleset: what
    nft lists must load again, and then list alike.
    """

    def __init__(self, bridge: bool = False):
        self._bridge = bridge
        self._exits = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as exits:
            self.client = self._namespace("client", exits)
            self.node = self._namespace("node", exits)
            self.far = self._namespace("far", exits)
            self.pods = tuple(self._namespace(f"pod{i}", exits) for i in range(PODS))
            for router in (self.node, self.far):
                router.set_sysctls(_ROUTER_SYSCTLS)
            if SLOWNESS > 1:
                self.node.set_sysctls(_SLOW_SYSCTLS)
            # The node is first, since its commands make the links to all others.
            wiring = Wiring()
            for namespace in (self.node, self.client, self.far, *self.pods):
                wiring.ip(namespace, "link set lo up")
            self._connect_client(wiring)
            self._connect_far(wiring)
            self._connect_pods(wiring)
            wiring.apply()
            self.servers = Servers()
            exits.callback(self.servers.close)
            self._serve()
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_):
        try:
            self.check_listing()
        finally:
            self._exits.close()

    def check_listing(self):
        """People save `nft list ruleset` into their boot configuration."""
        # Linux walks past all elements before each part of a dump: big maps take a slow machine minutes.
        patience = 200 * SLOWNESS
        listing = self.node.run("nft", "list", "ruleset", timeout=patience)
        with contextlib.ExitStack() as exits:
            fresh = self._namespace("fresh", exits)
            fresh.run("nft", "-f", "-", stdin=listing, timeout=patience)
            again = fresh.run("nft", "list", "ruleset", timeout=patience)
        # Time goes on.
        listing, again = (re.sub(" expires [0-9a-z]+", "", text) for text in (listing, again))
        if listing != again:
            difference = difflib.unified_diff(
                listing.splitlines(), again.splitlines(), "listed", "loaded and listed", lineterm=""
            )
            raise AssertionError("\n".join(["nft lists other rules than it loads:", *difference]))

    def _namespace(self, name: str, exits: contextlib.ExitStack) -> Namespace:
        namespace = Namespace(name)
        exits.callback(namespace.close)
        namespace.set_sysctls(_SYSCTLS)
        return namespace

    def _connect_client(self, wiring: Wiring):
        self._link(wiring, "uplink", self.client)
        for plan in FAMILIES:
            wiring.add_addresses(self.node, "uplink", [plan.node], plan.link_length)
            wiring.add_addresses(self.client, "eth0", [plan.client], plan.link_length)
            wiring.ip(self.client, f"route add default via {plan.node}")

    def _connect_far(self, wiring: Wiring):
        self._link(wiring, "far", self.far)
        for plan in FAMILIES:
            wiring.add_addresses(self.node, "far", [plan.node_to_far], plan.link_length)
            wiring.ip(self.node, f"route add default via {plan.far}")
            wiring.add_addresses(self.far, "eth0", [plan.far], plan.link_length)
            wiring.add_addresses(self.far, "eth0", plan.remotes, plan.host_length)
            wiring.ip(
                self.far,
                f"route add {plan.client}/{plan.host_length} via {plan.node_to_far}",
                f"route add {plan.node}/{plan.host_length} via {plan.node_to_far}",
                f"route add {plan.node_pod_cidr} via {plan.node_to_far}",
                f"route add unreachable {plan.everything}",
            )

    def _connect_pods(self, wiring: Wiring):
        if self._bridge:
            wiring.ip(
                self.node,
                f"link add {BRIDGE} type bridge mcast_snooping 0",
                f"link set {BRIDGE} up",
            )
        for i, pod in enumerate(self.pods):
            device = f"{POD_INTERFACE_PREFIX}{i}"
            self._link(wiring, device, pod)
            if self._bridge:
                wiring.ip(
                    self.node,
                    f"link set {device} master {BRIDGE}",
                    # A pod may reach itself, with br_netfilter without leaving the bridge.
                    f"link set {device} type bridge_slave hairpin on",
                )
                device = BRIDGE
            for plan in FAMILIES:
                self._address_pod(wiring, plan, i, device)

    def _address_pod(self, wiring: Wiring, plan: AddressPlan, i: int, device: str):
        """Pods have no neighbours but the node, so that it sees all that they say."""
        if i == 0 or not self._bridge:
            wiring.add_addresses(self.node, device, [plan.gateway], plan.host_length)
        wiring.ip(self.node, f"route add {plan.pods[i]}/{plan.host_length} dev {device}")
        wiring.add_addresses(self.pods[i], "eth0", [plan.pods[i]], plan.host_length)
        wiring.ip(
            self.pods[i],
            f"route add {plan.gateway}/{plan.host_length} dev eth0",
            f"route add default via {plan.gateway}",
        )

    def _link(self, wiring: Wiring, name: str, other: Namespace):
        """Between the node's interface of this name and the other's eth0."""
        wiring.ip(
            self.node,
            f"link add {name} type veth peer name eth0 netns {other.path}",
            f"link set {name} up",
        )
        wiring.ip(other, "link set eth0 up")

    def _serve(self):
        for plan in FAMILIES:
            for pod, address in zip(self.pods, plan.pods):
                self.servers.listen(pod, address, SERVER_PORT)
            for address in plan.remotes:
                self.servers.listen(self.far, address, SERVER_PORT)


class IptablesLab(Lab):
    def check_listing(self):
        """nft cannot load what it lists of iptables-nft's rules; they are not for it to list."""
