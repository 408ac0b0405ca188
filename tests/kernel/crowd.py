# SPDX-License-Identifier: Apache-2.0
"""Clients and endpoints by the hundred: hosts of a Lab that have whole networks of addresses."""

import ipaddress

from addresses import SERVER_PORT, AddressPlan
from lab import Lab

CLIENTS = 1000
ENDPOINTS = 100


def _network(plan: AddressPlan, v4: str, v6: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(v4 if plan.is_v4 else v6)


class Crowd:
    """`clients` are addresses of the Lab's client, `endpoints` of far; servers listen there."""

    def __init__(self, lab: Lab, plan: AddressPlan, server_ports: tuple[int, ...] = (SERVER_PORT,)):
        clients = _network(plan, "198.18.0.0/16", "fd00:198::/112")
        endpoints = _network(plan, "10.0.64.0/20", "fd00:10:0:40::/112")
        for host, network in ((lab.client, clients), (lab.far, endpoints)):
            # All of the network is the host's own.
            host.set_sysctls({"ipv4/ip_nonlocal_bind": 1, "ipv6/ip_nonlocal_bind": 1})
            host.ip(f"route add local {network} dev lo")
        lab.node.ip(f"route add {clients} via {plan.client}")
        lab.far.ip(f"route add {clients} via {plan.node_to_far}")
        self.clients = [str(clients[1 + i]) for i in range(CLIENTS)]
        self.endpoints = [str(endpoints[1 + i]) for i in range(ENDPOINTS)]
        for address in self.endpoints:
            for port in server_ports:
                lab.servers.listen(lab.far, address, port)
