# SPDX-License-Identifier: Apache-2.0
"""What is generated and kept in the tree is as its sources say."""

import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import source_tree


class DocumentsTest(unittest.TestCase):
    maxDiff = None

    def test_the_configuration_page_is_what_config_proto_says(self):
        made = subprocess.run(
            [sys.executable, "-B", "packaging/manual/make_configuration_md.py"],
            cwd=source_tree.ROOT, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        kept = (source_tree.ROOT / "docs/configuration.md").read_text()
        self.assertEqual(
            kept, made, "packaging/manual/make_configuration_md.py >docs/configuration.md"
        )

    def test_every_place_names_one_version(self):
        places = {
            "CMakeLists.txt": r"project\(nftsvc VERSION ([\d.]+)",
            "meson.build": r"version: '([\d.]+)'",
            "packaging/debian/changelog": r"nftsvc \(([\d.]+)-\d+\)",
            "packaging/rpm/nftsvc.spec": r"Version: +([\d.]+)",
            "CHANGELOG.md": r"## ([\d.]+)",
        }
        versions = {
            place: re.search(pattern, (source_tree.ROOT / place).read_text())[1]
            for place, pattern in places.items()
        }
        self.assertEqual(len(set(versions.values())), 1, versions)

    @unittest.skipIf(shutil.which("rpmspec") is None, "there is no rpmspec")
    def test_the_spec_of_the_rpm_can_be_read(self):
        result = subprocess.run(
            ["rpmspec", "--parse", "packaging/rpm/nftsvc.spec"],
            cwd=source_tree.ROOT, capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_links_between_documents_lead_somewhere(self):
        broken = []
        for page in [*source_tree.ROOT.glob("*.md"), *source_tree.ROOT.glob("docs/*.md")]:
            for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
                if not pathlib.Path(page.parent, target).exists():
                    broken.append(f"{page.relative_to(source_tree.ROOT)}: {target}")
        self.assertEqual(broken, [])


if __name__ == "__main__":
    unittest.main()
