# SPDX-License-Identifier: Apache-2.0
"""Every C++ file is as clang-format 14 with our .clang-format writes it (`./dev format` does)."""

import subprocess
import unittest

import source_tree


class FormatTest(unittest.TestCase):
    def test_clang_format_would_change_nothing(self):
        files = source_tree.cpp_files("src", "tests")
        result = subprocess.run(
            ["clang-format-14", "--dry-run", "-Werror", *map(str, files)],
            cwd=source_tree.ROOT,
            capture_output=True,
            text=True,
        )
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main()
