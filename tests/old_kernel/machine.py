# SPDX-License-Identifier: Apache-2.0
"""A machine with a kernel of its own, the host's tree to read and a folder to write to. It has no network."""

import pathlib
import subprocess


class Machine:
    """A process of the host. Runs guest.py, and is gone with it or after leaving it."""

    # How the guest ends the machine: a key of the kernel's magic SysRq
    # (Documentation/admin-guide/sysrq.rst).
    END = "o"

    def __init__(self, process: subprocess.Popen, console: pathlib.Path):
        self.process = process
        self.console = console

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.has_ended():
            self.process.kill()
        self.process.wait()
