# SPDX-License-Identifier: Apache-2.0
"""As much of SCTP (RFC 9260) as opens an association, for kernels without SCTP sockets.

A client sends INIT; a server answers INIT ACK, whose state cookie is any bytes. That is what
conntrack and NAT look at.
"""

import os
import struct

PROTOCOL = 132

_INIT, _INIT_ACK, _STATE_COOKIE = 1, 2, 7
_HEADER = struct.Struct("!HHI")  # ports, verification tag; then the checksum
_INIT_CHUNK = struct.Struct("!BBHIIHHI")  # type, flags, length, tag, window, streams, TSN
_PARAMETER = struct.Struct("!HH")


def _crc32c_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC32C = _crc32c_table()


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC32C[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _packet(source: int, destination: int, verification_tag: int, chunk: bytes) -> bytes:
    header = _HEADER.pack(source, destination, verification_tag)
    # The checksum goes over the wire with its low byte first (RFC 9260, appendix A).
    checksum = struct.pack("<I", crc32c(header + bytes(4) + chunk))
    return header + checksum + chunk


def _init_chunk(kind: int, parameters: bytes) -> bytes:
    tag = int.from_bytes(os.urandom(4), "big") | 1
    length = _INIT_CHUNK.size + len(parameters)
    return _INIT_CHUNK.pack(kind, 0, length, tag, 65536, 1, 1, 1) + parameters


def init(source: int, destination: int) -> bytes:
    return _packet(source, destination, 0, _init_chunk(_INIT, b""))


def init_ack(request: bytes, cookie: bytes) -> bytes:
    """The answer to an INIT."""
    source, destination, _ = _HEADER.unpack_from(request)
    (tag,) = struct.unpack_from("!I", request, 16)
    parameter = _PARAMETER.pack(_STATE_COOKIE, _PARAMETER.size + len(cookie)) + cookie
    chunk = _init_chunk(_INIT_ACK, parameter + bytes(-len(parameter) % 4))
    return _packet(destination, source, tag, chunk)


def ports(packet: bytes) -> tuple[int, int]:
    """Source and destination."""
    return struct.unpack_from("!HH", packet)


def is_init(packet: bytes) -> bool:
    return _is_chunk(packet, _INIT)


def cookie_of(packet: bytes) -> bytes | None:
    """What an INIT ACK with a right checksum carries; None of any other packet."""
    if not _is_chunk(packet, _INIT_ACK):
        return None
    start = 12 + _INIT_CHUNK.size
    kind, length = _PARAMETER.unpack_from(packet, start)
    return packet[start + _PARAMETER.size : start + length] if kind == _STATE_COOKIE else None


def _is_chunk(packet: bytes, kind: int) -> bool:
    if len(packet) < 12 + _INIT_CHUNK.size or packet[12] != kind:
        return False
    (checksum,) = struct.unpack_from("<I", packet, 8)
    return checksum == crc32c(packet[:8] + bytes(4) + packet[12:])
