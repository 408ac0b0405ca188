# SPDX-License-Identifier: Apache-2.0
"""The kernel tests on another kernel than this host's, in an emulated machine.

usage: old_kernel.py --build DIRECTORY [FILTER]

It is slow: about as many times as NFTSVC_TEST_SLOWNESS tells the tests to be more patient.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from debian_kernel import fetch
from machine import Machine

_HERE = pathlib.Path(__file__).resolve().parent
_ROOT = _HERE.parents[1]

# Of tests that print a line for each of their cases, and say why one is skipped.
_CASE_SKIPPED = re.compile(r"^(\S+) .*skipped '(.*)'$", re.MULTILINE)

# What takes too long there to be a test of the kernel: the one would measure the emulator, of which figures.py says
# what can be said, and to the other a connection has failed that is slow.
_ONLY_BY_NAME = {"bench", "chaos"}

# ctest's SKIP_RETURN_CODE.
_SKIPPED = 77

# Seconds that booting may take, and ending.
_BOOT_PATIENCE = 300

# Of what the tests use besides nf_tables, and nothing loads by itself.
_GUEST_MODULES = ["sctp", "ip_tables", "iptable_nat", "iptable_filter", "ip6table_nat", "ip6table_filter"]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("filter", nargs="?", default="", help="regular expression over names of tests")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--kernel", default="linux-image-amd64", metavar="PACKAGE")
    parser.add_argument("--processors", type=int, default=2, metavar="N", help="of the machine")
    parser.add_argument("--parallel", type=int, default=4, metavar="N", help="tests at once; they often wait")
    parser.add_argument("--slowness", type=float, default=20, metavar="TIMES")
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
        self._read = 0
        self._begun: set[str] = set()
        self._verdicts: dict[str, str] = {}

    def follow(self):
        path = self._results / "outcomes"
        text = path.read_text()[self._read :] if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            self._note(json.loads(line))

    def finish(self) -> bool:
        """Whether all is well."""
        self.follow()
        for name in self._names:
            if name not in self._verdicts:
                self._verdicts[name] = "not ended" if name in self._begun else "not begun"
                print(f"{self._verdicts[name]:10} {name}", flush=True)
        bad = [name for name, verdict in self._verdicts.items() if verdict not in ("passed", "skipped")]
        print(f"{len(self._names) - len(bad)} of {len(self._names)} are well; what they said: {self._results}")
        return not bad

    def _note(self, outcome: dict):
        name = outcome["name"]
        if outcome["what"] == "begun":
            self._begun.add(name)
            return
        words = {0: "passed", _SKIPPED: "skipped", None: "too slow"}
        self._verdicts[name] = words.get(outcome["code"], "failed")
        print(f"{self._verdicts[name]:10} {name} {outcome['seconds']:.0f} s", flush=True)
        log = (self._results / f"{name}.log").read_text(errors="replace")
        for case, reason in _CASE_SKIPPED.findall(log):
            print(f"{'':10}   without {case}: {reason}")
        if name == "figures":
            print(log, end="")
        if self._verdicts[name] == "skipped":
            print(f"{'':10}   {log.strip().splitlines()[-1]}")


def main() -> int:
    # Who is ended takes its machine along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    arguments = parse_arguments()
    if os.geteuid() != 0:
        print("old_kernel.py: to share the whole tree with the machine needs root", file=sys.stderr)
        return 2
    build = arguments.build.resolve()
    jobs = kernel_tests(build, arguments.filter, arguments.slowness, arguments.case)
    if not jobs:
        print(f"old_kernel.py: no test is named like {arguments.filter}", file=sys.stderr)
        return 2
    kernel = fetch(arguments.kernel, _ROOT / "build/old_kernel")
    results = _ROOT / "build/old_kernel/results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    # Figures while little else runs; then the longest, so that none of them is left alone at the end.
    jobs.sort(key=lambda job: (job["name"] != "figures", -job["timeout"]))
    plan = {"jobs": jobs, "modules": _GUEST_MODULES, "parallel": arguments.parallel}
    (results / "plan").write_text(json.dumps(plan))
    report = Report(results, [job["name"] for job in jobs])
    began = time.monotonic()
    with Machine(
        kernel, _HERE / "guest.py", results, cpus=arguments.processors, memory_mb=4096
    ) as machine:
        while not machine.has_ended():
            report.follow()
            passed = time.monotonic() - began
            if passed > 60 * arguments.minutes:
                print(f"the machine is ended after {arguments.minutes:g} minutes")
                break
            if passed > _BOOT_PATIENCE and not (results / "kernel").exists():
                print(f"no system after {_BOOT_PATIENCE} seconds:\n{machine.console.read_text()[-4000:]}")
                break
            time.sleep(0.5)
    if (results / "kernel").exists():
        print(f"Linux {(results / 'kernel').read_text().strip()}, {time.monotonic() - began:.0f} s")
    else:
        print(machine.console.read_text(errors="replace")[-4000:])
    return 0 if report.finish() else 1


if __name__ == "__main__":
    sys.exit(main())
