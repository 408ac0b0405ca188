# SPDX-License-Identifier: Apache-2.0
"""A kernel of Debian's sources that is a process of the host (Documentation/virt/uml).

It is not the build that Debian ships: it knows one processor, and its architecture is `um`. What packets and
transactions go through is the same code, and since processors run it as they are, the tests take a fraction of the
time that they need where everything is emulated.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
from collections.abc import Iterator

from machine import Machine

_HERE = pathlib.Path(__file__).resolve().parent

# Each page of a process there may be a mapping of its own here: this is four gigabytes of them.
_MAPPINGS = 1 << 20
_MAX_MAP_COUNT = pathlib.Path("/proc/sys/vm/max_map_count")


@contextlib.contextmanager
def many_mappings() -> Iterator[None]:
    """Where a process has as many as it may, the next one is SIGKILL to whatever runs in it (65,530 by default)."""
    before = int(_MAX_MAP_COUNT.read_text())
    _MAX_MAP_COUNT.write_text(str(max(before, _MAPPINGS)))
    try:
        yield
    finally:
        _MAX_MAP_COUNT.write_text(str(before))


class UserModeMachine(Machine):
    def __init__(
        self,
        kernel: pathlib.Path,
        program: pathlib.Path,
        results: pathlib.Path,
        console: pathlib.Path,
        *,
        memory_mb: int,
        processor: int,
    ):
        with console.open("w") as log:
            process = subprocess.Popen(
                [
                    kernel,
                    f"mem={memory_mb}M",
                    "root=/dev/root", "rootfstype=hostfs", "ro",
                    "con=null", "con0=null,fd:1", "quiet", "panic=-1",
                    f"init={_HERE / 'init_user_mode.sh'}",
                    f"here={_HERE}",
                    f"program={program}",
                    f"results={results}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Its memory is a file there. And to it, a libc that has registered restartable sequences with the
                # kernel (since glibc 2.35) is one that does not answer: its processes begin as copies of it, and
                # what was registered is no longer mapped there.
                env={**os.environ, "TMPDIR": "/dev/shm", "GLIBC_TUNABLES": "glibc.pthread.rseq=0"},
                # Each of its processes is one of the host, in its group; and they take turns, which they do
                # many times faster where none has to wake another processor.
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, {processor}),
            )  # fmt: skip
        super().__init__(process, console)

    def __exit__(self, *exception):
        if not self.has_ended():
            os.killpg(self.process.pid, signal.SIGKILL)
        super().__exit__(*exception)
