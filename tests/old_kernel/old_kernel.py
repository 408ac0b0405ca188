# SPDX-License-Identifier: Apache-2.0
"""The kernel tests on another kernel than this host's: in an emulated machine, or as processes of this host.

usage: old_kernel.py --build DIRECTORY [--user-mode] [FILTER]

It is slow: NFTSVC_TEST_SLOWNESS tells the tests by how many times they are to be more patient.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from debian_kernel import fetch
from emulated import EmulatedMachine
from kernel_source import build_user_mode
from machine import Machine
from user_mode import UserModeMachine, many_mappings

_HERE = pathlib.Path(__file__).resolve().parent
_BUILT = _HERE.parents[1] / "build/old_kernel"

# Runs in each machine.
_PROGRAM = _HERE / "guest.py"

_SLOWNESS = {EmulatedMachine: 20, UserModeMachine: 8}

# Of tests that print a line for each of their cases, and say why one is skipped.
_CASE_SKIPPED = re.compile(r"^(\S+) .*skipped '(.*)'$", re.MULTILINE)

# What takes too long there to be a test of the kernel: the one would measure the emulator, of which figures.py says
# what can be said, and to the other a connection has failed that is slow.
_ONLY_BY_NAME = {"bench", "chaos"}

# ctest's SKIP_RETURN_CODE.
_SKIPPED = 77

# Seconds that booting may take, and ending.
_BOOT_PATIENCE = 300

# Of what the tests use besides nf_tables, and nothing loads by itself. In user mode all that is needed is built in.
_GUEST_MODULES = ["sctp", "ip_tables", "iptable_nat", "iptable_filter", "ip6table_nat", "ip6table_filter"]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("filter", nargs="?", default="", help="regular expression over names of tests")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--user-mode", action="store_true", help="as processes of this host")
    parser.add_argument("--kernel", metavar="PACKAGE")
    parser.add_argument("--processors", type=int, default=2, metavar="N", help="of this host, to be used")
    parser.add_argument("--parallel", type=int, default=4, metavar="N", help="tests at once; they often wait")
    parser.add_argument("--slowness", type=float, metavar="TIMES")
    parser.add_argument("--minutes", type=float, default=300, help="for all of it")
    parser.add_argument("--case", default="", metavar="CLASS.METHOD", help="of the tests, this one only")
    return parser.parse_args()


def kernel_tests(build: pathlib.Path, pattern: str, slowness: float, case: str) -> list[dict]:
    """As ctest knows them; the tests of netlink's folder, which talk with the kernel too; and figures."""
    listing = subprocess.run(
        ["ctest", "--test-dir", build, "-L", "kernel", "--show-only=json-v1"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    jobs = []
    for test in json.loads(listing)["tests"]:
        if test["name"] in _ONLY_BY_NAME and pattern != test["name"]:
            continue
        properties = {entry["name"]: entry["value"] for entry in test["properties"]}
        environment = dict(entry.split("=", 1) for entry in properties.get("ENVIRONMENT", ()))
        told_by_case = re.search(r"tests/kernel/\w+_test\.py$", test["command"][-1]) is not None
        jobs.append({
            "name": test["name"],
            "command": [*test["command"], *(["-v", *case.split()] if told_by_case else [])],
            "environment": environment,
            "timeout": properties.get("TIMEOUT", 240) * slowness,
        })  # fmt: skip
    programs = {"NFTSVC": str(build / "nftsvc"), "NFTSVCD": str(build / "nftsvcd")}
    for name, command, environment in (
        ("netlink", [str(build / "tests/netlink_test")], {}),
        ("figures", ["/usr/bin/python3", "-B", str(_HERE / "figures.py")], programs),
    ):
        jobs.append({"name": name, "command": command, "environment": environment, "timeout": 240 * slowness})
    for job in jobs:
        job["environment"]["NFTSVC_TEST_SLOWNESS"] = str(slowness)
    return [job for job in jobs if re.search(pattern, job["name"])]


class Report:
    """What became of each job, printed as it comes."""

    def __init__(self, results: pathlib.Path, names: list[str]):
        self._results = results
        self._names = names
        self._verdicts: dict[str, str] = {}

    def follow(self):
        for name in self._names:
            outcome = self._results / name / "outcome"
            if name not in self._verdicts and outcome.exists():
                self._note(name, json.loads(outcome.read_text()))

    def finish(self) -> bool:
        """Whether all is well."""
        self.follow()
        for name in self._names:
            if name not in self._verdicts:
                self._verdicts[name] = "not ended" if (self._results / name).exists() else "not begun"
                print(f"{self._verdicts[name]:10} {name}", flush=True)
        bad = [name for name, verdict in self._verdicts.items() if verdict not in ("passed", "skipped")]
        print(f"{len(self._names) - len(bad)} of {len(self._names)} are well; what they said: {self._results}")
        return not bad

    def _note(self, name: str, outcome: dict):
        words = {0: "passed", _SKIPPED: "skipped", None: "too slow"}
        self._verdicts[name] = words.get(outcome["code"], "failed")
        print(f"{self._verdicts[name]:10} {name} {outcome['seconds']:.0f} s", flush=True)
        log = (self._results / name / "log").read_text(errors="replace")
        for case, reason in _CASE_SKIPPED.findall(log):
            print(f"{'':10}   without {case}: {reason}")
        if name == "figures":
            print(log, end="")
        if self._verdicts[name] == "skipped":
            print(f"{'':10}   {log.strip().splitlines()[-1]}")


def emulated_machine(arguments: argparse.Namespace, results: pathlib.Path) -> Callable[[int], Machine]:
    kernel = fetch(arguments.kernel or "linux-image-amd64", _BUILT)
    return lambda number: EmulatedMachine(
        kernel, _PROGRAM, results, _console(results, number), cpus=arguments.processors, memory_mb=4096
    )


def user_mode_machine(arguments: argparse.Namespace, results: pathlib.Path) -> Callable[[int], Machine]:
    kernel = build_user_mode(arguments.kernel or "linux-source-6.1", _BUILT)
    processors = sorted(os.sched_getaffinity(0))
    return lambda number: UserModeMachine(
        kernel,
        _PROGRAM,
        results,
        _console(results, number),
        memory_mb=4096,
        processor=processors[number % len(processors)],
    )


def _console(results: pathlib.Path, number: int) -> pathlib.Path:
    return results / f"console-{number}"


def run(machines: list[Machine], report: Report, results: pathlib.Path, minutes: float):
    """Until all have ended, or have no time left."""
    began = time.monotonic()
    while not all(machine.has_ended() for machine in machines):
        report.follow()
        passed = time.monotonic() - began
        if passed > 60 * minutes:
            print(f"ended after {minutes:g} minutes")
            break
        if passed > _BOOT_PATIENCE and not (results / "kernel").exists():
            print(f"no system after {_BOOT_PATIENCE} seconds")
            break
        time.sleep(0.5)
    if (results / "kernel").exists():
        print(f"Linux {(results / 'kernel').read_text().strip()}, {time.monotonic() - began:.0f} s")
    else:
        print(machines[0].console.read_text(errors="replace")[-4000:])


def main() -> int:
    # Who is ended takes its machines along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    arguments = parse_arguments()
    if os.geteuid() != 0:
        print("old_kernel.py: to share the whole tree with the machine needs root", file=sys.stderr)
        return 2
    kind, make = (
        (UserModeMachine, user_mode_machine) if arguments.user_mode else (EmulatedMachine, emulated_machine)
    )
    # One of the host's processors for each, which is all that one in user mode can use.
    count = 1 if kind is EmulatedMachine else arguments.processors
    slowness = arguments.slowness or _SLOWNESS[kind]
    jobs = kernel_tests(arguments.build.resolve(), arguments.filter, slowness, arguments.case)
    if not jobs:
        print(f"old_kernel.py: no test is named like {arguments.filter}", file=sys.stderr)
        return 2
    results = _BUILT / "results"
    start = make(arguments, results)
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    # Figures while little else runs; then the longest, so that none of them is left alone at the end.
    jobs.sort(key=lambda job: (job["name"] != "figures", -job["timeout"]))
    plan = {
        "jobs": jobs,
        "modules": _GUEST_MODULES if kind is EmulatedMachine else [],
        "parallel": max(1, arguments.parallel // count),
        "end": kind.END,
    }
    (results / "plan").write_text(json.dumps(plan))
    report = Report(results, [job["name"] for job in jobs])
    with contextlib.ExitStack() as stack:
        if kind is UserModeMachine:
            stack.enter_context(many_mappings())
        machines = [stack.enter_context(start(number)) for number in range(count)]
        run(machines, report, results, arguments.minutes)
    return 0 if report.finish() else 1


if __name__ == "__main__":
    sys.exit(main())
