#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What nftsvcd costs, side by side with other ways to the same services, in one run.

Finds the built programs by the environment: NFTSVC, NFTSVCD, NFTSVC_BENCH. Everything happens in
network namespaces of its own. Results are written after every step, so that a run that is stopped
leaves what it has. Exit code 1: something that must be so was not, or nftsvcd could not be measured.
"""

import argparse
import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from peers import EMIT, IPTABLES, KUBE_PROXY, NFT, NFTLB, VERDICT_MAPS, Missing, Peers
from plots import write_plots
from report import report
from results import Results, machine
from targets import NFTSVCD

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is measured. Profiles are those of MakeProfile."""

    minutes: float  # when they are over, what is left is skipped
    passes: int  # of everything that is set side by side
    rounds: int  # of nftsvcd's loads in a pass
    deltas: int  # in a pass
    sizes: tuple[int, ...]  # services, with 5 endpoints each
    other_profiles: tuple[str, ...]
    kube_proxy: tuple[int, ...]
    kube_proxy_changes: tuple[int, ...]
    iptables: tuple[int, ...]
    nftlb: tuple[int, ...]
    peer_changes: int
    sustained: int
    sustained_seconds: int
    upkeep: tuple[int, ...]
    upkeep_rounds: int
    idle_seconds: int
    connections: tuple[int, ...]
    connection_rounds: int
    memory: bool


FULL = Plan(
    minutes=27,
    passes=3,
    rounds=3,
    deltas=100,
    sizes=(1_000, 10_000, 100_000),
    other_profiles=("44125x1", "5006x50", "1x10000", "mix-10000"),
    kube_proxy=(1_000, 2_000, 4_000),
    kube_proxy_changes=(1_000, 10_000),
    iptables=(1_000, 10_000),
    nftlb=(100, 500),
    peer_changes=5,
    sustained=10_000,
    sustained_seconds=60,
    upkeep=(10_000, 100_000),
    upkeep_rounds=5,
    idle_seconds=30,
    connections=(10_000, 100_000),
    connection_rounds=15,
    memory=True,
)

QUICK = Plan(
    minutes=2.7,
    passes=1,
    rounds=1,
    deltas=20,
    sizes=(100, 1_000),
    other_profiles=("500x1", "50x50", "1x1000", "mix-200"),
    kube_proxy=(100, 500),
    kube_proxy_changes=(500,),
    iptables=(100, 1_000),
    nftlb=(10,),
    peer_changes=2,
    sustained=1_000,
    sustained_seconds=3,
    upkeep=(1_000,),
    upkeep_rounds=2,
    idle_seconds=3,
    connections=(1_000,),
    connection_rounds=2,
    memory=False,
)


class Run:
    def __init__(self, plan: Plan, directory: pathlib.Path):
        self._plan = plan
        self._directory = directory
        self._start = time.monotonic()
        self._machine = machine()
        self.results = Results()
        self.failures: list[str] = []  # of nftsvcd
        self.spoiled: list[str] = []  # of others that are there
        self._peers = Peers(self.results, self._snapshot, self._compile)
        self._compiled: dict[tuple[str, str], str] = {}

    def everything(self):
        plan = self._plan
        for number in range(plan.passes):
            for services in plan.sizes:
                self._compare(services, number)
            for services in plan.kube_proxy:
                if services not in plan.sizes:
                    self._load(f"{services}x5")
                self._peer(f"{KUBE_PROXY}, {services} services", 150,
                           lambda limit: self._peers.kube_proxy(services, 5, limit))
            self._compiled.clear()
        for services in plan.kube_proxy_changes:
            self._peer(f"{KUBE_PROXY}, one endpoint at {services} services", 200,
                       lambda limit: self._peers.kube_proxy_changes(services, 5, limit,
                                                                    plan.peer_changes))
        for services in plan.upkeep:
            self._own(300, f"--rounds={plan.upkeep_rounds}", f"--seconds={plan.idle_seconds}",
                      task="upkeep", names=[f"{services}x5"])
        self._own(4 * plan.sustained_seconds + 60, f"--seconds={plan.sustained_seconds}",
                  task="sustain", names=[f"{plan.sustained}x5"])
        self._own(400, f"--rounds={plan.connection_rounds}", task="connections",
                  names=map(str, plan.connections))
        for profile in plan.other_profiles:
            self._load(profile)
            self._peer(f"{NFT}, {profile}", 150,
                       lambda limit: self._peers.nft(profile, limit, None))
            self._compiled.clear()
        for services in plan.nftlb:
            self._peer(f"{NFTLB}, {services} services", 90,
                       lambda limit: self._peers.nftlb(services, 5, limit, plan.peer_changes))
        if plan.memory:
            self._own(200, task="memory")

    def compare(self, sizes: list[int]):
        """Nothing but loads, and changes of one endpoint."""
        for number in range(self._plan.passes):
            for services in sizes:
                self._compare(services, number)
            self._compiled.clear()

    def _compare(self, services: int, number: int):
        """The same services by each way, one after another."""
        profile = f"{services}x5"
        self._load(profile)
        self._peer(f"{NFT}, {services} services", 150,
                   lambda limit: self._peers.nft(profile, limit, 5 * services))
        if services not in self._plan.iptables:
            return
        nftsvc, nftsvcd = _program("NFTSVC"), _program("NFTSVCD")
        self._peer(f"{VERDICT_MAPS}, {services} services", 90,
                   lambda limit: self._peers.verdict_maps(profile, nftsvc, nftsvcd, 5 * services,
                                                          limit))
        self._peer(f"{EMIT}, {services} services", 90,
                   lambda limit: self._peers.emit(profile, nftsvc, 5 * services, limit))
        for way in IPTABLES:
            changes = self._plan.peer_changes if number == 0 else 1
            self._peer(f"{way}, {services} services", 90,
                       lambda limit: self._peers.iptables(way, profile, 5 * services, limit,
                                                          changes))

    def _load(self, profile: str):
        self._own(200, f"--rounds={self._plan.rounds}", f"--deltas={self._plan.deltas}",
                  task="load", names=[profile])

    def _own(self, seconds: float, *options: str, task: str, names=()):
        """A step of nftsvc_bench. That it cannot be done is a failure, that time is up is not."""
        names = list(names)
        title = " ".join([task, *names])
        limit = self._begin(f"{NFTSVCD}, {title}", seconds)
        if limit is None:
            return
        command = [_program("NFTSVC_BENCH"), "--csv", *options, _program("NFTSVCD"), task, *names]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
            self.results.add_csv(NFTSVCD, done.stdout)
            if done.returncode != 0:
                self.failures.append(f"{title}: {done.stderr.strip()[:500]}")
        except subprocess.TimeoutExpired as expired:
            self.results.add_csv(NFTSVCD, (expired.stdout or b"").decode())
            self.results.skip(f"{NFTSVCD}, {title}", f"more than {limit:.0f} s")
            self.spoiled.append(f"{title}: more than {limit:.0f} s")
        self.write()

    def _peer(self, title: str, seconds: float, measure: Callable[[float], None]):
        limit = self._begin(title, seconds)
        if limit is None:
            return
        try:
            measure(limit)
        except Missing as reason:
            self.results.skip(title, str(reason))
        # Whatever is wrong with one of the others, the rest is to be measured.
        except Exception as reason:  # pylint: disable=broad-except
            self.results.skip(title, str(reason) or repr(reason))
            self.spoiled.append(f"{title}: {reason!r}")
        self.write()

    def _begin(self, title: str, seconds: float) -> float | None:
        """How many seconds a step may take; None: there are none left."""
        gone = time.monotonic() - self._start
        left = self._plan.minutes * 60 - gone
        if left < 5:
            self.results.skip(title, "the run's time was over")
            self.spoiled.append(f"{title}: no time left")
            return None
        print(f"bench: {gone:6.1f} s  {title}", file=sys.stderr, flush=True)
        return min(seconds, left)

    @staticmethod
    def _snapshot(profile: str) -> bytes:
        return subprocess.run(
            [_program("NFTSVC_BENCH"), "-", "snapshot", profile],
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout

    def _compile(self, profile: str, target: str) -> str:
        """What nftsvc makes of a profile for others."""
        key = profile, target
        if key not in self._compiled:
            snapshot = self._snapshot(profile)
            self._compiled[key] = subprocess.run(
                [_program("NFTSVC"), "compile", "--target", target, "--format", "binary", "-"],
                input=snapshot,
                capture_output=True,
                check=True,
                timeout=120,
            ).stdout.decode()
        return self._compiled[key]

    def write(self):
        self._directory.mkdir(parents=True, exist_ok=True)
        self.results.write_csv(self._directory / "figures.csv")
        day = time.strftime("%Y-%m-%d", time.gmtime())
        text = report(self.results, f"{self._machine}; {day}", self._plan is not FULL)
        (self._directory / "tables.md").write_text(text)
        write_plots(self.results, self._directory)


def _program(variable: str) -> str:
    if variable not in os.environ:
        sys.exit(f"bench.py: {variable} is not set; run it by ./dev bench")
    return os.environ[variable]


def main() -> int:
    # Who is ended takes along whatever runs then.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true",
                        help="in 3 minutes, to see that it runs; its figures say little")
    parser.add_argument("--strict", action="store_true",
                        help="fail when anything is skipped that is installed, take any time")
    parser.add_argument("--services", type=int, nargs="+", metavar="N",
                        help="nothing but loads and changes of so many services with 5 endpoints")
    parser.add_argument("--save", action="store_true", help="write to tests/bench/results")
    parser.add_argument("--results", type=pathlib.Path, default=pathlib.Path("build/bench"),
                        help="where to write instead (default: %(default)s)")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("bench.py: network namespaces need root")
    directory = HERE / "results" if arguments.save else arguments.results
    if directory.exists():
        shutil.rmtree(directory)
    plan = QUICK if arguments.quick else FULL
    if arguments.strict:
        plan = dataclasses.replace(plan, minutes=60)
    if arguments.services:
        plan = dataclasses.replace(plan, iptables=tuple(arguments.services))
    run = Run(plan, directory)
    if arguments.services:
        run.compare(arguments.services)
    else:
        run.everything()
    run.write()
    print((directory / "tables.md").read_text())
    print(f"bench: written to {directory}", file=sys.stderr)
    failures = run.failures + [
        f"{check.way}, {check.subject}: not so: {check.what}"
        for check in run.results.failed_checks()
    ]
    if arguments.strict:
        failures += run.spoiled
    for failure in failures:
        print(f"bench: failed: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
