# SPDX-License-Identifier: Apache-2.0
"""Requests made to take time or memory: refused, with both in bounds, and others are served."""

import pathlib
import time
from collections.abc import Callable

from case import PODS_BY_CIDR, KernelTest, config, main
from wire import frame, varint

_MIB = 1 << 20

# What a message of 256 MiB may take besides itself, which the daemon holds while it looks at it.
_MOST_MEMORY = 1024 * _MIB


def field(number: int, body: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


# Numbers of proto/nftsvc/v1: Request.push and delta, PushRequest.snapshot, Snapshot.services …
def push(services: bytes) -> bytes:
    return field(2, field(1, services))


def one_service(content: bytes) -> bytes:
    return push(field(1, field(1, b"default") + field(2, b"web") + content))


EMPTY = {number: field(number, b"") for number in range(1, 16)}
MANY = 100 * _MIB

# Each is made when it is its turn: all at once would be more than small machines have.
REQUESTS: dict[str, Callable[[], bytes]] = {
    "endpoints of one port": lambda: one_service(field(12, EMPTY[5] * (MANY // 2))),
    "endpoints of many ports": lambda: one_service(field(12, EMPTY[5] * 32_000) * (MANY // 64_000)),
    "endpoints of many services": lambda: push(
        field(1, field(12, EMPTY[5] * 32_000)) * (MANY // 64_000)
    ),
    "ports": lambda: one_service(EMPTY[12] * (MANY // 2)),
    "labels": lambda: one_service(EMPTY[3] * (MANY // 2)),
    "addresses": lambda: one_service(EMPTY[4] * (MANY // 2)),
    "hints": lambda: one_service(field(12, field(5, EMPTY[10] * (MANY // 2)))),
    "fields that no version has": lambda: one_service(b"\xa0\x06\x01" * (MANY // 3)),
    "groups": lambda: one_service(b"\xa3\x06\xa4\x06" * (MANY // 4)),
    "a group with many fields": lambda: one_service(b"\xa3\x06" + b"\x08\x01" * (MANY // 2) + b"\xa4\x06"),
    "services": lambda: push(EMPTY[1] * (MANY // 2)),
    "removals": lambda: field(3, EMPTY[3] * (MANY // 2)),
    "requests in the request": lambda: b"\xa0\x06\x01" * (MANY // 3),
}


class WorstInputTest(KernelTest):
    CONFIG = config(PODS_BY_CIDR)

    def peak(self) -> int:
        status = pathlib.Path(f"/proc/{self.daemon.pid}/status").read_text()
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmHWM")

    def test_it_is_refused_within_bounds(self):
        for name, make in REQUESTS.items():
            with self.subTest(name), self.daemon.connect() as client:
                client.send(frame(make()))
                sent = time.monotonic()
                answer = client.receive()
                took = time.monotonic() - sent
                print(f"{name}: {took:.2f} s, peak {self.peak() // _MIB} MiB", flush=True)
                self.assertIn("code: INVALID", answer)
                self.assertLess(self.peak(), _MOST_MEMORY)
        self.assertTrue(self.daemon.status()["in_sync"])
        self.assertEqual(self.daemon.call("list"), {})


if __name__ == "__main__":
    main()
