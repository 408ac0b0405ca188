# SPDX-License-Identifier: Apache-2.0
"""The control protocol below nftsvc: frames, with protoc to make and read what is in them."""

import pathlib
import socket
import subprocess

from waiting import PATIENCE

_PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"


def encode_request(text: str) -> bytes:
    """A Request of control.proto, given as textproto."""
    return _protoc("--encode=nftsvc.v1.Request", text.encode())


def decode_response(message: bytes) -> str:
    return _protoc("--decode=nftsvc.v1.Response", message).decode()


def frame(message: bytes) -> bytes:
    return varint(len(message)) + message


def varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(digits + bytes([value]))


class Client:
    """A connection to the control socket that can send anything."""

    def __init__(self, path: pathlib.Path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(str(path))

    def send(self, data: bytes):
        self._socket.sendall(data)

    def send_until_full(self, data: bytes):
        """Again and again, until the daemon takes no more."""
        self._socket.settimeout(0.2)
        try:
            while True:
                self._socket.sendall(data)
        except TimeoutError:
            pass

    def receive(self) -> str:
        """The next response as textproto; empty if the daemon has closed the connection."""
        length = shift = 0
        while True:
            digit = self._receive(1)
            if not digit:
                return ""
            length |= (digit[0] & 0x7F) << shift
            shift += 7
            if digit[0] < 0x80:
                return decode_response(self._receive(length))

    def call(self, request: str) -> str:
        self.send(frame(encode_request(request)))
        return self.receive()

    def _receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            try:
                more = self._socket.recv(size - len(data))
            except ConnectionResetError:
                return b""
            if not more:
                return b""
            data += more
        return data

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()


def _protoc(mode: str, data: bytes) -> bytes:
    return subprocess.run(
        ["protoc", mode, f"-I{_PROTO}", str(_PROTO / "nftsvc/v1/control.proto")],
        input=data,
        capture_output=True,
        check=True,
    ).stdout
