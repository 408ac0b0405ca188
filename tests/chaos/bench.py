# SPDX-License-Identifier: Apache-2.0
"""A host with nftsvcd under traffic, and what must be true of it whatever happens."""

import collections
import contextlib
import os
import pathlib
import random
import signal
import socket
import statistics
import subprocess
import tempfile
import time

from addresses import FAMILIES, V4
from case import PODS_BY_CIDR, config
from daemon import Daemon, program
from lab import Lab
from snapshot import PORT
from waiting import PATIENCE

from content import Content, only_leaves, read_content
from faults import Faults
from foreigner import FOREIGN_TABLE, Foreigner
from protocol import Ack, Status, ask_push, ask_status, ask_verify, receive
from traffic import Figures, Traffic
from world import NODE_PORT, Snapshot, make_snapshots

# The state directory is a disk of this size, which can be filled.
_DISK = "16m"


class Bench:
    """Entered, it serves the first snapshot; `accepted` is the one that the daemon holds for certain."""

    def __init__(self, seed: int, poll_interval_ms: int = 1000):
        self.random = random.Random(seed)
        self.figures: collections.Counter[str] = collections.Counter()
        self.repairs: list[float] = []  # seconds from the damage until it is undone
        # A client that dialled while tables were destroyed left a flow that nothing translates, and the next
        # one from the same port would be in it.
        self._config = config(PODS_BY_CIDR, "forget_unanswered_tcp: true").replace(
            "interval_ms: 100", f"interval_ms: {poll_interval_ms}"
        )
        self._seed = seed
        self._exits = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as exits:
            directory = exits.enter_context(tempfile.TemporaryDirectory(prefix="nftsvc-chaos-"))
            self.faults = Faults(pathlib.Path(directory))
            exits.callback(self.faults.close)
            self.lab = exits.enter_context(Lab())
            self.node = self.lab.node
            self.daemon = Daemon(self.node, self._config)
            exits.callback(self.daemon.close)
            self.daemon.environment = self.faults.environment
            self.state = self.daemon.state_directory
            self._mount_state(exits)
            self.snapshots = make_snapshots(self.random)
            self.foreigner: Foreigner | None = None
            self._pushed = 0
            self.make_foreign_table()
            self.start()
            self.contents = [self._learn(snapshot) for snapshot in self.snapshots]
            self.accepted = 0
            assert isinstance(self.push(self.snapshots[0]), Ack)
            self.traffics = []
            for namespace in (self.lab.client, self.lab.pods[0]):
                traffic = Traffic(namespace, _targets(), self._seed)
                self.traffics.append(traffic)
                exits.callback(traffic.close)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_):
        self._exits.close()

    def _mount_state(self, exits: contextlib.ExitStack):
        """In a mount namespace of our own (chaos.py)."""
        self.state.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "chaos", self.state], check=True)
        exits.callback(subprocess.run, ["umount", "-l", self.state], check=True)

    def _learn(self, snapshot: Snapshot) -> Content:
        assert isinstance(self.push(snapshot), Ack)
        return read_content(self.node)

    # Others.

    def make_foreign_table(self):
        self.node.run("nft", "-f", "-", stdin=FOREIGN_TABLE)

    def foreign_table(self) -> str:
        """But for what the foreigner does to it."""
        with self.quiet():
            return self.node.run("nft", "--stateless", "--terse", "list", "table", "inet", "others")

    def quiet(self) -> contextlib.AbstractContextManager:
        """No foreign commits: nft(8) lists a ruleset again and again until nobody does."""
        return self.foreigner.quiet() if self.foreigner else contextlib.nullcontext()

    @contextlib.contextmanager
    def foreign_commits(self, pause: float):
        """While it lasts, somebody commits something else every few milliseconds."""
        with Foreigner(self.node, pause) as self.foreigner:
            yield
        self.foreigner = None

    # The daemon.

    def spawn(self):
        self.daemon._spawn()  # noqa: SLF001

    @property
    def process(self) -> subprocess.Popen:
        return self.daemon._process  # noqa: SLF001

    def start(self) -> Status:
        """Until it answers."""
        self.spawn()
        status = self.wait_for_status()
        assert status is not None, f"nftsvcd does not start: {self.log_tail()}"
        return status

    def wait_for_status(self) -> Status | None:
        """None: it has ended."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, (
                f"nftsvcd does not answer: {self._whereabouts()}\n{self.log_tail()}"
            )
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                status = ask_status(self.daemon.socket_path)
                if status is not None:
                    return status
            time.sleep(0.002)
        self.bury()
        return None

    def _whereabouts(self) -> str:
        """What the daemon's process is doing, for a failure's message."""
        process = pathlib.Path("/proc", str(self.process.pid))
        return "\n".join(
            (process / name).read_text() for name in ("cmdline", "wchan", "syscall", "stack", "stat")
        )

    def status(self) -> Status:
        status = ask_status(self.daemon.socket_path)
        assert status is not None, f"nftsvcd has ended: {self.log_tail()}"
        return status

    def bury(self):
        """Waits for the end of a process that dies."""
        self.daemon._wait()  # noqa: SLF001

    def kill(self):
        self.daemon.kill()

    def log_tail(self) -> str:
        return self.daemon.log[-3000:]

    # Pushes.

    def another(self) -> Snapshot:
        """Than the accepted one, and not the big one."""
        return self.random.choice([s for s in self.snapshots[:-1] if s.number != self.accepted])

    def push(self, snapshot: Snapshot):
        """Ack, Refusal, or None if the daemon has ended."""
        self.count_rebuild(snapshot.number)
        with contextlib.suppress(ConnectionRefusedError):
            answer = ask_push(self.daemon.socket_path, snapshot.request)
            self.count_push(answer)
            return answer
        return None

    def push_and_kill(self, snapshot: Snapshot, delay: float):
        """SIGKILL `delay` seconds after the push has been sent."""
        self.count_rebuild(snapshot.number)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.daemon.socket_path))
            connection.sendall(snapshot.request)
            until = time.monotonic() + delay
            while time.monotonic() < until:
                pass
            os.kill(self.process.pid, signal.SIGKILL)
            answer = receive(connection)
        self.count_push(answer)
        self.bury()
        return answer

    def count_rebuild(self, number: int):
        """From or to a snapshot for which sets are made anew. That is one commit, and a packet under way at
        that very moment may meet the rules of before and the sets of after.
        """
        if number != self._pushed and len(self.snapshots) - 1 in (number, self._pushed):
            self.figures["sets made anew"] += 1
        self._pushed = number

    def count_push(self, answer):
        kind = "acknowledged" if isinstance(answer, Ack) else "cut off" if answer is None else "refused"
        self.figures[f"pushes {kind}"] += 1

    # What must be true.

    def held(self, *allowed: int, leftovers: bool = False) -> int:
        """Which of these snapshots the kernel holds. A mix of them, or another one, is a failure.

        With `leftovers`, slots of another allowed one may be left that no rule draws any more.
        """
        with self.quiet():
            content = read_content(self.node)
        for number in allowed:
            if content == self.contents[number]:
                return number
            others = [self.contents[n] for n in allowed if n != number]
            if leftovers and only_leaves(content, self.contents[number], others):
                return number
        others = [n for n, c in enumerate(self.contents) if c == content]
        number = min(allowed, key=lambda n: ((self.contents[n] - content) + (content - self.contents[n])).total())
        nearest = self.contents[number]
        raise AssertionError(
            f"the kernel holds none of the snapshots {allowed}, but {others or 'a mix'}; of "
            f"{number} it lacks {_some(nearest - content)} and has also "
            f"{_some(content - nearest)}\n{self.log_tail()}"
        )

    def recover(self, *allowed: int) -> Status:
        """Starts the daemon, which then holds one of these snapshots, as the kernel does."""
        status = self.start()
        assert status.in_sync, f"not in sync after its start: {status}"
        self.accepted = self.held(*allowed)
        self.count_rebuild(self.accepted)
        return status

    def after_death(self, old: int, new: int, answer):
        """What a killed push leaves, and what the next start makes of it."""
        acknowledged = isinstance(answer, Ack)
        self.held(*((new,) if acknowledged else (new, old)), leftovers=not acknowledged)
        durable = acknowledged and not answer.persist_warning
        self.recover(*((new,) if durable else (old, new)))

    def converge(self, *allowed: int):
        """Waits until the daemon says that all is well, and checks it."""
        deadline = time.monotonic() + PATIENCE
        while not (status := self.status()).in_sync or status.persist_problem:
            assert time.monotonic() < deadline, f"no end of trouble: {status}\n{self.log_tail()}"
            time.sleep(0.01)
        self.accepted = self.held(*allowed)
        differences = ask_verify(self.daemon.socket_path)
        assert not differences, f"in sync, but verify says {differences}"

    @contextlib.contextmanager
    def outage(self):
        """The tables are destroyed within: what clients notice is not the daemon's fault."""
        for traffic in self.traffics:
            traffic.outage(True)
        yield
        for traffic in self.traffics:
            traffic.outage(False)

    def check_traffic(self):
        for traffic in self.traffics:
            calm, _ = traffic.report()
            may_fail = self.figures["sets made anew"] // 10
            assert calm.failed <= may_fail and (calm.lost, calm.broken) == (0, 0), (
                f"traffic suffers: {calm}\n{self.log_tail()}"
            )

    def traffic_figures(self) -> tuple[Figures, Figures]:
        calm, outage = Figures(), Figures()
        for traffic in self.traffics:
            of_calm, of_outage = traffic.report()
            calm.add(of_calm)
            outage.add(of_outage)
        return calm, outage

    def report(self) -> str:
        calm, outage = self.traffic_figures()
        lines = [f"{name:<48}{count:>12,}" for name, count in sorted(self.figures.items())]
        for name, figures in (("", calm), (" while tables were destroyed", outage)):
            lines += [
                f"{what + name:<48}{made:>12,} / {lost:,} {word}"
                for what, made, lost, word in (
                    ("connections opened", figures.dialled, figures.failed, "failed"),
                    ("messages and datagrams sent", figures.sent, figures.lost, "lost"),
                    ("TCP segments sent again", figures.resent, figures.broken, "connections broken"),
                )
            ]
        lines += [f"  {trouble}" for trouble in calm.trouble]
        if self.repairs:
            milliseconds = sorted(1000 * seconds for seconds in self.repairs)
            lines.append(
                f"{'repairs':<48}{len(milliseconds):>12,} / median "
                f"{statistics.median(milliseconds):.0f} ms, longest {milliseconds[-1]:.0f} ms"
            )
        return "\n".join(lines)


def _some(content: Content) -> str:
    return "; ".join(str(item[:3]) for item in list(content.elements())[:5])


def _targets() -> list[tuple[str, int, str]]:
    made = [(V4.node, NODE_PORT, "tcp")]
    for plan in FAMILIES:
        made += [(plan.cluster_ip, PORT, "tcp"), (plan.other_cluster_ip, PORT, "udp")]
    return made


__all__ = ["Bench", "program"]
