# SPDX-License-Identifier: Apache-2.0
"""System calls of nftsvcd that go wrong when the test says so: fault_shim.c, built and driven."""

import enum
import errno
import mmap
import os
import pathlib
import struct
import subprocess

_HERE = pathlib.Path(__file__).resolve().parent

# struct page of fault_shim.c.
_PLAN = struct.Struct("=IIII")
_CALLS = struct.Struct("=I")
_AT = slice(20, 40)
_SIZE = 4096


class Action(enum.IntEnum):
    KILL = 0
    KILL_HALF = 1
    FAIL = 2
    DO_AND_FAIL = 3
    HALF = 4
    ERROR_REPLY = 5
    INTERRUPTED = 6
    CUT_SHORT = 7


class Call(enum.IntFlag):
    READ = 1 << 0
    WRITE = 1 << 1
    SEND = 1 << 2
    RECEIVE = 1 << 3
    SYNC = 1 << 4
    NAME = 1 << 5
    OPEN = 1 << 6
    NETLINK_SEND = 1 << 7
    NETLINK_RECEIVE = 1 << 8

    @classmethod
    def netlink(cls) -> "Call":
        return cls.NETLINK_SEND | cls.NETLINK_RECEIVE

    @classmethod
    def files(cls) -> "Call":
        return cls.WRITE | cls.SYNC | cls.NAME | cls.OPEN

    @classmethod
    def all(cls) -> "Call":
        return cls((1 << 9) - 1)


class Faults:
    """What is to go wrong in the daemon that has `environment`."""

    def __init__(self, directory: pathlib.Path):
        shim = directory / "fault_shim.so"
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", "-o", shim, _HERE / "fault_shim.c", "-ldl"],
            check=True,
        )
        path = directory / "fault_page"
        path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), _SIZE)
        self.environment = {"LD_PRELOAD": str(shim), "FAULT_PAGE": str(path)}

    def plan(self, call: int, action: Action, calls: Call = Call.all(), error: int = errno.EIO):
        """The `call`-th of these calls from now, counted from 1, goes wrong."""
        self._page[_AT] = bytes(_AT.stop - _AT.start)
        _PLAN.pack_into(self._page, 0, call, action, error, calls)

    def cancel(self):
        """Nothing goes wrong any more."""
        _PLAN.pack_into(self._page, 0, 0, 0, 0, 0)

    @property
    def hit(self) -> str:
        """The call that has gone wrong since the plan was made; empty: none yet."""
        return self._page[_AT].rstrip(b"\0").decode()

    def close(self):
        self._page.close()
