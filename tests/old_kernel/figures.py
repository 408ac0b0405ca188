# SPDX-License-Identifier: Apache-2.0
"""How long the kernel takes for pushes: commits of many services, and of one endpoint more among them."""

import contextlib
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kernel"))

from daemon import Daemon
from netns import Namespace
from snapshot import endpoints, port, service

_COUNTS = (100, 1000)
_ENDPOINTS = 5


def _services(count: int, more: int) -> list[dict]:
    """The last of them has `more` endpoints than the others."""
    return [
        service(
            f"web-{i}",
            [port(endpoints(f"10.0.{i % 200}.{k + 2}" for k in range(_ENDPOINTS + more * (i == count - 1))))],
            cluster_ips=[f"10.105.{i // 250}.{i % 250 + 1}"],
        )
        for i in range(count)
    ]


def _measure(layout: str, count: int) -> str:
    with contextlib.closing(Namespace("node")) as node:
        node.ip("link set lo up")
        with Daemon(node, f"layout: {layout}") as daemon:
            times = [
                int(daemon.push(*_services(count, more))["commit_us"]) / 1000 for more in (0, 1)
            ]
            said = [line for line in daemon.log.splitlines() if "kernel lacks" in line]
    assert len(said) <= 1, said
    return f"{layout}, {count} services: {times[0]:.1f} ms, one endpoint more: {times[1]:.2f} ms"


def main():
    for layout in ("FLAT", "VERDICT_MAPS"):
        for count in _COUNTS:
            print(_measure(layout, count), flush=True)


if __name__ == "__main__":
    main()
