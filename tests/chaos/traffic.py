# SPDX-License-Identifier: Apache-2.0
"""Clients that never rest: connections that stay open and say something all the time, datagrams of flows that
stay, and new connections one after the other. Nothing of it may get lost.

`Traffic` runs them in a process of their own, which is this file as a program.
"""

import contextlib
import dataclasses
import errno
import json
import os
import random
import selectors
import socket
import struct
import subprocess
import sys
import time

_HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(_HERE), "kernel"))

from netns import Namespace  # noqa: E402

# Seconds after which something counts as lost.
_PATIENCE = 10.0

_FLOW_PAUSE = 0.02
_DIALS_AT_ONCE = 3
_DIAL_PAUSE = 0.01

# What TCP has sent again: tcpi_total_retrans of struct tcp_info (<linux/tcp.h>).
_TCP_INFO_SIZE, _TOTAL_RETRANS = 104, 100


@dataclasses.dataclass
class Figures:
    """Of calm times, in which nothing may go wrong, or of those in which the tables were destroyed."""

    dialled: int = 0
    failed: int = 0
    sent: int = 0  # messages on connections that stay, and datagrams
    lost: int = 0
    resent: int = 0  # segments that TCP had to send again
    broken: int = 0  # connections that should have stayed
    trouble: list[str] = dataclasses.field(default_factory=list)

    def note(self, what: str):
        if len(self.trouble) < 20:
            self.trouble.append(what)

    def add(self, other: "Figures"):
        for field in dataclasses.fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


class Traffic:
    def __init__(self, namespace: Namespace, targets: list[tuple[str, int]], seed: int):
        self._process = subprocess.Popen(
            namespace.command(sys.executable, "-B", __file__, json.dumps(targets), str(seed)),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._read() == "ready", "traffic does not flow"

    def outage(self, begins: bool):
        """From now on what goes wrong is the fault of who destroyed the tables; or is not any more."""
        self._ask("outage" if begins else "calm")

    def report(self) -> tuple[Figures, Figures]:
        """Of calm times and of outages, since the start."""
        calm, outage = json.loads(self._ask("report"))
        return Figures(**calm), Figures(**outage)

    def _ask(self, command: str) -> str:
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> str:
        line = self._process.stdout.readline()
        assert line, "traffic has ended"
        return line.strip()

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def _resent(connection: socket.socket) -> int:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
    return struct.unpack_from("=I", info, _TOTAL_RETRANS)[0]


class _Client:
    """Something that waits for an answer, or for its time to ask again."""

    def __init__(self, clients: "_Clients", target: tuple[str, int], kind: int):
        self.clients, self.target = clients, tuple(target)
        family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
        self.socket = socket.socket(family, kind)
        self.socket.setblocking(False)
        self.deadline = time.monotonic() + _PATIENCE
        clients.selector.register(self.socket, selectors.EVENT_READ, self)

    def name(self) -> str:
        return f"{type(self).__name__[1:]} {self.target}"

    def close(self):
        self.clients.selector.unregister(self.socket)
        self.socket.close()


class _Dial(_Client):
    """One new connection, until it is greeted."""

    def __init__(self, clients, target):
        super().__init__(clients, target, socket.SOCK_STREAM)
        # No TIME_WAIT, so that ports do not run out.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.result = self.socket.connect_ex(self.target)

    def proceed(self) -> str | None:
        """What has gone wrong; None: nothing, and there is nothing more to do."""
        try:
            greeting = self.socket.recv(4096)
        except BlockingIOError:
            raise
        except OSError as error:
            return errno.errorcode[error.errno]
        return None if b"endpoint" in greeting else f"greeted with {greeting!r}"


class _Flow(_Client):
    """A connection that stays: numbered messages, each of which comes back."""

    def __init__(self, clients, target):
        super().__init__(clients, target, socket.SOCK_STREAM)
        self.socket.connect_ex(self.target)
        self.greeted = False
        self.number = 0
        self.waits = True  # for an answer
        self.received = b""
        self.resent = 0
        self.next_time = 0.0

    def send(self):
        self.number += 1
        self.socket.send(struct.pack("!Q", self.number) * 8)
        self.waits, self.deadline = True, time.monotonic() + _PATIENCE
        self.clients.figures.sent += 1

    def proceed(self) -> str | None:
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            raise
        except OSError as error:
            return errno.errorcode[error.errno]
        if not data:
            return "closed"
        self.received += data
        if not self.greeted:
            if not self.received.endswith(b"\n"):
                return None
            self.greeted = True
        elif len(self.received) < 64:
            return None
        elif self.received != struct.pack("!Q", self.number) * 8:
            return f"not what was sent: {self.received!r}"
        self.received, self.waits = b"", False
        self.next_time = time.monotonic() + _FLOW_PAUSE
        resent = _resent(self.socket)
        if resent > self.resent:
            self.clients.figures.resent += resent - self.resent
            self.clients.figures.note(f"{self.name()}: sent again")
            self.resent = resent
        return None


class _Datagrams(_Client):
    """A flow of datagrams from one port, each answered before the next is sent."""

    def __init__(self, clients, target):
        super().__init__(clients, target, socket.SOCK_DGRAM)
        self.socket.connect(self.target)
        self.waits, self.next_time = False, 0.0

    def send(self):
        self.waits, self.deadline = True, time.monotonic() + _PATIENCE
        self.clients.figures.sent += 1
        with contextlib.suppress(OSError):  # an error of before; without an answer it is lost
            self.socket.send(b"who is there?")

    def proceed(self) -> str | None:
        try:
            self.socket.recv(4096)
        except BlockingIOError:
            raise
        except OSError as error:
            return errno.errorcode[error.errno]
        self.waits, self.next_time = False, time.monotonic() + _FLOW_PAUSE
        return None


class _Clients:
    def __init__(self, targets: list[tuple[str, int]], datagram_targets, seed: int):
        self.selector = selectors.DefaultSelector()
        self.targets, self.datagram_targets = targets, datagram_targets
        self.random = random.Random(seed)
        self.calm, self.destroyed = Figures(), Figures()
        self.figures = self.calm
        self.dials: list[_Dial] = []
        self.flows: list[_Flow | _Datagrams] = []
        self.next_dial = 0.0
        self.open_flows()

    def open_flows(self):
        self.flows = [_Flow(self, target) for target in self.targets for _ in range(3)]
        self.flows += [_Datagrams(self, target) for target in self.datagram_targets]

    def begin_outage(self):
        self.figures = self.destroyed

    def end_outage(self):
        """What has begun in the outage does not count for the calm after it."""
        for client in self.dials + self.flows:
            client.close()
        self.dials = []
        self.open_flows()
        self.figures = self.calm

    def turn(self):
        """Whatever is due."""
        now = time.monotonic()
        if now >= self.next_dial and len(self.dials) < _DIALS_AT_ONCE:
            self.next_dial = now + _DIAL_PAUSE
            self.figures.dialled += 1
            self.dials.append(_Dial(self, self.random.choice(self.targets)))
        for flow in list(self.flows):
            if not flow.waits and now >= flow.next_time:
                try:
                    flow.send()
                except OSError as error:
                    self.break_flow(flow, errno.errorcode[error.errno])
            elif flow.waits and now > flow.deadline:
                self.break_flow(flow, "no answer")
        for dial in [d for d in self.dials if now > d.deadline]:
            self.end_dial(dial, "no answer")
        for key, _ in self.selector.select(0.005):
            client = key.data
            if client is None:
                self.obey()
                return
            if client.socket.fileno() < 0:
                continue
            try:
                trouble = client.proceed()
            except BlockingIOError:  # woken up for nothing
                continue
            if isinstance(client, _Dial):
                self.end_dial(client, trouble)
            elif trouble is not None:
                self.break_flow(client, trouble)

    def end_dial(self, dial: _Dial, trouble: str | None):
        if trouble is not None:
            self.figures.failed += 1
            self.figures.note(f"{dial.name()}: {trouble}")
        elif resent := _resent(dial.socket):
            self.figures.resent += resent
            self.figures.note(f"{dial.name()}: sent again")
        self.dials.remove(dial)
        dial.close()

    def break_flow(self, flow: "_Flow | _Datagrams", trouble: str):
        self.figures.note(f"{flow.name()}: {trouble}")
        self.figures.lost += flow.waits
        if isinstance(flow, _Flow):
            self.figures.broken += 1
        self.flows.remove(flow)
        flow.close()
        if self.figures is self.calm:  # else all of them begin anew when it is over
            self.flows.append(type(flow)(self, flow.target))

    def obey(self):
        line = sys.stdin.readline()
        if not line:
            sys.exit()
        command = line.strip()
        if command == "report":
            both = [dataclasses.asdict(figures) for figures in (self.calm, self.destroyed)]
            print(json.dumps(both), flush=True)
            return
        self.begin_outage() if command == "outage" else self.end_outage()
        print("done", flush=True)


def _main():
    targets = [tuple(target) for target in json.loads(sys.argv[1])]
    streams = [target[:2] for target in targets if target[2] == "tcp"]
    datagrams = [target[:2] for target in targets if target[2] == "udp"]
    clients = _Clients(streams, datagrams, int(sys.argv[2]))
    clients.selector.register(sys.stdin, selectors.EVENT_READ, None)
    print("ready", flush=True)
    while True:
        clients.turn()


if __name__ == "__main__":
    _main()
