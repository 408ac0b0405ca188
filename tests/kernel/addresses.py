# SPDX-License-Identifier: Apache-2.0
"""Who has which address in a Lab."""

import dataclasses
import socket

PODS = 3
REMOTES = 2

# Where the server of every pod and of every remote endpoint listens, with each protocol.
SERVER_PORT = 8080


@dataclasses.dataclass(frozen=True)
class AddressPlan:
    """The addresses of one family. Cluster, external and load balancer IPs belong to no host."""

    name: str
    family: socket.AddressFamily
    client: str
    node: str  # the primary address of the node, towards the client
    node_to_far: str
    gateway: str  # the node's address towards its pods
    far: str
    pods: tuple[str, ...]  # endpoints on the node
    remotes: tuple[str, ...]  # endpoints elsewhere
    pod_cidr: str  # of all nodes
    node_pod_cidr: str  # of this node
    service_cidr: str
    cluster_ip: str
    other_cluster_ip: str
    unassigned_ip: str  # in service_cidr
    external_ip: str
    load_balancer_ip: str
    loopback: str

    @property
    def is_v4(self) -> bool:
        return self.family == socket.AF_INET

    @property
    def link_length(self) -> int:
        return 24 if self.is_v4 else 64

    @property
    def host_length(self) -> int:
        return 32 if self.is_v4 else 128

    @property
    def everything(self) -> str:
        return "0.0.0.0/0" if self.is_v4 else "::/0"

    @property
    def nft_family(self) -> str:
        return "ip" if self.is_v4 else "ip6"

    @property
    def node_addresses(self) -> tuple[str, ...]:
        return (self.node, self.node_to_far, self.gateway)

    def __str__(self):
        return self.name


V4 = AddressPlan(
    name="IPv4",
    family=socket.AF_INET,
    client="192.168.0.100",
    node="192.168.0.2",
    node_to_far="192.168.1.2",
    gateway="10.0.0.1",
    far="192.168.1.1",
    pods=tuple(f"10.0.0.{2 + i}" for i in range(PODS)),
    remotes=tuple(f"10.0.1.{2 + i}" for i in range(REMOTES)),
    pod_cidr="10.0.0.0/16",
    node_pod_cidr="10.0.0.0/24",
    service_cidr="10.96.0.0/12",
    cluster_ip="10.104.14.67",
    other_cluster_ip="10.104.14.68",
    unassigned_ip="10.104.99.99",
    external_ip="203.0.113.10",
    load_balancer_ip="203.0.113.20",
    loopback="127.0.0.1",
)

V6 = AddressPlan(
    name="IPv6",
    family=socket.AF_INET6,
    client="fd00:192::100",
    node="fd00:192::2",
    node_to_far="fd00:193::2",
    gateway="fd00:10::1",
    far="fd00:193::1",
    pods=tuple(f"fd00:10::{2 + i}" for i in range(PODS)),
    remotes=tuple(f"fd00:10:0:1::{2 + i}" for i in range(REMOTES)),
    pod_cidr="fd00:10::/48",
    node_pod_cidr="fd00:10::/64",
    service_cidr="fd00:104::/64",
    cluster_ip="fd00:104::67",
    other_cluster_ip="fd00:104::68",
    unassigned_ip="fd00:104::9999",
    external_ip="2001:db8::10",
    load_balancer_ip="2001:db8::20",
    loopback="::1",
)

FAMILIES = (V4, V6)


def host_port(address: str, port: int = SERVER_PORT) -> str:
    """As nftsvc prints it."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
