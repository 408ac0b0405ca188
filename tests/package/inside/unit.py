# SPDX-License-Identifier: Apache-2.0
"""nftsvcd as systemd, dpkg and nftsvc know it."""

import json
import pathlib
import re
import subprocess
import sys

sys.path.append("/tests/kernel")

from waiting import wait_until  # noqa: E402

CONFIG = pathlib.Path("/etc/nftsvc/nftsvcd.textproto")
STATE = pathlib.Path("/var/lib/nftsvc")
RUNTIME = pathlib.Path("/run/nftsvc")


def attempt(*command: str, stdin: str = "") -> subprocess.CompletedProcess:
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)


def run(*command: str, stdin: str = "") -> str:
    result = attempt(*command, stdin=stdin)
    if result.returncode != 0:
        raise AssertionError(
            f"{' '.join(command)}: exit {result.returncode}: {result.stdout}{result.stderr}"
        )
    return result.stdout


def begin(*command: str) -> subprocess.Popen:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def properties(unit: str = "nftsvcd.service") -> dict[str, str]:
    lines = run("systemctl", "show", unit).splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def process_status() -> dict[str, str]:
    """Of /proc/PID/status."""
    text = pathlib.Path("/proc", properties()["MainPID"], "status").read_text()
    return dict(re.findall(r"^(\w+):\s*(.*)$", text, re.MULTILINE))


def wait_until_active():
    wait_until(lambda: properties()["ActiveState"] == "active", "nftsvcd.service is active")


def nftsvc(*arguments: str, stdin: str = "") -> dict:
    """Results are those of control.proto, where zeros are left out."""
    return json.loads(run("nftsvc", "--output", "json", *arguments, stdin=stdin) or "{}")


def tables() -> set[str]:
    return set(run("nft", "list", "tables").splitlines())


def table_handles() -> list[str]:
    """The kernel's numbers of our tables: a table that was made anew has another."""
    listing = json.loads(run("nft", "--json", "list", "tables"))
    return sorted(
        f"{entry['table']['family']} {entry['table']['handle']}"
        for entry in listing["nftables"]
        if entry.get("table", {}).get("name") == "nftsvc"
    )


def newer_package(package: pathlib.Path) -> pathlib.Path:
    """The same with a higher version."""
    directory = pathlib.Path("/tmp/newer")
    run("dpkg-deb", "--raw-extract", str(package), str(directory))
    control = directory / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+newer", control.read_text()))
    newer = pathlib.Path("/tmp/nftsvc-newer.deb")
    run("dpkg-deb", "--build", "-Znone", str(directory), str(newer))
    return newer
