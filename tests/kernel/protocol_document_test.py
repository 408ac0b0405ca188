# SPDX-License-Identifier: Apache-2.0
"""The Python client of docs/protocol.md, as it stands there, against the daemon."""

import os
import pathlib
import re
import subprocess
import tempfile

from addresses import V4, host_port
from case import KernelTest, main
from dial import dial
from snapshot import PORT
from waiting import PATIENCE

# The one that Debian's python3-protobuf is for.
_PYTHON = "/usr/bin/python3"
_ROOT = pathlib.Path(__file__).resolve().parents[2]


def client_program() -> str:
    page = (_ROOT / "docs/protocol.md").read_text()
    return re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]


class ProtocolDocumentTest(KernelTest):
    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(
            self.enterContext(tempfile.TemporaryDirectory(prefix="nftsvc-test-"))
        )
        (self.directory / "client.py").write_text(client_program())
        subprocess.run(
            ["protoc", f"-I{_ROOT / 'proto'}", f"--python_out={self.directory}",
             "nftsvc/v1/snapshot.proto", "nftsvc/v1/control.proto"],
            check=True,
        )  # fmt: skip

    def push(self, snapshot: str) -> subprocess.CompletedProcess:
        (self.directory / "services.textproto").write_text(snapshot)
        return subprocess.run(
            [_PYTHON, "-B", "client.py", str(self.daemon.socket_path), "services.textproto"],
            cwd=self.directory, capture_output=True, text=True, timeout=3 * PATIENCE,
            env={"PATH": os.environ["PATH"]},
        )  # fmt: skip

    def test_what_it_pushes_is_served(self):
        said = self.push(
            'services { namespace: "default" name: "web" '
            f'cluster_ips: "{V4.cluster_ip}" ports {{ name: "http" protocol: TCP port: {PORT} '
            f'endpoints {{ address: "{V4.pods[0]}" port: 8080 }} }} }}'
        )
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        self.assertEqual(said.stdout, "revision 1: 1 services\n")
        outcome = dial(self.lab.client, V4.cluster_ip, PORT)
        self.assertEqual(outcome.endpoint, host_port(V4.pods[0]))

    def test_it_tells_mistakes(self):
        said = self.push('services { namespace: "default" name: "web" cluster_ips: "x" }')
        self.assertEqual(said.returncode, 1)
        self.assertIn("services[0].cluster_ips[0]: ", said.stderr)


if __name__ == "__main__":
    main()
