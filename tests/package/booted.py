# SPDX-License-Identifier: Apache-2.0
"""A script of inside/, run in a Debian that boots for it and is gone behind it."""

import os
import pathlib
import shutil
import sys
import tempfile
import unittest

from container import Container, enter_private_mounts, make_system, may_have_mounts

ROOT = pathlib.Path(__file__).resolve().parents[2]
_PACKAGES = pathlib.Path(os.environ.get("PACKAGES", ROOT / "build/package"))
_SYSTEMS = ROOT / "build/debian"

# ctest's SKIP_RETURN_CODE.
_SKIPPED = 77

# Seconds for the whole script, with boot and shutdown. An idle machine needs a tenth of them.
_PATIENCE = 600

_WANTS = "etc/systemd/system/multi-user.target.d/test.conf"
_UNIT = """\
[Unit]
Description=Test of the package
After=basic.target dbus.service

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 -B /tests/package/inside/{script}
ExecStopPost=/usr/bin/systemctl poweroff --no-block
StandardOutput=append:/results/log
StandardError=append:/results/log
TimeoutStartSec={time}
"""


class BootedTest(unittest.TestCase):
    def run_inside(self, script: str, result: str) -> str:
        """What it has left in /results/RESULT, without which it failed; what it prints, too."""
        files = {
            "etc/systemd/system/package-test.service": _UNIT.format(
                script=script, time=_PATIENCE - 40
            ),
            _WANTS: "[Unit]\nWants=package-test.service\n",
        }
        shown = {f"/{name}": ROOT / name for name in ("tests", "demo", "docs")}
        package = self._package()
        with tempfile.TemporaryDirectory(prefix="nftsvc-test-") as directory:
            results = pathlib.Path(directory)
            system = make_system(_SYSTEMS, package)
            with Container(system, files, {**shown, "/package": _PACKAGES}, results) as container:
                ended = container.wait(_PATIENCE)
                log = results / "log"
                said = log.read_text() if log.exists() else container.journal()
            self.assertTrue(ended, f"no end after {_PATIENCE} seconds:\n{said}")
            self.assertTrue((results / result).exists(), said)
            print(said)
            return (results / result).read_text()

    def _package(self) -> pathlib.Path:
        packages = sorted(_PACKAGES.glob("nftsvc_*.deb"))
        self.assertEqual(len(packages), 1, "one package: ./dev package")
        return packages[0]


def _why_not() -> str:
    if os.geteuid() != 0:
        return "containers need root"
    for program in ("mmdebstrap", "systemd-nspawn"):
        if shutil.which(program) is None:
            return f"there is no {program}"
    if not may_have_mounts():
        return "root may not mount here: this is a container itself"
    if not list(_PACKAGES.glob("nftsvc_*.deb")):
        return "there is no package: ./dev test-package builds it"
    return ""


def main():
    if reason := _why_not():
        print(f"skipped: {reason}", file=sys.stderr)
        sys.exit(_SKIPPED)
    enter_private_mounts()
    unittest.main()
