# SPDX-License-Identifier: Apache-2.0
"""Network namespaces without names.

They exist as long as this process has them open (or a process or socket lives in them), so that
nothing is left behind even by `kill -9`, and tests that run side by side cannot meet.
"""

import contextlib
import ctypes
import os
import pathlib
import socket
import subprocess
from collections.abc import Iterable

from waiting import SLOWNESS, wait_until

# <linux/sched.h>
CLONE_NEWNET = 0x40000000

# <linux/ipv6_route.h>
_RTF_LOCAL = 0x80000000

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, call: str):
    if result != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{call}: {os.strerror(errno)}")


def _own_namespace() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


class Namespace:
    """A network namespace, in which nothing is up but what a test puts there.

    A socket stays in the namespace in which it was made, so one thread can talk from all of them:

        with namespace.entered():
            connection = socket.create_connection(("10.0.0.2", 80))
    """

    def __init__(self, name: str):
        self.name = name
        home = _own_namespace()
        try:
            _check(_libc.unshare(CLONE_NEWNET), "unshare")
            self._file = _own_namespace()
            _check(_libc.setns(home, CLONE_NEWNET), "setns")
        finally:
            os.close(home)

    def close(self):
        os.close(self._file)

    @property
    def path(self) -> str:
        """For programs such as ip and nsenter, while this process lives."""
        return f"/proc/{os.getpid()}/fd/{self._file}"

    @contextlib.contextmanager
    def entered(self):
        """Moves the calling thread."""
        home = _own_namespace()
        _check(_libc.setns(self._file, CLONE_NEWNET), "setns")
        try:
            yield
        finally:
            _check(_libc.setns(home, CLONE_NEWNET), "setns")
            os.close(home)

    def command(self, *arguments: str) -> list[str]:
        """What to execute for a program to run in here. Its process keeps the pid, dies with us."""
        return ["nsenter", f"--net={self.path}", "setpriv", "--pdeathsig", "KILL", *arguments]

    def run(self, *arguments: str, stdin: str = "", timeout: float = 30 * SLOWNESS) -> str:
        """The program's output. A failure is an AssertionError with what it said."""
        return self._output(self.attempt(*arguments, stdin=stdin, timeout=timeout), *arguments)

    def attempt(
        self, *arguments: str, stdin: str = "", timeout: float = 30 * SLOWNESS
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.command(*arguments), input=stdin, capture_output=True, text=True, timeout=timeout
        )

    def ip(self, *commands: str):
        """Commands of ip(8), in order. It ends by itself and is started often, so it does without
        the two programs that `command` starts first.
        """
        program = ("ip", "-batch", "-")
        lines = "".join(f"{command}\n" for command in commands)
        with self.entered():
            result = subprocess.run(
                program, input=lines, capture_output=True, text=True, timeout=30 * SLOWNESS
            )
        self._output(result, *program)

    def add_addresses(self, device: str, addresses: Iterable[str], length: int):
        """Which are in use when this returns."""
        wiring = Wiring()
        wiring.add_addresses(self, device, addresses, length)
        wiring.apply()

    def _output(self, result: subprocess.CompletedProcess, *arguments: str) -> str:
        if result.returncode != 0:
            raise AssertionError(
                f"{self.name}: {' '.join(arguments)}: exit {result.returncode}: "
                f"{result.stdout}{result.stderr}"
            )
        return result.stdout

    def await_own(self, address: str):
        """Until an IPv6 address is in use: even without duplicate address detection its worker is
        who adds the local route (net/ipv6/addrconf.c: addrconf_dad_work).
        """
        wait_until(lambda: self._is_own(address), f"{address} is {self.name}'s own")

    def _is_own(self, address: str) -> bool:
        """Whether an IPv6 address has its local route. Who asks by connecting may be told of that
        of the prefix, from which the address is chosen as a source already.
        """
        wanted = socket.inet_pton(socket.AF_INET6, address).hex()
        with self.entered():
            routes = pathlib.Path("/proc/thread-self/net/ipv6_route").read_text()
        return any(
            fields[:2] == [wanted, "80"] and int(fields[8], 16) & _RTF_LOCAL
            for fields in map(str.split, routes.splitlines())
        )

    def set_sysctls(self, values: dict[str, int]):
        """By paths below /proc/sys/net, which show the namespace of the thread that opens them."""
        with self.entered():
            for name, value in values.items():
                pathlib.Path("/proc/sys/net", name).write_text(str(value))


class Wiring:
    """What several namespaces are to be told by ip(8), which is started once for each of them."""

    def __init__(self):
        self._commands: dict[Namespace, list[str]] = {}
        self._awaited: list[tuple[Namespace, str]] = []

    def ip(self, namespace: Namespace, *commands: str):
        self._commands.setdefault(namespace, []).extend(commands)

    def add_addresses(
        self, namespace: Namespace, device: str, addresses: Iterable[str], length: int
    ):
        for address in addresses:
            is_v6 = ":" in address
            self.ip(
                namespace,
                f"address add {address}/{length} dev {device} {'nodad' if is_v6 else ''}",
            )
            if is_v6:
                self._awaited.append((namespace, address))

    def apply(self):
        """In each namespace in order, one namespace after the other as they were first named. When
        it returns, the addresses are in use.
        """
        for namespace, commands in self._commands.items():
            namespace.ip(*commands)
        for namespace, address in self._awaited:
            namespace.await_own(address)
