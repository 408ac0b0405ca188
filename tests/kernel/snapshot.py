# SPDX-License-Identifier: Apache-2.0
"""Services as `nftsvc push` reads them in JSON. Field names are those of snapshot.proto."""

from collections.abc import Iterable

from addresses import SERVER_PORT, AddressPlan

NODE = "node-a"
OTHER_NODE = "node-b"

# The port of services, if a test does not care.
PORT = 80

# Sets are made for 768 elements at first, and made anew when they need more.
MORE_THAN_A_SET_HOLDS = 1000


def endpoint(address: str, **fields) -> dict:
    return {"address": address, "port": SERVER_PORT, **fields}


def endpoints(addresses: Iterable[str], **fields) -> list[dict]:
    return [endpoint(address, **fields) for address in addresses]


def port(endpoints_: list[dict], protocol: str = "tcp", number: int = PORT, **fields) -> dict:
    return {
        "protocol": protocol.upper(),
        "port": number,
        "name": f"{protocol}-{number}",
        "endpoints": endpoints_,
        **fields,
    }


def service(name: str, ports: list[dict], **fields) -> dict:
    return {"namespace": "default", "name": name, "ports": ports, **fields}


def many_services(plan: AddressPlan, count: int) -> list[dict]:
    """With an address each."""
    cluster_ip = "10.105.{}.{}" if plan.is_v4 else "fd00:104::5:{:x}{:02x}"
    return [
        service(
            f"one-of-many-{i}",
            [port(endpoints(plan.pods[:1]))],
            cluster_ips=[cluster_ip.format(i // 250, i % 250)],
        )
        for i in range(count)
    ]
