# SPDX-License-Identifier: Apache-2.0
"""The control protocol, as fast as a test that sends thousands of requests wants it: messages are encoded
once, by protoc, and answers are read field by field.
"""

import dataclasses
import pathlib
import socket

from waiting import PATIENCE
from wire import encode_request, frame

_STATUS = frame(encode_request("status {}"))
_VERIFY = frame(encode_request("verify {}"))


@dataclasses.dataclass(frozen=True)
class Ack:
    """What a push was answered."""

    revision: int
    persist_warning: str


@dataclasses.dataclass(frozen=True)
class Refusal:
    code: int
    message: str


@dataclasses.dataclass(frozen=True)
class Status:
    revision: int
    in_sync: bool
    problem: str
    drift_repairs: int
    last_drift: str
    persist_problem: str


def textproto(message: dict) -> str:
    """A message as textproto, from what JSON would say."""
    parts = []
    for name, value in message.items():
        for item in value if isinstance(value, list) else [value]:
            parts.append(f"{name} {{ {textproto(item)} }}" if isinstance(item, dict)
                         else f"{name}: {_scalar(name, item)}")  # fmt: skip
    return " ".join(parts)


# Fields whose values are names of an enum.
_ENUMS = {"protocol", "balancing", "external_traffic_policy", "internal_traffic_policy"}


def _scalar(name: str, value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and name not in _ENUMS:
        return f'"{value}"'
    return str(value)


def push_request(services: list[dict]) -> bytes:
    """A frame that replaces the whole snapshot."""
    return frame(encode_request(textproto({"push": {"snapshot": {"services": services}}})))


def fields(message: bytes) -> dict[int, list]:
    """What a protobuf message holds: numbers and bytes by field number."""
    found: dict[int, list] = {}
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        if key & 7 == 0:
            value, at = _read_varint(message, at)
        else:
            assert key & 7 == 2, "numbers of fixed size are not used here"
            size, at = _read_varint(message, at)
            value, at = message[at : at + size], at + size
        found.setdefault(key >> 3, []).append(value)
    return found


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def ask(path: pathlib.Path, request: bytes, patience: float = PATIENCE) -> bytes:
    """The Response to a frame; empty if the daemon ended before it was there whole. A daemon that does not
    listen at all is a ConnectionRefusedError or a FileNotFoundError.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        # Waits where many are before it, which it would not with a timeout.
        connection.connect(str(path))
        connection.settimeout(patience)
        try:
            connection.sendall(request)
        except (ConnectionResetError, BrokenPipeError):
            return b""
        return receive_message(connection)


def receive_message(connection: socket.socket) -> bytes:
    """The next one; empty if there is none and will be none."""
    data = b""
    while (size := _whole(data)) is None:
        try:
            more = connection.recv(1 << 16)
        except ConnectionResetError:
            return b""
        if not more:
            return b""
        data += more
    return data[-size:]


def _whole(data: bytes) -> int | None:
    """The size of the first message in a stream, if all of it is there."""
    if not data or all(digit >= 0x80 for digit in data[:10]):
        return None
    size, at = _read_varint(data, 0)
    return size if len(data) >= at + size else None


def ask_status(path: pathlib.Path) -> Status | None:
    response = ask(path, _STATUS)
    if not response:
        return None
    status = fields(fields(response)[6][0])
    number = lambda field: status.get(field, [0])[0]  # noqa: E731
    text = lambda field: status.get(field, [b""])[0].decode()  # noqa: E731
    return Status(number(2), bool(number(9)), text(10), number(14), text(15), text(19))


def ask_verify(path: pathlib.Path) -> list[str]:
    """nft commands that would make the kernel equal to the snapshot."""
    response = fields(ask(path, _VERIFY))
    if 2 in response:
        return [fields(response[2][0])[2][0].decode()]
    return [line.decode() for line in fields(response[7][0]).get(2, [])]


def ask_push(path: pathlib.Path, request: bytes) -> Ack | Refusal | None:
    """None: the daemon ended without a word."""
    return _push_answer(ask(path, request))


def receive(connection: socket.socket) -> Ack | Refusal | None:
    """What comes of a push that was sent through this connection."""
    return _push_answer(receive_message(connection))


def _push_answer(response: bytes) -> Ack | Refusal | None:
    if not response:
        return None
    message = fields(response)
    if 2 in message:
        error = fields(message[2][0])
        return Refusal(error.get(1, [0])[0], error.get(2, [b""])[0].decode())
    result = fields(message[3][0])
    return Ack(result[1][0], result.get(16, [b""])[0].decode())
