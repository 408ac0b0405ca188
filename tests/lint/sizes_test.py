# SPDX-License-Identifier: Apache-2.0
"""No file grows beyond what a reader takes in at a sitting."""

import pathlib
import unittest

import source_tree

# Lines that a file may have at most. What is aimed at is two thirds of it.
HEADER, SOURCE, TEST = 200, 450, 800

# Files that may be longer, each with the reason.
EXCEPTIONS: dict[str, str] = {}


def limit(path: pathlib.Path) -> int:
    if path.parts[0] == "tests":
        return TEST
    return HEADER if path.suffix == ".h" else SOURCE


class SizesTest(unittest.TestCase):
    def test_files_are_short(self):
        too_long = {}
        for path in source_tree.cpp_files("src", "tests"):
            lines = len((source_tree.ROOT / path).read_text().splitlines())
            if lines > limit(path):
                too_long[str(path)] = lines
        self.assertEqual({k: v for k, v in too_long.items() if k not in EXCEPTIONS}, {})
        self.assertEqual(set(EXCEPTIONS) - set(too_long), set(), "is short enough now, or gone")


if __name__ == "__main__":
    unittest.main()
