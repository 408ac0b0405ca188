# SPDX-License-Identifier: Apache-2.0
"""The completions in bash: the function is called as readline calls it."""

import shlex
import subprocess
import unittest

from shell_case import ShellCase, main


class BashTest(ShellCase, unittest.TestCase):
    SHELL = "bash"

    def complete(self, line: str) -> set[str]:
        # readline makes words of what stands between blanks and of each =.
        words = line.replace("=", " = ").split(" ") if "=" in line else line.split(" ")
        said = subprocess.run(
            [
                "bash", "--norc", "-c",
                f"source {shlex.quote(str(self.script))}\n"
                f"COMP_WORDS=({' '.join(map(shlex.quote, words))})\n"
                f"COMP_CWORD={len(words) - 1}\n"
                '_nftsvc\n[[ ${#COMPREPLY[@]} -eq 0 ]] || printf "%s\\n" "${COMPREPLY[@]}"',
            ],
            cwd=self.directory, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        return set(said.stdout.splitlines())

    def test_a_value_behind_an_equals_sign_is_completed(self):
        self.assertEqual(self.complete("nftsvc --output=j"), {"json"})
        self.assertEqual(self.complete("nftsvc push --format=t"), {"textproto"})


if __name__ == "__main__":
    main("bash")
