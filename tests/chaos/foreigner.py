# SPDX-License-Identifier: Apache-2.0
"""Somebody else on the host, who commits to a table of their own every few milliseconds."""

import contextlib
import os
import signal
import subprocess
import sys

from netns import Namespace

FOREIGN_TABLE = """
table inet others {
  set numbers { type inet_service; }
  chain theirs {
    type filter hook input priority 0; policy accept;
    tcp dport @numbers counter
  }
}
"""

# Changes the table for ever, with one nft that stays.
_PROGRAM = """
import subprocess, sys, time
nft = subprocess.Popen(
    ["nft", "-i"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
)
for number in range(10**9):
    verb = "add" if number % 2 == 0 else "delete"
    nft.stdin.write(f"{verb} element inet others numbers {{ {1 + number // 2 % 60000} }}\\n")
    nft.stdin.flush()
    time.sleep(float(sys.argv[1]))
"""


class Foreigner:
    def __init__(self, node: Namespace, pause: float):
        self._process = subprocess.Popen(
            node.command(sys.executable, "-c", _PROGRAM, str(pause)),
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a group of its own, with nft in it
        )

    @contextlib.contextmanager
    def quiet(self):
        """For those who want to read one generation of everything."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
