# SPDX-License-Identifier: Apache-2.0
"""The clients of docs/protocol.md, as they stand there, against the daemon."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from addresses import V4, host_port
from case import KernelTest, main
from dial import dial
from snapshot import PORT
from waiting import PATIENCE

# The one that Debian's python3-protobuf is for.
_PYTHON = "/usr/bin/python3"

# Where Debian's packages of Go libraries are.
_GO_LIBRARIES = pathlib.Path("/usr/share/gocode")
_GO_PACKAGE = "example.com/client/nftsvcv1"

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_PROTOS = ("nftsvc/v1/snapshot.proto", "nftsvc/v1/control.proto")


def client_program(language: str) -> str:
    page = (_ROOT / "docs/protocol.md").read_text()
    return re.search(rf"```{language}\n(.*?)```", page, re.DOTALL)[1]


def has_go() -> bool:
    programs = all(shutil.which(name) for name in ("go", "protoc-gen-go"))
    return programs and (_GO_LIBRARIES / "src/google.golang.org/protobuf").is_dir()


class Clients:
    """What every client must do."""

    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(
            self.enterContext(tempfile.TemporaryDirectory(prefix="nftsvc-test-"))
        )
        self.command = self.make_client()

    def protoc(self, *options: str):
        subprocess.run(["protoc", f"-I{_ROOT / 'proto'}", *options, *_PROTOS], check=True)

    def push(self, snapshot: str) -> subprocess.CompletedProcess:
        (self.directory / "services.textproto").write_text(snapshot)
        return subprocess.run(
            [*self.command, str(self.daemon.socket_path), "services.textproto"],
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


class PythonClientTest(Clients, KernelTest):
    def make_client(self) -> list[str]:
        (self.directory / "client.py").write_text(client_program("python"))
        self.protoc(f"--python_out={self.directory}")
        return [_PYTHON, "-B", "client.py"]


@unittest.skipUnless(has_go(), "go, protoc-gen-go or google.golang.org/protobuf is not installed")
class GoClientTest(Clients, KernelTest):
    def make_client(self) -> list[str]:
        sources = self.directory / "go/src"
        sources.mkdir(parents=True)
        client = sources / "example.com/client/client.go"
        self.protoc(
            f"--go_out={sources}", *(f"--go_opt=M{name}={_GO_PACKAGE}" for name in _PROTOS)
        )
        client.write_text(client_program("go"))
        subprocess.run(
            ["go", "build", "-o", str(self.directory / "client"), "example.com/client"],
            cwd=client.parent, check=True, timeout=10 * PATIENCE,
            env={
                "PATH": os.environ["PATH"],
                "GO111MODULE": "off",
                "GOPATH": f"{self.directory / 'go'}:{_GO_LIBRARIES}",
                "GOCACHE": str(self.directory / "cache"),
            },
        )  # fmt: skip
        return [str(self.directory / "client")]


if __name__ == "__main__":
    main()
