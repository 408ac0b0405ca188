# SPDX-License-Identifier: Apache-2.0
"""nftsvcd in a network namespace, and nftsvc to talk with it."""

import collections
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading

from netns import Namespace
from running import Running
from waiting import PATIENCE, wait_until
from wire import Client


def program(name: str) -> str:
    """The path of a built program: NFTSVC or NFTSVCD."""
    if name not in os.environ:
        raise RuntimeError(f"{name} is not set: run the kernel tests through ctest")
    return os.environ[name]


def programs_of(backend: str, directory: str) -> str:
    """A PATH on which iptables is of this kind, by links in the directory."""
    for name in ("iptables", "ip6tables"):
        for verb in ("save", "restore"):
            link = pathlib.Path(directory, f"{name}-{verb}")
            link.symlink_to(f"/usr/sbin/xtables-{backend}-multi")
    return f"{directory}:{os.environ['PATH']}"


class ServiceManager:
    """Listens to sd_notify(3) all the time, because who notifies waits while nobody does."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._heard: collections.deque[str] = collections.deque()
        self._thread = threading.Thread(target=self._listen, name="service manager", daemon=True)
        self._thread.start()

    def has_heard(self, line: str) -> bool:
        """Forgets it and what came before it."""
        while self._heard:
            if self._heard.popleft() == line:
                return True
        return False

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", str(self.path))
        self._thread.join()
        self._socket.close()

    def _listen(self):
        while message := self._socket.recv(4096):
            self._heard.extend(message.decode().splitlines())


class Daemon:
    """One config, socket and state directory, and a daemon on them that can start and end often."""

    def __init__(self, node: Namespace, config: str, path: str = os.environ["PATH"]):
        """`path` is where the daemon looks for programs."""
        self.node = node
        self._path = path
        self._files = tempfile.TemporaryDirectory(prefix="nftsvc-test-")
        self.directory = pathlib.Path(self._files.name)
        self.socket_path = self.directory / "control.sock"
        self.state_directory = self.directory / "state"
        self.services_directory = self.directory / "services.d"
        self.config_path = self.directory / "nftsvcd.textproto"
        self._log_path = self.directory / "log"
        self._log_path.touch()
        self._process: subprocess.Popen | None = None
        self._manager = ServiceManager(self.directory / "notify")
        self.environment: dict[str, str] = {}  # of its process, besides ours
        self.configure(config)

    def configure(self, config: str):
        """For the next start or reload."""
        self.config_path.write_text(
            f'{config}\ncontrol_socket: "{self.socket_path}"\n'
            f'state_directory: "{self.state_directory}"\n'
            f'services_directory: "{self.services_directory}"\n'
        )

    @property
    def log(self) -> str:
        return self._log_path.read_text()

    # The process.

    def start(self):
        """Until it is ready."""
        self._spawn()
        self.wait_for("READY=1")

    def fail_to_start(
        self, *wrapper: str, config_path: pathlib.Path | None = None, code: int = 1
    ) -> str:
        """What one that gives up says, whether or not another one runs already."""
        path = config_path or self.config_path
        result = self.node.attempt(
            *wrapper, program("NFTSVCD"), "--config", str(path), timeout=PATIENCE
        )
        assert result.returncode == code, f"exit {result.returncode}: {result.stderr}"
        return result.stderr

    def stop(self):
        """As a service manager does it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._wait()
        assert code == 0, f"exit {code} on SIGTERM: {self.log}"

    def kill(self):
        assert self._process is not None
        self._process.kill()
        self._wait()

    def restart(self):
        self.stop()
        self.start()

    def reload(self):
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)
        self.wait_for("RELOADING=1")
        self.wait_for("READY=1")

    def remove(self):
        """Takes the tables away."""
        daemon = (program("NFTSVCD"), "--config", str(self.config_path), "--remove")
        self.node.run("env", f"PATH={self._path}", *daemon)

    def wait_for(self, notification: str):
        """For the next message to the service manager with this line in it (sd_notify(3))."""
        try:
            wait_until(
                lambda: self._manager.has_heard(notification) or self._process.poll() is not None,
                f"{notification} from nftsvcd",
            )
            assert self._process.poll() is None, "nftsvcd has ended"
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.log}") from None

    def _spawn(self):
        assert self._process is None
        with self._log_path.open("a") as log:
            self._process = subprocess.Popen(
                self.node.command(program("NFTSVCD"), "--config", str(self.config_path)),
                env={
                    **os.environ,
                     "PATH": self._path,
                     **self.environment,
                     "NOTIFY_SOCKET": str(self._manager.path),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _wait(self) -> int:
        assert self._process is not None
        process, self._process = self._process, None
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"nftsvcd does not end: {self.log}") from None

    # The commands. Results are those of control.proto, where zeros are left out.

    def attempt(
        self, *arguments: str, stdin: str = "", path: str = os.environ["PATH"]
    ) -> subprocess.CompletedProcess:
        """In the node's namespace, which `nftsvc verify` looks at. `path`: where its programs are."""
        return self.node.attempt("env", f"PATH={path}", *self._client(*arguments), stdin=stdin)

    def begin(self, *arguments: str) -> Running:
        """A command that takes its time, in the node's namespace."""
        return Running(self.node, *self._client(*arguments))

    def _client(self, *arguments: str) -> list[str]:
        return [program("NFTSVC"), "--socket", str(self.socket_path), *arguments]

    def call(self, *arguments: str, stdin: str = "") -> dict:
        result = self.attempt("--output", "json", *arguments, stdin=stdin)
        assert result.returncode == 0, (
            f"nftsvc {' '.join(arguments)}: exit {result.returncode}: "
            f"{result.stdout}{result.stderr}\nnftsvcd: {self.log}"
        )
        return json.loads(result.stdout)

    def push(self, *services: dict, flags: tuple[str, ...] = ()) -> dict:
        return self.call("push", *flags, "-", stdin=json.dumps({"services": services}))

    def push_is_refused(self, *services: dict) -> str:
        """What nftsvc says."""
        result = self.attempt("push", "-", stdin=json.dumps({"services": services}))
        assert result.returncode == 1, f"exit {result.returncode}: {result.stdout}{result.stderr}"
        return result.stderr

    def status(self) -> dict:
        return json.loads(self.attempt("--output", "json", "status").stdout)

    def explain(
        self, address: str, port: int, protocol: str, *, source: str, interface: str
    ) -> dict:
        host = f"[{address}]" if ":" in address else address
        """From anywhere, which takes a third of the time of a call in the node's namespace."""
        arguments = ("explain", f"{host}:{port}/{protocol}", "--from", source)
        result = subprocess.run(
            self._client("--output", "json", *arguments, "--interface", interface),
            capture_output=True,
            check=True,
        )
        return json.loads(result.stdout)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def connect(self) -> Client:
        """To speak the control protocol, also wrongly."""
        return Client(self.socket_path)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        try:
            if self._process is not None:
                self.stop()
        finally:
            self.close()

    def close(self):
        """Without a word to the daemon, if one still runs."""
        if self._process is not None:
            self.kill()
        self._manager.close()
        self._files.cleanup()
