# SPDX-License-Identifier: Apache-2.0
"""A hundred clients at once, most of them rude, while an administrator uses nft by hand."""

import contextlib
import random
import socket
import threading
import time

from addresses import V4, host_port
from case import PODS_BY_CIDR, KernelTest, config, main
from dial import Connection, dial
from protocol import Ack, Refusal, ask, ask_push, ask_status, fields, textproto
from snapshot import PORT, endpoints, port, service
from waiting import SLOWNESS, wait_until
from wire import encode_request, frame, varint

_TIMEOUT = round(2 * SLOWNESS)  # of clients in the middle of a message
_SECONDS = 8 * SLOWNESS
_PUSHERS = 30
_RUDE = 14  # of each kind

_LARGEST = 1 << 20


def _delta(services: list[dict]) -> bytes:
    return frame(encode_request(textproto({"delta": {"upsert": services}})))


_LIST = frame(encode_request("list {}"))
_GET = frame(encode_request("get {}"))


class ConcurrencyTest(KernelTest):
    CONFIG = config(
        PODS_BY_CIDR,
        f"limits {{ client_timeout_seconds: {_TIMEOUT} max_message_bytes: {_LARGEST} }}",
    )

    def setUp(self):
        super().setUp()
        self.path = self.daemon.socket_path
        self.end = time.monotonic() + _SECONDS
        self.failures: list[str] = []
        self.acknowledged: dict[int, int] = {}  # pusher: number of endpoints of its last push
        self.refusals: list[Refusal] = []

    def running(self) -> bool:
        return time.monotonic() < self.end

    def push(self, number: int):
        """Its own service, with one to three endpoints by turns."""
        requests = [
            _delta([service(f"own-{number}", [port(endpoints(V4.pods[:count]))],
                            cluster_ips=[f"10.105.1.{number}"])])
            for count in (1, 2, 3)
        ]  # fmt: skip
        turn = number
        while self.running():
            turn = (turn + 1) % 3
            answer = ask_push(self.path, requests[turn])
            if isinstance(answer, Ack):
                self.acknowledged[number] = turn + 1
            elif isinstance(answer, Refusal):
                self.refusals.append(answer)
            else:
                self.failures.append(f"push {number}: {answer}")

    def read(self, number: int):
        while self.running():
            answer = fields(ask(self.path, (_LIST, _GET)[number % 2]))
            if 2 in answer:
                self.failures.append(f"read: {answer}")
            time.sleep(0.02)

    def drop_off(self, number: int):
        """In the middle of a message."""
        request = _delta([service("half", [port(endpoints(V4.pods))], cluster_ips=["10.105.9.9"])])
        while self.running():
            with self.connected() as connection:
                connection.sendall(request[: random.Random(number).randrange(1, len(request) - 1)])
            time.sleep(0.01)

    def send_slowly(self, number: int):
        """Byte by byte, slower than allowed: is cut off."""
        while self.running():
            began = time.monotonic()
            with self.connected() as connection, contextlib.suppress(OSError):
                connection.settimeout(0.2)
                while time.monotonic() < began + 10 * _TIMEOUT:
                    connection.sendall(bytes([0xFF if number % 2 else 0x7F]))
                    with contextlib.suppress(TimeoutError):
                        if not connection.recv(100):
                            break
                else:
                    self.failures.append("a client that sends slowly is never cut off")

    def send_garbage(self, number: int):
        bytes_ = random.Random(number)
        while self.running():
            with self.connected() as connection, contextlib.suppress(OSError):
                connection.sendall(bytes_.randbytes(bytes_.randrange(1, 5000)))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass

    def send_too_much(self, _number: int):
        """Or says that it will."""
        while self.running():
            with self.connected() as connection, contextlib.suppress(OSError):
                connection.sendall(varint(_LARGEST + 1))
                connection.sendall(bytes(1000))
                while connection.recv(4096):
                    pass

    @contextlib.contextmanager
    def connected(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            # Waits for its turn. With a timeout it would not: many of these can be faster than a daemon takes them.
            connection.connect(str(self.path))
            connection.settimeout(10 * _TIMEOUT)
            yield connection

    def administer(self):
        """nft by hand: other tables, and now and then ours."""
        for turn in range(10**6):
            if not self.running():
                return
            self.nft("add", "table", "inet", f"others-{turn % 5}")
            self.nft("flush", "table", "inet", f"others-{turn % 5}")
            if turn % 5 == 0:
                self.nft("flush", "chain", "ip6", "nftsvc", "services")
            time.sleep(0.02)

    def test_all_of_them_get_what_they_may_expect(self):
        self.daemon.push(service("web", [port(endpoints(V4.pods[:1]))], cluster_ips=[V4.cluster_ip]))
        rude = (self.drop_off, self.send_slowly, self.send_garbage, self.send_too_much, self.read)
        jobs = [(self.push, i) for i in range(_PUSHERS)]
        jobs += [(job, i) for job in rude for i in range(_RUDE)]
        self.assertEqual(len(jobs), 100)
        threads = [threading.Thread(target=self.run_job, args=job) for job in jobs]
        with Connection(self.lab.client, V4.cluster_ip, PORT) as connection:
            for thread in threads:
                thread.start()
            self.administer()
            refused = self.daemon.fail_to_start()
            for thread in threads:
                thread.join()
            self.assertTrue(connection.is_alive())
        self.assertIn("another nftsvcd has it", refused)
        self.assertEqual(self.failures, [])
        # Only for want of a quiet moment in the kernel.
        self.assertEqual({r.code for r in self.refusals} - {5}, set(), self.refusals[:3])
        self.assertEqual(len(self.acknowledged), _PUSHERS)
        wait_until(lambda: ask_status(self.path).in_sync, "in sync")
        wait_until(lambda: self.daemon.call("verify")["in_sync"], "verified")
        served = {s["name"]: s for s in self.daemon.call("get")["services"]}
        for number, count in self.acknowledged.items():
            self.assertEqual(len(served[f"own-{number}"]["ports"][0]["endpoints"]), count)
        self.assertNotIn("half", served)
        outcome = dial(self.lab.client, V4.cluster_ip, PORT)
        self.assertEqual(outcome.endpoint, host_port(V4.pods[0]))
        self.assertGreater(ask_status(self.path).drift_repairs, 0)

    def run_job(self, job, number: int):
        try:
            job(number)
        except Exception as error:  # noqa: BLE001: told by the test, which waits for this thread
            self.failures.append(f"{job.__name__} {number}: {error!r}")


if __name__ == "__main__":
    main()
