# SPDX-License-Identifier: Apache-2.0
"""Other ways to the same services, each measured in a network namespace of its own.

One that cannot be measured raises Missing or Unavailable, which say why.
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from results import CHECK, Results
from rulesets import SPARE, IptablesChange, KubeProxyShape, endpoint_addresses, nftlb_farm

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kernel"))
from netns import Namespace  # noqa: E402

NFT = "nft -f"
KUBE_PROXY = "kube-proxy's shape"
IPTABLES = ("iptables-legacy", "iptables-nft")
NFTLB = "nftlb"
EMIT = "nftsvc compile --target=iptables"
VERDICT_MAPS = "nftsvc push, VERDICT_MAPS"

LOAD = "load"
ADD, REMOVE = "add one endpoint", "remove one endpoint"

# Services whose rules are listed to be counted. Listing more takes longer than loading them.
_MOST_LISTED = 2_000
# That kube-proxy's shape is loaded in at a time where the load is not what is measured.
_CHUNK = 400


class Missing(Exception):
    """A program is not installed."""


class Unavailable(Exception):
    """It fails, or takes too long."""


class Tool:
    """Runs programs in a new namespace, with an end to the time that all of them may take."""

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds
        self._seconds = seconds
        self._namespace = Namespace("peer")
        self._namespace.ip("link set lo up")
        # The lock of iptables is the machine's; here nobody is to be waited for.
        self._lock = tempfile.NamedTemporaryFile(prefix="nftsvc-bench-lock-")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._namespace.close()
        self._lock.close()

    def run(self, *command: str, stdin: str = "") -> str:
        return self._run(command, stdin)[0]

    def time(self, *command: str, stdin: str = "") -> float:
        """Milliseconds."""
        return self._run(command, stdin)[1]

    def run_timed(self, *command: str) -> tuple[str, float]:
        """What it prints, and milliseconds."""
        return self._run(command, "")

    def entered(self):
        return self._namespace.entered()

    def left(self) -> float:
        return max(self._end - time.monotonic(), 0.1)

    def start(self, *command: str) -> subprocess.Popen:
        self._require(command[0])
        with self._namespace.entered():
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    @staticmethod
    def _require(program: str):
        if shutil.which(program) is None:
            raise Missing(f"{program} is not installed")

    def _run(self, command: tuple[str, ...], stdin: str) -> tuple[str, float]:
        self._require(command[0])
        # A file, so that a program that reads slowly does not wait for who writes.
        with tempfile.TemporaryFile("w+") as text, self._namespace.entered():
            text.write(stdin)
            text.seek(0)
            environment = os.environ | {"XTABLES_LOCKFILE": self._lock.name}
            start = time.monotonic()
            try:
                result = subprocess.run(
                    command,
                    stdin=text,
                    capture_output=True,
                    text=True,
                    timeout=self.left(),
                    env=environment,
                )
            except subprocess.TimeoutExpired:
                raise Unavailable(f"more than {self._seconds:.0f} s") from None
            taken = time.monotonic() - start
        if result.returncode != 0:
            said = (result.stderr.strip() or result.stdout.strip()).splitlines() or ["nothing"]
            raise Unavailable(f"{command[0]}: exit {result.returncode}: {said[0][:200]}")
        return result.stdout, taken * 1000


class Peers:
    """Adds to `results` what they take."""

    def __init__(
        self,
        results: Results,
        snapshot_of: Callable[[str], bytes],
        compile_to: Callable[[str, str], str],
    ):
        self._results = results
        self._snapshot_of = snapshot_of  # a profile, in binary
        self._compile_to = compile_to  # (profile, target) -> text

    def nft(self, profile: str, seconds: float, listed: int | None):
        """`listed`: how many endpoints the tables must show; None: not looked at."""
        rules = self._compile_to(profile, "nft")
        with Tool(seconds) as tool:
            self._add(NFT, profile, LOAD, tool.time("nft", "-f", "-", stdin=rules))
            if listed is not None and listed <= 5 * _MOST_LISTED:
                listing = json.loads(tool.run("nft", "-j", "list map ip nftsvc endpoints"))
                maps = [item["map"] for item in listing["nftables"] if "map" in item]
                self._check(NFT, profile, len(maps[0]["elem"]) == listed)

    def kube_proxy(self, services: int, endpoints: int, seconds: float):
        """All in one transaction."""
        shape, profile = KubeProxyShape(endpoints), f"{services}x{endpoints}"
        rules = shape.HEAD + shape.services(range(services))
        with Tool(seconds) as tool:
            self._add(KUBE_PROXY, profile, LOAD, tool.time("nft", "-f", "-", stdin=rules))
            self._check_kube_proxy(tool, profile, services, endpoints)

    def kube_proxy_changes(self, services: int, endpoints: int, seconds: float, rounds: int):
        """Loaded piece by piece, which takes far less time."""
        shape, profile = KubeProxyShape(endpoints), f"{services}x{endpoints}"
        with Tool(seconds) as tool:
            tool.run("nft", "-f", "-", stdin=shape.HEAD)
            for first in range(0, services, _CHUNK):
                chunk = range(first, min(first + _CHUNK, services))
                tool.run("nft", "-f", "-", stdin=shape.services(chunk))
            for i in range(rounds):
                index = i * services // rounds
                for what, text in (
                    (ADD, shape.with_spare(index)),
                    (REMOVE, shape.without_spare(index)),
                ):
                    self._add(KUBE_PROXY, profile, what, tool.time("nft", "-f", "-", stdin=text))
            self._check_kube_proxy(tool, profile, services, endpoints)

    def iptables(self, way: str, profile: str, listed: int, seconds: float, rounds: int):
        rules = self._compile_to(profile, "iptables")
        change = IptablesChange(rules)
        restore = f"{way}-restore"
        with Tool(seconds) as tool:
            self._add(way, profile, LOAD, tool.time(restore, stdin=rules))
            for _ in range(rounds):
                for what, text in ((ADD, change.with_spare()), (REMOVE, change.without_spare())):
                    self._add(way, profile, what, tool.time(restore, "--noflush", stdin=text))
            if listed <= 5 * _MOST_LISTED:
                saved = tool.run(f"{way}-save", "-t", "nat")
                self._check(way, profile, saved.count("--to-destination") == listed)

    def emit(self, profile: str, nftsvc: str, listed: int, seconds: float):
        """The text that the restores are given."""
        with Tool(seconds) as tool, self._file_of(profile) as snapshot:
            text, taken = tool.run_timed(
                nftsvc, "compile", "--target=iptables", "--format=binary", snapshot
            )
        self._add(EMIT, profile, LOAD, taken)
        self._check(EMIT, profile, text.count("--to-destination") == listed)

    def verdict_maps(self, profile: str, nftsvc: str, nftsvcd: str, listed: int, seconds: float):
        """The other layout; FLAT is what nftsvc_bench measures."""
        with (
            Tool(seconds) as tool,
            self._file_of(profile) as snapshot,
            tempfile.TemporaryDirectory(prefix="nftsvc-bench-") as directory,
        ):
            config, socket = f"{directory}/config", pathlib.Path(directory, "socket")
            pathlib.Path(config).write_text(
                f'control_socket: "{socket}" state_directory: "{directory}/state"\n'
                'layout: VERDICT_MAPS http { disabled: true } node { name: "this-node" }\n'
            )
            daemon = tool.start(nftsvcd, "--config", config)
            try:
                client = (nftsvc, "--socket", str(socket))
                while not socket.exists():
                    if daemon.poll() is not None or tool.left() < 1:
                        raise Unavailable("nftsvcd does not start")
                    time.sleep(0.05)
                tool.run(*client, "status")  # answered when it has begun
                push = (*client, "push", "--format=binary", snapshot)
                self._add(VERDICT_MAPS, profile, LOAD, tool.time(*push))
                if listed <= 5 * _MOST_LISTED:
                    listing = json.loads(tool.run("nft", "-j", "list map ip nftsvc endpoint-chains"))
                    maps = [item["map"] for item in listing["nftables"] if "map" in item]
                    self._check(VERDICT_MAPS, profile, len(maps[0]["elem"]) == listed)
            finally:
                daemon.kill()
                daemon.wait()

    @contextlib.contextmanager
    def _file_of(self, profile: str):
        with tempfile.NamedTemporaryFile(prefix="nftsvc-bench-") as file:
            file.write(self._snapshot_of(profile))
            file.flush()
            yield file.name

    def nftlb(self, services: int, endpoints: int, seconds: float, rounds: int):
        profile = f"{services}x{endpoints}"
        farms = [nftlb_farm(i, endpoint_addresses(i, endpoints)) for i in range(services)]
        with Tool(seconds) as tool, _Nftlb(tool) as server:
            self._add(NFTLB, profile, LOAD, server.post({"farms": farms}))
            listing = tool.run("nft", "list", "ruleset")
            wanted = {a for i in range(services) for a in endpoint_addresses(i, endpoints)}
            listed = set(re.findall(r"\b10(?:\.\d+){3}\b", listing))
            self._check(NFTLB, profile, wanted <= listed)
            self._results.add(NFTLB, profile, "resident", "MB", server.resident())
            spare = {"name": "spare", "ip-addr": SPARE, "port": "8080", "state": "up"}
            for i in range(rounds):
                name = f"service-{i * services // rounds}"
                more = {"farms": [{"name": name, "backends": [spare]}]}
                self._add(NFTLB, profile, ADD, server.post(more))
                self._add(NFTLB, profile, REMOVE, server.delete(f"/farms/{name}/backends/spare"))

    def _add(self, way: str, profile: str, what: str, milliseconds: float):
        self._results.add(way, profile, what, "ms", milliseconds)

    def _check(self, way: str, profile: str, holds: bool):
        self._results.add(way, profile, "all endpoints are there", CHECK, float(holds))

    def _check_kube_proxy(self, tool: Tool, profile: str, services: int, endpoints: int):
        if services <= _MOST_LISTED:
            listing = tool.run("nft", "list", "table", "ip", "kube")
            dnats = len(re.findall(r"\bdnat to [0-9.]+:8080", listing))
            self._check(KUBE_PROXY, profile, dnats == services * endpoints)


class _Nftlb:
    """A running nftlb, and its HTTP API."""

    _PORT, _KEY = 5555, "bench"

    def __init__(self, tool: Tool):
        self._tool = tool

    def __enter__(self):
        self._process = self._tool.start(
            "nftlb", "-k", self._KEY, "-H", "127.0.0.1", "-P", str(self._PORT), "-l", "3"
        )
        while True:
            try:
                self._request("GET", "/farms", "")
                return self
            except ConnectionRefusedError:
                if self._process.poll() is not None or self._tool.left() < 1:
                    self.__exit__()
                    raise Unavailable("nftlb does not answer") from None
                time.sleep(0.05)

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def post(self, body: dict) -> float:
        return self._request("POST", "/farms", json.dumps(body))

    def delete(self, path: str) -> float:
        return self._request("DELETE", path, "")

    def resident(self) -> float:
        """Megabytes."""
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def _request(self, method: str, path: str, body: str) -> float:
        """Milliseconds."""
        with self._tool.entered(), contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", self._PORT, timeout=self._tool.left())
        ) as connection:
            start = time.monotonic()
            try:
                connection.request(method, path, body, {"Key": self._KEY})
                response = connection.getresponse()
                text = response.read()
            except TimeoutError:
                raise Unavailable("more than the time that it was given") from None
            taken = time.monotonic() - start
        if response.status != 200:
            raise Unavailable(f"nftlb answered {response.status} {text[:100]!r}")
        return taken * 1000
