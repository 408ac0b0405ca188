# SPDX-License-Identifier: Apache-2.0
"""Both builds read every source from its folder's sources.txt, and every source has a test."""

import unittest

import source_tree

# Sources that no test file of their own name covers, each with the reason.
UNMIRRORED: dict[str, str] = {
    "src/daemon/daemon.cc": "run_test.cc and the kernel tests drive the daemon as a whole",
    "src/daemon/start.cc": "likewise",
}


class SourcesTest(unittest.TestCase):
    def test_every_source_is_listed_and_every_listed_one_exists(self):
        for parent in ("src", "tests"):
            for folder in sorted((source_tree.ROOT / parent).iterdir()):
                if not folder.is_dir():
                    continue
                relative = folder.relative_to(source_tree.ROOT)
                present = {path.name for path in folder.glob("*.cc")}
                listed = source_tree.listed_sources(relative)
                self.assertEqual(present, set(listed), f"{relative}/sources.txt")
                self.assertEqual(len(listed), len(set(listed)), f"{relative}: one listed twice")

    def test_every_source_has_a_test_or_a_reason(self):
        untested = {
            str(path)
            for path in source_tree.cpp_files("src")
            if path.suffix == ".cc"
            and not any(
                (source_tree.ROOT / "tests" / path.parts[1] / f"{path.stem}_test{suffix}").exists()
                for suffix in (".cc", ".py")
            )
        }
        self.assertEqual(untested - set(UNMIRRORED), set())
        self.assertEqual(set(UNMIRRORED) - untested, set(), "has a test now, or is gone")

    def test_every_file_names_its_licence_first(self):
        unnamed = [
            str(path)
            for path in source_tree.cpp_files("src", "tests")
            if not (source_tree.ROOT / path)
            .read_text()
            .startswith("// SPDX-License-Identifier: Apache-2.0\n")
        ]
        self.assertEqual(unnamed, [])


if __name__ == "__main__":
    unittest.main()
