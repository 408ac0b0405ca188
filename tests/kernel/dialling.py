# SPDX-License-Identifier: Apache-2.0
"""Clients that dial all the time, while something is switched that they must not notice."""

import contextlib
import threading
import time

from addresses import FAMILIES
from case import KernelTest
from dial import Connection, Conversation, Dial, Fate, dial_all
from snapshot import NODE, OTHER_NODE, PORT, endpoints, port, service
from waiting import PATIENCE

_NODE_PORT = 30080

# In each turn every client dials every address.
_TURN = 0.02


class Dialling:
    """In a thread of its own, from entering it to leaving it."""

    def __init__(self, dials: list[Dial]):
        self._dials = dials
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clients")
        self.connections = 0
        self.failures: list[str] = []

    def _run(self):
        while not self._stop.is_set():
            begun = time.monotonic()
            for made, outcome in zip(self._dials, dial_all(self._dials)):
                self.connections += 1
                if outcome.fate != Fate.CONNECTED:
                    self.failures.append(f"{made}: {outcome}")
            self._stop.wait(max(0.0, begun + _TURN - time.monotonic()))

    def wait_for_more(self, count: int):
        """Until so many have ended that began after this call, or something has failed."""
        goal = self.connections + count + len(self._dials)
        deadline = time.monotonic() + 3 * PATIENCE
        while self.connections < goal and not self.failures:
            assert time.monotonic() < deadline, f"{self.connections} connections, not {goal}"
            time.sleep(0.01)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


class DiallingTest(KernelTest):
    """With services that clients dial, and connections that must live on."""

    def services(self) -> list[dict]:
        """In both families."""
        made = []
        for plan in FAMILIES:
            everybody = endpoints(plan.pods[:2], node=NODE) + endpoints(
                plan.remotes[:1], node=OTHER_NODE
            )
            made += [
                service(
                    f"web-{plan.nft_family}",
                    [port(everybody, node_port=_NODE_PORT), port(everybody, "udp")],
                    cluster_ips=[plan.cluster_ip],
                ),
                service(
                    f"shop-{plan.nft_family}",
                    [port(everybody)],
                    cluster_ips=[plan.other_cluster_ip],
                    external_ips=[plan.external_ip],
                    external_traffic_policy="LOCAL",
                ),
            ]
        return made

    def dials(self) -> list[Dial]:
        """To a remote endpoint clients get only masqueraded, and so do pods to themselves."""
        return [
            Dial(source, address, number)
            for plan in FAMILIES
            for source in (self.lab.client, self.lab.node, self.lab.pods[0])
            for address, number in (
                (plan.cluster_ip, PORT),
                (plan.node, _NODE_PORT),
                (plan.external_ip, PORT),
            )
        ]

    @contextlib.contextmanager
    def open_connections(self):
        """They must live at the end, and UDP flows reach whom they did."""
        with contextlib.ExitStack() as exits:
            connections = [
                (made, exits.enter_context(Connection(made.source, made.address, made.port)))
                for made in self.dials()
            ]
            conversations = [
                exits.enter_context(Conversation(self.lab.client, plan.cluster_ip, PORT))
                for plan in FAMILIES
            ]
            reached = [conversation.ask() for conversation in conversations]
            yield
            for made, connection in connections:
                self.assertTrue(connection.is_alive(), str(made))
            self.assertEqual([conversation.ask() for conversation in conversations], reached)
