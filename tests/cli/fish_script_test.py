# SPDX-License-Identifier: Apache-2.0
"""The completions in fish, which can be asked for them."""

import os
import shlex
import subprocess
import unittest

from shell_case import ShellCase, main


class FishTest(ShellCase, unittest.TestCase):
    SHELL = "fish"

    def complete(self, line: str) -> set[str]:
        said = subprocess.run(
            ["fish", "--no-config", "-c",
             f"source {shlex.quote(str(self.script))}; complete -C {shlex.quote(line)}"],
            cwd=self.directory, capture_output=True, text=True, timeout=60,
            env={**os.environ, "HOME": str(self.directory)},
        )  # fmt: skip
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        # A word, a tab and what it means.
        return {offered.split("\t")[0] for offered in said.stdout.splitlines()}


if __name__ == "__main__":
    main("fish")
