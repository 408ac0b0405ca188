# SPDX-License-Identifier: Apache-2.0
"""The manual pages as they are built: complete, without a warning of the formatter, and true."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_PACKAGING = _ROOT / "packaging"
_PROTO = _ROOT / "proto/nftsvc/v1"
_NFTSVC = os.environ["NFTSVC"]
_NFTSVCD = os.environ["NFTSVCD"]
_FORMATS = {
    "nftsvcd.textproto.5": _PROTO / "config.proto",
    "nftsvc-snapshot.5": _PROTO / "snapshot.proto",
}
_SOURCES = {"nftsvc.1": _NFTSVC, "nftsvcd.8": _NFTSVCD, **_FORMATS}

sys.path.append(str(_PACKAGING / "manual"))

import configuration  # noqa: E402
import help_text  # noqa: E402
import snapshot  # noqa: E402


def make(page: str) -> str:
    return subprocess.run(
        [sys.executable, "-B", str(_PACKAGING / "manual/make_page.py"), page, "1.2.3",
         str(_SOURCES[page])],
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip


def read(page: str) -> tuple[str, str]:
    """What a reader sees in one long line after another, and what the formatter has to say."""
    result = subprocess.run(
        ["man", "--warnings=w", "--local-file", "-"],
        input=make(page), capture_output=True, text=True, check=True, timeout=60,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": "1000"},
    )  # fmt: skip
    return re.sub(r"\s+", " ", result.stdout), result.stderr


class ManualTest(unittest.TestCase):
    @unittest.skipIf(shutil.which("man") is None, "there is no man")
    def test_the_formatter_has_nothing_to_say(self):
        for page in _SOURCES:
            self.assertEqual(read(page)[1], "", page)

    @unittest.skipIf(shutil.which("man") is None, "there is no man")
    def test_every_command_and_option_is_told(self):
        page = read("nftsvc.1")[0]
        program = help_text.parse(help_text.ask(_NFTSVC))
        for name, _ in program.terms["Subcommands"]:
            command = help_text.parse(help_text.ask(_NFTSVC, name))
            if "Subcommands" not in command.terms:
                self.assertIn(command.usage, page)
            for term, said in command.terms["Options"]:
                if "--help" not in term:
                    self.assertIn(f"{term} {said}", page)
        daemon = read("nftsvcd.8")[0]
        for term, said in help_text.parse(help_text.ask(_NFTSVCD)).terms["Options"]:
            self.assertIn(f"{term} {said}".strip(), daemon)

    @unittest.skipIf(shutil.which("man") is None, "there is no man")
    def test_every_field_of_a_format_is_told(self):
        for name, proto in _FORMATS.items():
            messages = re.sub(r"enum \w+ \{.*?\}", "", proto.read_text(), flags=re.DOTALL)
            fields = re.findall(r"(\w+) = \d+;", messages)
            self.assertGreater(len(fields), 20)
            page = read(name)[0]
            for field in fields:
                self.assertRegex(page, rf"\b{field}\b", name)

    def test_the_example_of_a_snapshot_is_one(self):
        compiled = subprocess.run(
            [_NFTSVC, "compile", "-"],
            input=snapshot.EXAMPLE, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))

    def test_examples_and_the_shipped_configuration_are_good(self):
        shipped = (_PACKAGING / "nftsvcd.textproto").read_text()
        # What is commented out must be right too when it is put in, for each line by itself.
        settings = re.findall(r"^# (\w+(?:: | \{).*)$", shipped, re.MULTILINE)
        self.assertGreater(len(settings), 5)
        for config in (shipped, configuration.EXAMPLE, *settings):
            with tempfile.NamedTemporaryFile("w", suffix=".textproto") as file:
                file.write(config)
                file.flush()
                said = subprocess.run(
                    [_NFTSVCD, "--check", "--config", file.name],
                    capture_output=True, text=True, timeout=60,
                )  # fmt: skip
            # This machine may have no group of ours.
            mistakes = [line for line in said.stderr.splitlines() if "group" not in line]
            self.assertEqual(mistakes, [], config)


if __name__ == "__main__":
    unittest.main()
