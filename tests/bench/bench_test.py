# SPDX-License-Identifier: Apache-2.0
"""The benchmarks run, find every element and endpoint where it should be, and write what they found.
What they measure is not looked at.
"""

import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77  # ctest's SKIP_RETURN_CODE

# What a load of services must put into the kernel: one element of `services` and one of `cluster-ips`
# each, and their endpoints.
LEAST_ELEMENTS = {
    profile: 2 * services + services * endpoints
    for profile, services, endpoints in (("100x5", 100, 5), ("1000x5", 1000, 5), ("50x50", 50, 50))
}


class BenchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()), "results")
        command = [sys.executable, "-B", HERE / "bench.py", "--quick", "--strict"]
        cls.run_ = subprocess.run(
            [*command, "--results", cls.directory], capture_output=True, text=True, timeout=800
        )
        with (cls.directory / "figures.csv").open() as file:
            cls.figures = {
                (row["way"], row["subject"], row["what"]): row for row in csv.DictReader(file)
            }

    def test_everything_ran_and_was_as_it_must_be(self):
        self.assertEqual(self.run_.returncode, 0, self.run_.stderr)

    def test_the_kernel_held_what_was_loaded(self):
        for profile, least in LEAST_ELEMENTS.items():
            row = self.figures["nftsvcd", profile, "elements"]
            self.assertEqual(row["min"], row["max"])
            self.assertGreaterEqual(float(row["min"]), least)
            self.assertLess(float(row["min"]), least + 50)

    def test_checks_were_made_of_every_way(self):
        checked = {way for (way, _, _), row in self.figures.items() if row["unit"] == "check"}
        loaded = {way for way, _, what in self.figures if what in ("load", "push of everything")}
        self.assertEqual(checked, loaded)
        self.assertLessEqual(
            {"nftsvcd", "nft -f", "kube-proxy's shape", "iptables-legacy", "iptables-nft"}, loaded
        )

    def test_tables_and_pictures_are_written(self):
        tables = (self.directory / "tables.md").read_text()
        for title in ("Targets", "Loading", "One endpoint", "A new connection"):
            self.assertIn(f"## {title}\n", tables)
        for name in ("load.svg", "change.svg", "sustained.svg"):
            picture = xml.etree.ElementTree.parse(self.directory / name).getroot()
            self.assertTrue(picture.findall("{http://www.w3.org/2000/svg}polyline"), name)


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: network namespaces need root", file=sys.stderr)
        sys.exit(SKIPPED)
    unittest.main()
