# SPDX-License-Identifier: Apache-2.0
"""`nftsvc top` on a terminal, with a daemon that serves nothing."""

import fcntl
import os
import pathlib
import pty
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import unittest

NFTSVC = os.environ["NFTSVC"]

_OTHER_SCREEN, _FORMER_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"


class EmptyDaemon:
    """Answers every request with an empty list: Response { id, list {} }."""

    def __init__(self, path: str):
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(path)
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._listener.close()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                while request := client.recv(4096):
                    # A length, the id's tag and the id, all below 128.
                    message = bytes([0x08, request[2], 0x22, 0])
                    client.sendall(bytes([len(message)]) + message)


class TerminalTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="nftsvc-test-")
        self.addCleanup(directory.cleanup)
        path = str(pathlib.Path(directory.name, "control.sock"))
        daemon = EmptyDaemon(path)
        self.addCleanup(daemon.close)
        self.ours, theirs = pty.openpty()
        self.addCleanup(os.close, self.ours)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
        self.modes = termios.tcgetattr(theirs)
        self.theirs = theirs
        self.addCleanup(os.close, theirs)
        self.process = subprocess.Popen(
            [NFTSVC, "--socket", path, "top", "--interval", "0.1"],
            stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env={"TERM": "xterm"},
        )  # fmt: skip
        self.addCleanup(self.process.stderr.close)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.shown = b""

    def read_until(self, text: bytes):
        while text not in self.shown:
            self.shown += os.read(self.ours, 65536)

    def check_end(self):
        self.read_until(_FORMER_SCREEN)
        self.assertEqual(self.process.wait(20), 0, self.process.stderr.read())
        self.assertEqual(termios.tcgetattr(self.theirs), self.modes)

    def test_it_draws_again_and_again_until_q(self):
        self.read_until(b"SERVICE")
        self.assertTrue(self.shown.startswith(_OTHER_SCREEN))
        drawn = self.shown.count(b"\x1b[H")
        while self.shown.count(b"\x1b[H") < drawn + 2:
            self.shown += os.read(self.ours, 65536)
        # The screen has 20 columns.
        self.assertIn(b"0 services, 0.0 conn", self.shown)
        self.assertNotIn(b"0 services, 0.0 conne", self.shown)
        os.write(self.ours, b"q")
        self.check_end()

    def test_ctrl_c_leaves_the_terminal_as_it_was(self):
        self.read_until(b"services")
        self.process.send_signal(signal.SIGINT)
        self.check_end()

    def test_sigterm_does_too(self):
        self.read_until(b"services")
        self.process.send_signal(signal.SIGTERM)
        self.check_end()


if __name__ == "__main__":
    unittest.main()
