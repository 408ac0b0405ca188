# SPDX-License-Identifier: Apache-2.0
"""Clients: what happens to those who dial an address, told as a client can know it."""

import collections
import contextlib
import dataclasses
import enum
import errno
import ipaddress
import json
import random
import selectors
import socket
import struct
import time
from collections.abc import Iterable

import sctp
from netns import Namespace
from servers import open_socket, sctp_payload
from waiting import SLOWNESS

# Seconds without an answer that count as none. On a busy machine an answer takes its time; who
# expects none need not wait that long.
PATIENCE = 10.0 * SLOWNESS
WHERE_NONE_IS_EXPECTED = 0.5 * SLOWNESS

# IP_RECVERR and IPV6_RECVERR (<linux/in.h>, <linux/in6.h>): every ICMP error, at once.
_REPORT_ERRORS = {
    socket.AF_INET: (socket.IPPROTO_IP, 11),
    socket.AF_INET6: (socket.IPPROTO_IPV6, 25),
}


class Fate(enum.Enum):
    CONNECTED = "connected"
    REFUSED = "refused"  # TCP reset or ICMP port unreachable
    UNREACHABLE = "unreachable"  # no route, or no SCTP there: no service took the packet
    DROPPED = "dropped"  # no answer


@dataclasses.dataclass(frozen=True)
class Outcome:
    fate: Fate
    endpoint: str = ""  # who answered
    source: str = ""  # the client's address as the endpoint saw it

    def __str__(self):
        if self.fate != Fate.CONNECTED:
            return self.fate.value
        return f"connected to {self.endpoint} as {self.source}"


REFUSED = Outcome(Fate.REFUSED)
UNREACHABLE = Outcome(Fate.UNREACHABLE)
DROPPED = Outcome(Fate.DROPPED)

_FATES = {
    errno.ECONNREFUSED: REFUSED,
    errno.EHOSTUNREACH: UNREACHABLE,
    errno.ENETUNREACH: UNREACHABLE,
    errno.ENOPROTOOPT: UNREACHABLE,
    errno.EPROTO: UNREACHABLE,
}


@dataclasses.dataclass(frozen=True)
class Dial:
    """A client in `source` that opens a connection to the address."""

    source: Namespace
    address: str
    port: int
    protocol: str = "tcp"
    client: tuple[str, int] | None = None  # address and port to dial from; port 0: any

    def __str__(self):
        return f"{self.source.name} to {self.address} port {self.port}/{self.protocol}"


class _Attempt:
    """One dial under way."""

    def __init__(self, dial: Dial):
        self.dial = dial
        self.socket = open_socket(dial.source, dial.address, dial.protocol)
        self.local_port = random.randrange(1024, 65536)  # of SCTP

    def start(self) -> Outcome | None:
        """An outcome that is known at once."""
        dial = self.dial
        self.socket.setsockopt(*_REPORT_ERRORS[self.socket.family], 1)
        if dial.client is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(dial.client)
            # A port can be used again at once after a reset.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        port = 0 if dial.protocol == "sctp" else dial.port
        result = self.socket.connect_ex((dial.address, port))
        if result not in (0, errno.EINPROGRESS):
            return _outcome_of(result)
        try:
            if dial.protocol == "udp":
                self.socket.send(b"who is there?")
            elif dial.protocol == "sctp":
                self.socket.send(sctp.init(self.local_port, dial.port))
        except OSError as error:
            # What a ruleset drops or rejects in its output hook; an ICMP error may follow.
            return None if error.errno == errno.EPERM else _outcome_of(error.errno)
        return None

    def proceed(self) -> Outcome | None:
        """The outcome, when the socket has something to tell; None if it was for somebody else."""
        try:
            data, sender = self.socket.recvfrom(65536)
        except BlockingIOError:
            return self._queued_error()
        except OSError as error:
            # Raw sockets hear of the errors of all that dial the same address.
            is_for_us = self.dial.protocol != "sctp"
            return _outcome_of(error.errno) if is_for_us else self._queued_error()
        if self.dial.protocol == "sctp":
            # Before it is connected, a raw socket hears what all others dialled; one of them may have drawn this port.
            if ipaddress.ip_address(sender[0]) != ipaddress.ip_address(self.dial.address):
                return None
            packet = sctp_payload(data, self.socket.family)
            if sctp.ports(packet) != (self.dial.port, self.local_port):
                return None
            data = sctp.cookie_of(packet)
            if data is None:
                return None
        greeting = json.loads(data)
        return Outcome(Fate.CONNECTED, greeting["endpoint"], greeting["client"])

    def _queued_error(self) -> Outcome | None:
        """The first of the ICMP errors in the queue that is ours.

        TCP has one there when it came while connect(2) still held the socket: it waits whether its
        second SYN fares better (net/ipv4/tcp_ipv4.c: tcp_v4_err).
        """
        while True:
            try:
                packet, ancillary, _, _ = self.socket.recvmsg(512, 512, socket.MSG_ERRQUEUE)
            except BlockingIOError:
                return None
            if self.dial.protocol == "sctp":
                if sctp.ports(packet) != (self.local_port, self.dial.port):
                    continue
            (_, _, extended_error) = ancillary[0]  # <linux/errqueue.h>: starts with the errno
            return _outcome_of(struct.unpack_from("=I", extended_error)[0])


def _outcome_of(error: int) -> Outcome:
    if error not in _FATES:
        raise OSError(error, errno.errorcode[error])
    return _FATES[error]


def dial_all(dials: Iterable[Dial], patience: float = PATIENCE) -> list[Outcome]:
    """All at once. Outcomes are in the order of the dials."""
    attempts = [_Attempt(dial) for dial in dials]
    try:
        return _run(attempts, patience)
    finally:
        for attempt in attempts:
            attempt.socket.close()


def dial(
    source: Namespace, address: str, port: int, protocol: str = "tcp", patience: float = PATIENCE
) -> Outcome:
    return dial_all([Dial(source, address, port, protocol)], patience)[0]


def spread(source: Namespace, address: str, port: int, protocol: str = "tcp", *, times: int):
    """How often each endpoint answered. Other outcomes than a connection are an AssertionError."""
    outcomes = dial_all([Dial(source, address, port, protocol)] * times)
    failed = {str(o) for o in outcomes if o.fate != Fate.CONNECTED}
    assert not failed, f"{source.name} to {address} port {port}/{protocol}: {failed}"
    return collections.Counter(o.endpoint for o in outcomes)


def _run(attempts: list[_Attempt], patience: float) -> list[Outcome]:
    outcomes = {}
    with selectors.DefaultSelector() as selector:
        for attempt in attempts:
            known = attempt.start()
            if known is None:
                selector.register(attempt.socket, selectors.EVENT_READ, attempt)
            else:
                outcomes[attempt] = known
        deadline = time.monotonic() + patience
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                outcome = key.data.proceed()
                if outcome is not None:
                    outcomes[key.data] = outcome
                    selector.unregister(key.fileobj)
    return [outcomes.get(attempt, DROPPED) for attempt in attempts]


class Connection:
    """A TCP connection that stays open."""

    def __init__(self, source: Namespace, address: str, port: int):
        self._attempt = _Attempt(Dial(source, address, port))
        self._socket = self._attempt.socket
        try:
            self.outcome = _run([self._attempt], PATIENCE)[0]
            assert self.outcome.fate == Fate.CONNECTED, f"{self._attempt.dial}: {self.outcome}"
        except BaseException:
            self._socket.close()
            raise
        self._socket.settimeout(PATIENCE)

    @property
    def endpoint(self) -> str:
        return self.outcome.endpoint

    def is_alive(self) -> bool:
        """Whether the endpoint still answers on this connection."""
        message = random.randbytes(1000)
        try:
            self._socket.sendall(message)
            answer = b""
            while len(answer) < len(message):
                data = self._socket.recv(65536)
                if not data:
                    return False
                answer += data
        except OSError:
            return False
        return answer == message

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Conversation:
    """A UDP client that sends again and again from one port."""

    def __init__(self, source: Namespace, address: str, port: int):
        self._socket = open_socket(source, address, "udp")
        self._socket.setsockopt(*_REPORT_ERRORS[self._socket.family], 1)
        self._socket.connect((address, port))

    def ask(self, patience: float = PATIENCE) -> Outcome:
        """What comes of one datagram."""
        self._socket.settimeout(patience)
        try:
            with contextlib.suppress(PermissionError):  # as in _Attempt.start
                self._socket.send(b"who is there?")
            greeting = json.loads(self._socket.recv(65536))
        except TimeoutError:
            return DROPPED
        except OSError as error:
            return _outcome_of(error.errno)
        return Outcome(Fate.CONNECTED, greeting["endpoint"], greeting["client"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()
