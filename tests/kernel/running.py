# SPDX-License-Identifier: Apache-2.0
"""Programs that run while a test goes on."""

import json
import signal
import subprocess
import threading

from netns import Namespace
from waiting import PATIENCE, wait_until


class Running:
    """A program in a namespace, whose output is read as it comes."""

    def __init__(self, namespace: Namespace, *arguments: str):
        self._arguments = arguments
        self.process = subprocess.Popen(
            namespace.command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []  # of standard output
        self.complaints: list[str] = []  # of standard error
        self._threads = [
            threading.Thread(target=self._read, args=(stream, to), daemon=True)
            for stream, to in (
                (self.process.stdout, self.lines),
                (self.process.stderr, self.complaints),
            )
        ]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _read(stream, to: list[str]):
        for line in stream:
            to.append(line.rstrip("\n"))

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def objects(self) -> list[dict]:
        """Of a program that prints JSON, an object a line."""
        return [json.loads(line) for line in list(self.lines)]

    def wait_for(self, text: str):
        """Until it says so, on either stream."""

        def said() -> bool:
            return any(text in line for line in [*self.lines, *self.complaints])

        wait_until(
            lambda: said() or self.process.poll() is not None, f"{self._arguments} says {text}"
        )
        for thread in self._threads if self.process.poll() is not None else ():
            thread.join(PATIENCE)
        if not said():
            raise AssertionError(f"{self._arguments}: {self.lines} {self.complaints}")

    def end(self, number: int = signal.SIGTERM) -> int:
        """What the process ends with."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        self.process.stdout.close()
        self.process.stderr.close()
