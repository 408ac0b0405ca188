# SPDX-License-Identifier: Apache-2.0
"""Services as `nftsvc push` reads them in JSON. Field names are those of snapshot.proto."""

from collections.abc import Iterable

from addresses import SERVER_PORT

NODE = "node-a"
OTHER_NODE = "node-b"

# The port of services, if a test does not care.
PORT = 80


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
