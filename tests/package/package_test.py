# SPDX-License-Identifier: Apache-2.0
"""The Debian package under a real systemd: inside/story.py, told in a container that boots for it."""

import os
import pathlib
import shutil
import sys
import tempfile
import unittest

from container import Container, enter_private_mounts, make_system, may_have_mounts

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_PACKAGES = pathlib.Path(os.environ.get("PACKAGES", _ROOT / "build/package"))
_SYSTEMS = _ROOT / "build/debian"

# ctest's SKIP_RETURN_CODE.
_SKIPPED = 77

# Seconds for the whole story, with boot and shutdown.
_PATIENCE = 300

_UNIT = f"""\
[Unit]
Description=Test of the package
After=basic.target dbus.service

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 -B /tests/package/inside/story.py
ExecStopPost=/usr/bin/systemctl poweroff --no-block
StandardOutput=append:/results/log
StandardError=append:/results/log
TimeoutStartSec={_PATIENCE - 40}
"""

_FILES = {
    "etc/systemd/system/package-test.service": _UNIT,
    "etc/systemd/system/multi-user.target.d/test.conf": "[Unit]\nWants=package-test.service\n",
}


class PackageTest(unittest.TestCase):
    def test_it_serves_through_all_that_a_package_goes_through(self):
        packages = sorted(_PACKAGES.glob("nftsvc_*.deb"))
        self.assertEqual(len(packages), 1, "one package: ./dev package")
        enter_private_mounts()
        system = make_system(_SYSTEMS, packages[0])
        with tempfile.TemporaryDirectory(prefix="nftsvc-test-") as directory:
            results = pathlib.Path(directory)
            shown = {"/tests": _ROOT / "tests", "/demo": _ROOT / "demo", "/package": _PACKAGES}
            with Container(system, _FILES, shown, results) as container:
                ended = container.wait(_PATIENCE)
                log = results / "log"
                said = log.read_text() if log.exists() else container.journal()
            self.assertTrue(ended, f"no end after {_PATIENCE} seconds:\n{said}")
            self.assertTrue((results / "told").exists(), said)
            print(said)


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


if __name__ == "__main__":
    if reason := _why_not():
        print(f"skipped: {reason}", file=sys.stderr)
        sys.exit(_SKIPPED)
    unittest.main()
