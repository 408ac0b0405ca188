# SPDX-License-Identifier: Apache-2.0
"""Snapshots to push."""

import dataclasses
import random

from addresses import FAMILIES, V4, AddressPlan
from snapshot import MORE_THAN_A_SET_HOLDS, endpoints, many_services, port, service

from protocol import push_request

NODE_PORT = 30080

# One of them makes sets outgrow their size, and is written as a file of its own.
SNAPSHOTS = 12

_BALANCINGS = ("RANDOM", "ROUND_ROBIN")


@dataclasses.dataclass(frozen=True)
class Snapshot:
    number: int
    services: list[dict]
    request: bytes  # that pushes it


def make_snapshots(random_: random.Random) -> list[Snapshot]:
    """All of them serve what Traffic dials."""
    made = []
    for number in range(SNAPSHOTS):
        services = [_web(random_, plan) for plan in FAMILIES] + [_dns(plan) for plan in FAMILIES]
        services += _others(random_)
        if number == SNAPSHOTS - 1:
            services += many_services(V4, MORE_THAN_A_SET_HOLDS + 100)
        made.append(Snapshot(number, services, push_request(services)))
    return made


def _some_endpoints(random_: random.Random, plan: AddressPlan, least: int) -> list[str]:
    everybody = plan.pods + plan.remotes
    return random_.sample(everybody, random_.randint(least, len(everybody)))


def _web(random_: random.Random, plan: AddressPlan) -> dict:
    return service(
        f"web-{plan.nft_family}",
        [port(endpoints(_some_endpoints(random_, plan, 1)), node_port=NODE_PORT)],
        cluster_ips=[plan.cluster_ip],
    )


def _dns(plan: AddressPlan) -> dict:
    """Its endpoint stays, and so do its flows."""
    return service(
        f"dns-{plan.nft_family}",
        [port(endpoints(plan.pods[:1]), "udp")],
        cluster_ips=[plan.other_cluster_ip],
    )


def _others(random_: random.Random) -> list[dict]:
    made = []
    for i in range(25):
        if random_.random() < 0.4:
            continue
        fields: dict = {"cluster_ips": [f"10.105.200.{1 + i}"]}
        about_port: dict = {"balancing": random_.choice(_BALANCINGS)}
        if about_port["balancing"] == "RANDOM" and random_.random() < 0.3:
            fields["session_affinity"] = {"client_ip_timeout_seconds": 60}
        if random_.random() < 0.3:
            fields["load_balancer_ips"] = [f"203.0.113.{100 + i}"]
            fields["load_balancer_source_ranges"] = [V4.pod_cidr]
        if random_.random() < 0.3:
            fields["external_traffic_policy"] = "LOCAL"
        chosen = endpoints(_some_endpoints(random_, V4, 0))
        made.append(service(f"other-{i}", [port(chosen, **about_port)], **fields))
    return made
