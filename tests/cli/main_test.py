# SPDX-License-Identifier: Apache-2.0
"""The built program itself: what tests within one process cannot see."""

import os
import pty
import subprocess
import unittest

NFTSVC = os.environ["NFTSVC"]


def run(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [NFTSVC, *arguments], capture_output=True, text=True, timeout=60, **options
    )


def run_on_terminal(*arguments: str, environment: dict[str, str]) -> str:
    """What it writes to standard error when that is a terminal."""
    ours, theirs = pty.openpty()
    try:
        subprocess.run([NFTSVC, *arguments], stderr=theirs, env=environment, timeout=60)
        return os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)


class MainTest(unittest.TestCase):
    def test_exit_codes_tell_usage_from_failure(self):
        self.assertEqual(run("--version").returncode, 0)
        self.assertEqual(run("--socket", "/no/such", "status").returncode, 1)
        self.assertEqual(run("status", "--frobnicate").returncode, 2)

    def test_a_daemon_that_is_not_there_is_named_with_its_socket(self):
        result = run("--socket", "/no/such", "status")
        self.assertEqual(result.stdout, "")
        self.assertIn("/no/such", result.stderr)
        self.assertIn("nftsvcd", result.stderr)

    def test_a_full_disk_is_a_failure(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([NFTSVC, "--help"], stdout=full)
        self.assertEqual(result.returncode, 1)

    def test_a_terminal_gets_colours_unless_they_are_refused(self):
        coloured = {"TERM": "xterm"}
        refused = coloured | {"NO_COLOR": "1"}
        failing = ("--socket", "/no/such", "status")
        self.assertIn("\x1b[31m", run_on_terminal(*failing, environment=coloured))
        self.assertNotIn("\x1b", run_on_terminal(*failing, environment=refused))
        self.assertNotIn("\x1b", run(*failing, env=coloured).stderr)


if __name__ == "__main__":
    unittest.main()
