# SPDX-License-Identifier: Apache-2.0
"""Long downloads, one in each family, that go on while things happen to the daemon."""

import hashlib
import http.client
from types import TracebackType

from network import ADDRESSES, PORT, Network
from server import BLOCK_BYTES, DOWNLOAD_BLOCKS, download

_WHOLE = BLOCK_BYTES * DOWNLOAD_BLOCKS
_EIGHTH = _WHOLE // 8


class Downloads:
    """Begun when entered; when left, every byte must have come, and be the right one. In between
    they stand, with far more to come than buffers hold, so the kernel must forward what follows.
    """

    def __init__(self, network: Network):
        self._network = network

    def __enter__(self):
        self._connections = []
        for address in ADDRESSES:
            with self._network.client.entered():
                connection = http.client.HTTPConnection(address, PORT, timeout=20)
                connection.connect()
            connection.request("GET", "/download")
            self._connections.append((connection, connection.getresponse(), hashlib.sha256()))
        self.go_on()
        return self

    def go_on(self):
        """By an eighth."""
        for _, response, seen in self._connections:
            seen.update(response.read(_EIGHTH))

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None):
        try:
            if kind is None:
                self._finish()
        finally:
            for connection, _, _ in self._connections:
                connection.close()

    def _finish(self):
        expected = hashlib.sha256()
        for block in download():
            expected.update(block)
        for connection, response, seen in self._connections:
            seen.update(response.read())
            assert seen.digest() == expected.digest(), f"{connection.host}: other bytes came"
