# SPDX-License-Identifier: Apache-2.0
"""What nftsvcd is to achieve, each a figure of one run and a bound."""

import dataclasses
from collections.abc import Callable, Iterator

from peers import ADD, KUBE_PROXY, LOAD, NFT, REMOVE
from results import Results

NFTSVCD = "nftsvcd"
PUSH, REPLACE = "push of everything", "replace one endpoint"
REPEATED = "pushed again with one change"


@dataclasses.dataclass(frozen=True)
class Outcome:
    what: str
    target: str
    measured: str
    met: bool | None  # None: not measured


class _Missing(Exception):
    pass


def _at_most(value: float, bound: float) -> bool:
    return value <= bound


def _at_least(value: float, bound: float) -> bool:
    return value >= bound


def outcomes(results: Results) -> list[Outcome]:
    """Every target, in order."""
    return list(_Targets(results).all())


class _Targets:
    def __init__(self, results: Results):
        self._results = results

    def all(self) -> Iterator[Outcome]:
        for size in ("10000x5", "100000x5"):
            yield self._most(f"load of {size} / the limit", 1.7, "",
                             lambda: self._median(size, "push / the limit"))
        for size in ("10000x5", "100000x5"):
            yield self._least(f"`nft -f` / load of {size}", 6, "×",
                              lambda: self._peer(NFT, size, LOAD, PUSH))
        yield self._least(f"{KUBE_PROXY} / load of 4000x5", 250, "×",
                          lambda: self._peer(KUBE_PROXY, "4000x5", LOAD, PUSH))
        yield self._least("iptables-legacy-restore / load of 10000x5", 8, "×",
                          lambda: self._peer("iptables-legacy", "10000x5", LOAD, PUSH))
        yield from self._changes()
        yield from self._upkeep()
        yield from self._connections()

    def _changes(self) -> Iterator[Outcome]:
        for size in ("1000x5", "100000x5"):
            yield self._most(f"{REPLACE} of {size}, p50", 0.3, " ms",
                             lambda: self._median(size, REPLACE))
            yield self._most(f"{REPLACE} of {size}, p99", 1, " ms",
                             lambda: self._quantile(size, REPLACE, 0.99))
        yield self._most(f"{REPLACE} of 100000x5 / of 1000x5, p50", 1.3, "",
                         lambda: self._median("100000x5", REPLACE)
                         / self._median("1000x5", REPLACE))
        for change in (ADD, REMOVE):
            yield self._least(f"{KUBE_PROXY} / {change}, of 10000x5", 200, "×",
                              lambda: self._peer(KUBE_PROXY, "10000x5", change, change))
        for change in (ADD, REMOVE):
            yield self._most(f"{change} of 100000x5, p50", 13, " ms",
                             lambda: self._median("100000x5", change))
        yield self._most(f"100000x5 {REPEATED}, CPU", 600, " ms",
                         lambda: self._median("100000x5", "… nftsvcd's CPU"))
        yield self._most(f"100000x5 {REPEATED}, commit", 1, " ms",
                         lambda: self._median("100000x5", "… commit"))
        yield self._most("1,000 deltas a second at 10000x5, p99", 20, " ms",
                         lambda: self._median("10000x5", "p99"))
        yield self._most("… the longest queue", 1000, " deltas",
                         lambda: self._median("10000x5", "longest queue"))

    def _upkeep(self) -> Iterator[Outcome]:
        yield self._most("resident with 10000x5", 40, " MB",
                         lambda: self._median("10000x5", "resident"))
        yield self._most("resident with 100000x5", 250, " MB",
                         lambda: self._median("100000x5", "resident"))
        yield self._most("resident after 100000x5 shrank to 1000x5", 40, " MB",
                         lambda: self._median("100000x5", "resident after a shrink to a hundredth"))
        yield self._most("idle wake-ups, polls for drift", 1.1, " a second",
                         lambda: self._median("10000x5", "idle: wake-ups"))
        yield self._most("idle CPU", 0.1, " %", lambda: self._median("10000x5", "idle: CPU"))
        yield self._most("start over 100000x5", 3000, " ms",
                         lambda: self._median("100000x5", "start over it"))
        yield self._least("… that wrote nothing", 1, "",
                          lambda: self._quantile("100000x5", "a start writes nothing", 0))

    def _connections(self) -> Iterator[Outcome]:
        yield self._most("new connection at 10 services / bare rule", 1.1, "",
                         lambda: self._median("10 services", "to bare rule"))
        many = "100000 services"
        yield self._most(f"… at {many}, the same 10 dialled / at 10", 1.05, "",
                         lambda: self._median(f"{many}, 10 of them dialled", "to 10 services"))
        yield self._most(f"… at {many}, all dialled / at 10", 1.25, "",
                         lambda: self._median(f"{many}, all dialled", "to 10 services"))

    def _quantile(self, subject: str, what: str, share: float, way: str = NFTSVCD) -> float:
        figure = self._results.find(way, subject, what)
        if figure is None:
            raise _Missing
        return figure.quantile(share)

    def _median(self, subject: str, what: str, way: str = NFTSVCD) -> float:
        return self._quantile(subject, what, 0.5, way)

    def _peer(self, way: str, subject: str, theirs: str, ours: str) -> float:
        return self._median(subject, theirs, way) / self._median(subject, ours)

    def _most(self, what: str, bound: float, unit: str, measure: Callable[[], float]) -> Outcome:
        return self._outcome(what, "≤", bound, unit, measure, _at_most)

    def _least(self, what: str, bound: float, unit: str, measure: Callable[[], float]) -> Outcome:
        return self._outcome(what, "≥", bound, unit, measure, _at_least)

    @staticmethod
    def _outcome(
        what: str,
        sign: str,
        bound: float,
        unit: str,
        measure: Callable[[], float],
        holds: Callable[[float, float], bool],
    ) -> Outcome:
        target = f"{sign} {bound:g}{unit}"
        try:
            value = measure()
        except _Missing:
            return Outcome(what, target, "–", None)
        return Outcome(what, target, f"{value:.3g}{unit}", holds(value, bound))
