# SPDX-License-Identifier: Apache-2.0
"""The built program's command line; tests/kernel has what it does when it runs."""

import os
import pathlib
import subprocess
import tempfile
import unittest

NFTSVCD = os.environ["NFTSVCD"]


def run(*arguments: str) -> subprocess.CompletedProcess:
    """In a network namespace of its own, whatever it is told to do."""
    return subprocess.run(
        ["unshare", "--net", NFTSVCD, *arguments], capture_output=True, text=True, timeout=60
    )


class MainTest(unittest.TestCase):
    def setUp(self):
        self._files = tempfile.TemporaryDirectory(prefix="nftsvc-test-")
        self.addCleanup(self._files.cleanup)
        self.config = pathlib.Path(self._files.name) / "nftsvcd.textproto"

    def check(self, config: str) -> subprocess.CompletedProcess:
        self.config.write_text(config)
        return run("--check", "--config", str(self.config))

    def test_help_and_version_go_to_standard_output(self):
        for flag, text in (("--help", "Usage: nftsvcd"), ("--version", "nftsvcd ")):
            result = run(flag)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertTrue(result.stdout.startswith(text))

    def test_a_wrong_command_line_is_exit_code_2(self):
        for arguments in (["--frobnicate"], ["file"], ["--config"], ["--check", "--remove"]):
            result = run(*arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ""), arguments)
            self.assertIn("nftsvcd --help", result.stderr)

    def test_a_config_that_is_not_there_is_named(self):
        result = run("--config", "/no/such")
        self.assertEqual(result.returncode, 1)
        self.assertIn("read /no/such: no such file or directory\n", result.stderr)

    def test_a_wrong_config_has_an_exit_code_of_its_own(self):
        self.config.write_text('local_pods { cidrs: "x" }')
        result = run("--config", str(self.config))
        self.assertEqual(result.returncode, 78)
        self.assertIn('local_pods.cidrs[0]: "x" is not a CIDR', result.stderr)

    def test_check_is_silent_about_a_good_config(self):
        result = self.check('local_pods { cidrs: "10.0.0.0/8" }')
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_check_tells_every_mistake_with_its_place(self):
        result = self.check('local_pods {\n  cidrs: "x"\n  cidrs: "y"\n}')
        self.assertEqual(result.returncode, 1)
        self.assertEqual(
            result.stderr,
            f'{self.config}:2:3: local_pods.cidrs[0]: "x" is not a CIDR\n'
            f'{self.config}:3:3: local_pods.cidrs[1]: "y" is not a CIDR\n',
        )

    def test_check_reads_the_files_of_services_too(self):
        services = pathlib.Path(self._files.name) / "services.d"
        services.mkdir()
        text = "services {\n  name: 'web'\n  ports { port: 80 }\n}"
        (services / "web.textproto").write_text(text)
        result = self.check(f'services_directory: "{services}"')
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{services}/web.textproto:3:3: services[0].ports[0].protocol", result.stderr)

    def test_remove_needs_neither_tables_nor_a_config(self):
        result = run("--remove", "--config", "/no/such")
        self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
