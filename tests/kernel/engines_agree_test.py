# SPDX-License-Identifier: Apache-2.0
"""A generated sample of services, enforced in turn by both layouts of nft's tables and by the
iptables chains of both kinds: the same packets meet the same fates, reach the same endpoints and
are masqueraded alike, which is what `explain` says.
"""

import dataclasses
import random
import re
import tempfile

from addresses import FAMILIES, AddressPlan, host_port
from case import PODS_BY_CIDR, KernelTest, config, main
from daemon import Daemon, programs_of
from dial import DROPPED, PATIENCE, WHERE_NONE_IS_EXPECTED, Dial, Fate, dial_all
from lab import IptablesLab
from netns import Namespace
from snapshot import NODE, OTHER_NODE, PORT, endpoint, port, service

_SEEDS = (1, 2)
_SERVICES = 7  # of each family

# Of three endpoints one is missed once in 10 billion cells.
_DRAWS = 60
_MOST_ENDPOINTS = 3
_DIALS_AT_ONCE = 500

_FATES = {
    "reject": Fate.REFUSED,
    "drop": Fate.DROPPED,
    "none": Fate.UNREACHABLE,
    "forward": Fate.CONNECTED,
}


@dataclasses.dataclass(frozen=True)
class Engine:
    name: str
    config: str
    backend: str = "legacy"


def _config(first: str) -> str:
    return re.sub(r"^layout: .*$", first, config(PODS_BY_CIDR), flags=re.M)


_ENGINES = (
    Engine("FLAT", _config("layout: FLAT")),
    Engine("VERDICT_MAPS", _config("layout: VERDICT_MAPS")),
    Engine("iptables-legacy", _config("mode: IPTABLES"), "legacy"),
    Engine("iptables-nft", _config("mode: IPTABLES"), "nft"),
)


@dataclasses.dataclass(frozen=True)
class Probe:
    plan: AddressPlan
    source: Namespace
    source_address: str
    interface: str
    address: str
    port: int
    protocol: str

    def dial(self) -> Dial:
        return Dial(self.source, self.address, self.port, self.protocol)

    def __str__(self):
        return str(self.dial())


@dataclasses.dataclass(frozen=True)
class Seen:
    """What all dials of a probe met: each endpoint, and the client's address as it saw it."""

    fate: Fate
    endpoints: frozenset[tuple[str, str]] = frozenset()


class Sample:
    """Services drawn at random, and who dials what of them."""

    def __init__(self, seed: int, lab: IptablesLab):
        self._random = random.Random(seed)
        self._lab = lab
        self.services: list[dict] = []
        self.probes: list[Probe] = []
        for plan in FAMILIES:
            for number in range(1, _SERVICES + 1):
                self._add(plan, number)

    def _maybe(self, share: float = 0.5) -> bool:
        return self._random.random() < share

    def _add(self, plan: AddressPlan, number: int):
        suffix = f"{number}" if plan.is_v4 else f"{number:x}"
        cluster_ip = ("10.104.1." if plan.is_v4 else "fd00:104::1:") + suffix
        external_ip = ("203.0.113." if plan.is_v4 else "2001:db8::1:") + suffix
        load_balancer_ip = ("198.51.100." if plan.is_v4 else "2001:db8::2:") + suffix
        node_port = 30000 + number
        protocol = self._random.choice(("tcp", "udp"))
        fields = {
            "cluster_ips": [cluster_ip],
            "internal_traffic_policy": self._random.choice(("CLUSTER", "LOCAL")),
            "external_traffic_policy": self._random.choice(("CLUSTER", "LOCAL")),
        }
        dialled = [(cluster_ip, PORT), (cluster_ip, PORT + 1)]
        if self._maybe():
            fields["external_ips"] = [external_ip]
            dialled.append((external_ip, PORT))
        if self._maybe():
            fields["load_balancer_ips"] = [load_balancer_ip]
            dialled.append((load_balancer_ip, PORT))
            if self._maybe():
                ranges = (f"{plan.client}/{plan.host_length}", plan.pod_cidr)
                fields["load_balancer_source_ranges"] = [self._random.choice(ranges)]
        if has_node_port := self._maybe():
            dialled.append((plan.node, node_port))
        ports = [
            port(
                self._endpoints(plan),
                protocol,
                **({"node_port": node_port} if has_node_port else {}),
            )
        ]
        self.services.append(service(f"{plan.nft_family}-{number}", ports, **fields))
        for address, to in dialled:
            own = plan.node if address == plan.node else plan.node_to_far
            for source, source_address, interface in (
                (self._lab.client, plan.client, "uplink"),
                (self._lab.node, own, ""),
                (self._lab.pods[0], plan.pods[0], "pod0"),
                (self._lab.pods[2], plan.pods[2], "pod2"),
            ):
                self.probes.append(
                    Probe(plan, source, source_address, interface, address, to, protocol)
                )

    def _endpoints(self, plan: AddressPlan) -> list[dict]:
        """Some here, some elsewhere, in every condition."""
        everybody = [(address, NODE) for address in plan.pods[:2]]
        everybody += [(address, OTHER_NODE) for address in plan.remotes]
        drawn = self._random.sample(everybody, self._random.randint(0, _MOST_ENDPOINTS))
        conditions = ({}, {}, {}, {"ready": False}, {"ready": False, "serving": True, "terminating": True})
        return [
            endpoint(address, node=node, **self._random.choice(conditions))
            for address, node in drawn
        ]


class EnginesAgreeTest(KernelTest):
    maxDiff = None

    def setUp(self):
        self.lab = self.enterContext(IptablesLab())

    def test_packets_meet_the_same_everywhere(self):
        for seed in _SEEDS:
            sample = Sample(seed, self.lab)
            said: dict[Probe, Seen] = {}
            for engine in _ENGINES:
                with tempfile.TemporaryDirectory(prefix="nftsvc-test-") as directory:
                    path = programs_of(engine.backend, directory)
                    with Daemon(self.lab.node, engine.config, path) as daemon:
                        daemon.push(*sample.services)
                        if not said:
                            said = {probe: self.explain(daemon, probe) for probe in sample.probes}
                            # Else the sample would not test what it should.
                            fates = {seen.fate for seen in said.values()}
                            self.assertLessEqual({Fate.CONNECTED, Fate.REFUSED, Fate.DROPPED}, fates)
                        seen = self.look(said)
                        daemon.stop()
                        daemon.remove()
                wrong = [
                    f"{probe}: {seen[probe]}, not {expected}"
                    for probe, expected in said.items()
                    if seen[probe] != expected
                ]
                self.assertEqual(wrong, [], f"seed {seed}, {engine.name}")
                self.lab.node.run("nft", "flush", "ruleset")
            # A client may come by a source port again, and a UDP flow goes on where it went.
            self.lab.node.run("conntrack", "-F")

    def explain(self, daemon: Daemon, probe: Probe) -> Seen:
        result = daemon.explain(
            probe.address,
            probe.port,
            probe.protocol,
            source=probe.source_address,
            interface=probe.interface,
        )
        plan = probe.plan
        endpoints = set()
        for share in result.get("shares", []):
            to_pod = share["endpoint"] in map(host_port, plan.pods)
            masqueraded = plan.gateway if to_pod else plan.node_to_far
            source = masqueraded if share.get("masquerade", False) else probe.source_address
            endpoints.add((share["endpoint"], source))
        return Seen(_FATES[result["verdict"]], frozenset(endpoints))

    def look(self, said: dict[Probe, Seen]) -> dict[Probe, Seen]:
        """What the probes meet. Those that should end nowhere are not waited for."""
        seen = {}
        dropped = [probe for probe, expected in said.items() if expected.fate == Fate.DROPPED]
        for probe, outcome in zip(
            dropped, dial_all((probe.dial() for probe in dropped), WHERE_NONE_IS_EXPECTED)
        ):
            seen[probe] = Seen(outcome.fate) if outcome == DROPPED else Seen(Fate.CONNECTED)
        attempts = [
            probe
            for probe, expected in said.items()
            for _ in range(_DRAWS if len(expected.endpoints) > 1 else 1)
            if expected.fate != Fate.DROPPED
        ]
        met: dict[Probe, set] = {probe: set() for probe in attempts}
        for start in range(0, len(attempts), _DIALS_AT_ONCE):
            some = attempts[start : start + _DIALS_AT_ONCE]
            for probe, outcome in zip(some, dial_all((p.dial() for p in some), PATIENCE)):
                met[probe].add(outcome)
        for probe, outcomes in met.items():
            fates = {outcome.fate for outcome in outcomes}
            self.assertEqual(len(fates), 1, f"{probe}: {outcomes}")
            seen[probe] = Seen(
                fates.pop(), frozenset((o.endpoint, o.source) for o in outcomes if o.endpoint)
            )
        return seen


if __name__ == "__main__":
    main()
