# SPDX-License-Identifier: Apache-2.0
"""An endpoint of the demo: an HTTP server that says its name, and has a long file to download."""

import hashlib
import http.server
import socket
import sys
from collections.abc import Iterator

PORT = 80
DOWNLOAD_BLOCKS = 512
BLOCK_BYTES = 1 << 17


def download() -> Iterator[bytes]:
    """64 MiB, much more than the buffers of both ends hold; no two blocks are alike."""
    for i in range(DOWNLOAD_BLOCKS):
        seed = hashlib.sha256(str(i).encode()).digest()
        yield seed * (BLOCK_BYTES // len(seed))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # a connection takes several requests
    name = ""

    def do_GET(self):
        length = DOWNLOAD_BLOCKS * BLOCK_BYTES if self.path == "/download" else len(self.name)
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        for block in download() if self.path == "/download" else [self.name.encode()]:
            self.wfile.write(block)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Listens on all addresses of both families."""

    address_family = socket.AF_INET6
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


def main():
    Handler.name = sys.argv[1]
    with Server(("::", PORT), Handler) as server:
        print("listening", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
