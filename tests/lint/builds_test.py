# SPDX-License-Identifier: Apache-2.0
"""CMake and meson build the same, and nothing that lies in the tree is left out."""

import re
import unittest

import source_tree
from layers_test import Law


def read(path: str) -> str:
    return (source_tree.ROOT / path).read_text()


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


class BuildsTest(unittest.TestCase):
    cmake = read("CMakeLists.txt")
    meson = read("meson.build")
    cmake_tests = read("tests/CMakeLists.txt")
    meson_tests = read("tests/meson.build")

    def test_layers_link_alike_and_only_along_the_arrows(self):
        by_cmake = {
            layer: set(re.findall(r"nftsvc_(\w+)", links)) - {"proto"}
            for layer, links in re.findall(
                r"^add_layer\((\w+) ([^)]*)\)", self.cmake, re.MULTILINE
            )
        }
        by_meson = {
            layer: words(links)
            for layer, links in re.findall(
                r"^  \['(\w+)', \[(.*?)\],", self.meson, re.MULTILINE
            )
        }
        self.assertEqual(by_cmake, by_meson)
        law = Law.read(read("ARCHITECTURE.md"))
        self.assertEqual(set(by_cmake), set(law.may_include))
        for layer, links in by_cmake.items():
            allowed = {name.split("/")[0] for name in law.may_include[layer]}
            self.assertEqual(links - allowed, set(), f"links of {layer}")

    def test_the_protocol_is_whole_in_both(self):
        present = {path.stem for path in (source_tree.ROOT / "proto/nftsvc/v1").glob("*.proto")}
        by_cmake = re.search(r"set\(proto_names ([^)]*)\)", self.cmake)[1]
        by_meson = re.search(r"foreach name : \[(.*?)\]", read("proto/nftsvc/v1/meson.build"))[1]
        self.assertEqual(words(by_cmake), present)
        self.assertEqual(words(by_meson), present)

    def test_every_kernel_test_runs(self):
        present = {
            path.name.removesuffix("_test.py")
            for path in (source_tree.ROOT / "tests/kernel").glob("*_test.py")
        }
        lists = re.findall(r"set\(kernel_tests\s([^)]*)\)", self.cmake_tests)
        self.assertEqual(len(lists), 1, "a later list would replace an earlier one")
        self.assertEqual(words(lists[0]), present)

    def test_test_binaries_are_the_same_and_leave_no_folder_out(self):
        present = {
            path.parent.name
            for path in (source_tree.ROOT / "tests").glob("*/sources.txt")
        } - {"support", "bench", "fuzz"}
        targets = {
            path.stem.removesuffix("_fuzz")
            for path in (source_tree.ROOT / "tests/fuzz").glob("*_fuzz.cc")
        }
        by_cmake = set(re.findall(r"^add_folder_test\((\w+)", self.cmake_tests, re.MULTILINE))
        by_meson = set(re.findall(r"^  '(\w+)': \[.*?\],$", self.meson_tests, re.MULTILINE))
        fuzzed = set(re.findall(r"^add_fuzz_target\((\w+)", self.cmake_tests, re.MULTILINE))
        self.assertEqual(by_cmake | fuzzed, by_meson)
        self.assertEqual(present - by_cmake, set())
        self.assertEqual(targets, fuzzed)

    def test_what_may_have_threads_is_tested_with_tsan(self):
        guarded = dict(Law.read(read("ARCHITECTURE.md")).guarded)
        target = re.search(r"add_executable\(threads_test\s([^)]*)\)", self.cmake_tests)[1].split()
        for file in guarded["<thread>"] + guarded["<atomic>"]:
            if file.endswith(".cc"):
                self.assertIn(f"../src/{file}", target)
                self.assertIn(file.replace(".cc", "_test.cc"), target)

    def test_every_test_in_python_is_registered(self):
        named = words(self.cmake_tests)
        forgotten = [
            str(path.relative_to(source_tree.ROOT))
            for path in (source_tree.ROOT / "tests").rglob("*_test.py")
            if not {path.stem, path.stem.removesuffix("_test")} & named
        ]
        self.assertEqual(forgotten, [])


if __name__ == "__main__":
    unittest.main()
