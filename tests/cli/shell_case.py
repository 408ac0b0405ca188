# SPDX-License-Identifier: Apache-2.0
"""What the completions of every shell must know, asked of the shell itself."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

NFTSVC = os.environ["NFTSVC"]

# ctest's SKIP_RETURN_CODE.
_SKIPPED = 77


class ShellCase:
    """A mixin: `complete` says what the shell offers for the last word of a line."""

    SHELL = ""

    @classmethod
    def setUpClass(cls):
        files = tempfile.TemporaryDirectory(prefix="nftsvc-test-")
        cls.addClassCleanup(files.cleanup)
        cls.directory = pathlib.Path(files.name)
        cls.script = cls.directory / f"completions.{cls.SHELL}"
        cls.script.write_text(
            subprocess.run(
                [NFTSVC, "completions", cls.SHELL], capture_output=True, text=True, check=True
            ).stdout
        )
        (cls.directory / "services.textproto").touch()

    def complete(self, line: str) -> set[str]:
        raise NotImplementedError

    def test_commands_are_those_of_help(self):
        self.assertEqual(
            self.complete("nftsvc "),
            {
                "push", "diff", "get", "list", "history", "rollback", "confirm",
                "status", "verify", "explain", "trace", "top",
                "watch", "graph", "doctor", "compile", "iptables", "migrate", "import",
            },
        )  # fmt: skip

    def test_a_command_is_completed(self):
        self.assertEqual(self.complete("nftsvc ver"), {"verify"})

    def test_commands_below_commands_are_too(self):
        self.assertEqual(self.complete("nftsvc import "), {"kubernetes", "iptables"})

    def test_options_are_those_of_the_command_and_of_the_program(self):
        self.assertEqual(self.complete("nftsvc push --d"), {"--dry-run"})
        self.assertEqual(self.complete("nftsvc push --sock"), {"--socket"})
        self.assertEqual(self.complete("nftsvc import kubernetes --config-"), {"--config-out"})
        self.assertEqual(self.complete("nftsvc list --dry"), set())

    def test_values_are_those_that_the_option_takes(self):
        self.assertEqual(self.complete("nftsvc --output "), {"text", "json"})
        self.assertEqual(self.complete("nftsvc push --format "), {"textproto", "json", "binary"})

    def test_a_value_is_not_taken_for_a_command(self):
        self.assertEqual(self.complete("nftsvc --socket list ver"), {"verify"})

    def test_files_are_offered_where_a_file_is_wanted(self):
        self.assertEqual(self.complete("nftsvc push serv"), {"services.textproto"})
        self.assertEqual(self.complete("nftsvc --socket serv"), {"services.textproto"})
        self.assertEqual(self.complete("nftsvc get serv"), set())


def main(shell: str):
    if shutil.which(shell) is None:
        print(f"skipped: there is no {shell}", file=sys.stderr)
        sys.exit(_SKIPPED)
    unittest.main()
