# SPDX-License-Identifier: Apache-2.0
"""Every kind of frontend, policy, place of endpoints and client: packets do what `explain` says."""

import dataclasses
import itertools
from collections.abc import Iterator

from addresses import FAMILIES, AddressPlan, host_port
from case import KernelTest, main
from dial import (
    DROPPED,
    PATIENCE,
    REFUSED,
    UNREACHABLE,
    WHERE_NONE_IS_EXPECTED,
    Dial,
    Fate,
    Outcome,
    dial_all,
)
from netns import Namespace
from servers import PROTOCOLS
from snapshot import NODE, OTHER_NODE, PORT, endpoints, port, service

_POLICIES = ("CLUSTER", "LOCAL")
_FRONTENDS = ("cluster IP", "external IP", "load balancer IP", "node port")

# Where endpoints are: on the node, on other nodes.
_PLACES = {
    "here and elsewhere": (True, True),
    "elsewhere": (False, True),
    "nowhere": (False, False),
}

# Draws for each cell whose endpoints have not all been seen, and how often it is tried again: one of four is missed by
# a hundred draws once in a billion runs.
_DRAWS, _ROUNDS = 10, 10
_DIALS_AT_ONCE = 500

_FATES = {"reject": REFUSED, "drop": DROPPED, "none": UNREACHABLE}


@dataclasses.dataclass(frozen=True)
class Setup:
    """A service, by what distinguishes it. Its number makes its addresses."""

    number: int
    plan: AddressPlan
    internal: str
    external: str
    place: str

    @property
    def name(self) -> str:
        return f"{self.plan.nft_family}-{self.number}"

    @property
    def node_port(self) -> int:
        return 30000 + self.number

    def address(self, frontend: str) -> str:
        """Addresses end in the service's number."""
        start = {
            "cluster IP": "10.104.1." if self.plan.is_v4 else "fd00:104::1:",
            "external IP": "203.0.113." if self.plan.is_v4 else "2001:db8::1:",
            "load balancer IP": "198.51.100." if self.plan.is_v4 else "2001:db8::2:",
        }
        if frontend == "node port":
            return self.plan.node
        return start[frontend] + (f"{self.number}" if self.plan.is_v4 else f"{self.number:x}")

    def service(self) -> dict:
        is_here, is_elsewhere = _PLACES[self.place]
        everybody = [
            *(endpoints(self.plan.pods[:2], node=NODE) if is_here else []),
            *(endpoints(self.plan.remotes, node=OTHER_NODE) if is_elsewhere else []),
        ]
        return service(
            self.name,
            [port(everybody, protocol, node_port=self.node_port) for protocol in PROTOCOLS],
            cluster_ips=[self.address("cluster IP")],
            external_ips=[self.address("external IP")],
            load_balancer_ips=[self.address("load balancer IP")],
            internal_traffic_policy=self.internal,
            external_traffic_policy=self.external,
        )


@dataclasses.dataclass(frozen=True)
class Cell:
    """One client that dials one frontend."""

    setup: Setup
    frontend: str
    client: Namespace
    client_address: str
    interface: str

    @property
    def port(self) -> int:
        return self.setup.node_port if self.frontend == "node port" else PORT

    def dial(self, protocol: str) -> Dial:
        return Dial(self.client, self.setup.address(self.frontend), self.port, protocol)

    def __str__(self):
        setup = self.setup
        return (
            f"{self.client.name} to {self.frontend}, internal policy {setup.internal}, "
            f"external policy {setup.external}, endpoints {setup.place} ({setup.plan})"
        )


@dataclasses.dataclass(frozen=True)
class Expectation:
    verdict: str
    masquerades: dict[str, bool]  # by endpoint

    def contradicts(self, outcome: Outcome, cell: Cell) -> str:
        """What is wrong with the outcome; empty if nothing is."""
        if self.verdict in _FATES:
            expected = _FATES[self.verdict]
            return "" if outcome == expected else f"explain says {self.verdict}"
        if outcome.fate != Fate.CONNECTED:
            return f"explain says {self.verdict}"
        if outcome.endpoint not in self.masquerades:
            return f"explain says one of {sorted(self.masquerades)}"
        plan = cell.setup.plan
        to_pod = outcome.endpoint in map(host_port, plan.pods)
        on_the_way = plan.gateway if to_pod else plan.node_to_far
        source = on_the_way if self.masquerades[outcome.endpoint] else cell.client_address
        return "" if outcome.source == source else f"explain says as {source}"


class PolicyMatrixTest(KernelTest):
    maxDiff = None

    def test_packets_do_what_explain_says(self):
        setups = [
            Setup(number, plan, *rest)
            for plan in FAMILIES
            for number, rest in enumerate(itertools.product(_POLICIES, _POLICIES, _PLACES), start=1)
        ]
        self.daemon.push(*(setup.service() for setup in setups))
        expectations = {
            cell: self.explain(cell)
            for setup in setups
            for frontend in _FRONTENDS
            for cell in self.cells(setup, frontend)
        }
        # Else the matrix would not test what it should.
        verdicts = {expectation.verdict for expectation in expectations.values()}
        self.assertEqual(verdicts, {"forward", "reject", "drop"})

        self.check_fates(expectations)
        self.check_endpoints(expectations)

    def cells(self, setup: Setup, frontend: str) -> Iterator[Cell]:
        plan = setup.plan
        # The kernel chooses the node's own source by the way to the destination.
        own = plan.node if frontend == "node port" else plan.node_to_far
        yield Cell(setup, frontend, self.lab.client, plan.client, interface="uplink")
        yield Cell(setup, frontend, self.lab.node, own, interface="")
        # One that is an endpoint itself, and one that is not.
        yield Cell(setup, frontend, self.lab.pods[0], plan.pods[0], interface="pod0")
        yield Cell(setup, frontend, self.lab.pods[2], plan.pods[2], interface="pod2")

    def explain(self, cell: Cell) -> Expectation:
        result = self.daemon.explain(
            cell.setup.address(cell.frontend),
            cell.port,
            "tcp",
            source=cell.client_address,
            interface=cell.interface,
        )
        masquerades = {
            share["endpoint"]: share.get("masquerade", False) for share in result.get("shares", [])
        }
        return Expectation(result["verdict"], masquerades)

    def check_fates(self, expectations: dict[Cell, Expectation]):
        """Every cell with every protocol."""
        wrong = []
        for is_drop in (False, True):
            cells = [c for c, e in expectations.items() if (e.verdict == "drop") == is_drop]
            attempts = list(itertools.product(cells, PROTOCOLS))
            outcomes = dial_all(
                (cell.dial(protocol) for cell, protocol in attempts),
                WHERE_NONE_IS_EXPECTED if is_drop else PATIENCE,
            )
            for (cell, protocol), outcome in zip(attempts, outcomes):
                if reason := expectations[cell].contradicts(outcome, cell):
                    wrong.append(f"{cell}/{protocol}: {outcome}; {reason}")
        self.assertEqual(wrong, [])

    def check_endpoints(self, expectations: dict[Cell, Expectation]):
        """That each one is drawn. How it is drawn does not depend on the protocol."""
        unseen = {
            cell: set(expectation.masquerades)
            for cell, expectation in expectations.items()
            if expectation.verdict == "forward"
        }
        for _ in range(_ROUNDS):
            attempts = [cell for cell, endpoints in unseen.items() if endpoints for _ in range(_DRAWS)]
            for start in range(0, len(attempts), _DIALS_AT_ONCE):
                some = attempts[start : start + _DIALS_AT_ONCE]
                for cell, outcome in zip(some, dial_all(cell.dial("udp") for cell in some)):
                    self.assertEqual(expectations[cell].contradicts(outcome, cell), "", str(cell))
                    unseen[cell].discard(outcome.endpoint)
        self.assertEqual({str(cell): endpoints for cell, endpoints in unseen.items() if endpoints}, {})


if __name__ == "__main__":
    main()
