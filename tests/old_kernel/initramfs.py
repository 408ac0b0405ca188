# SPDX-License-Identifier: Apache-2.0
"""An initramfs: the archive that a kernel unpacks into memory before anything else runs."""

import dataclasses
import pathlib
import stat

# Magic of the "newc" format, and its last entry (Documentation/driver-api/early-userspace).
_MAGIC = "070701"
_END = "TRAILER!!!"


@dataclasses.dataclass(frozen=True)
class _Entry:
    name: str
    mode: int
    content: bytes = b""


class Initramfs:
    """Files are added by their path in the archive; their folders come by themselves."""

    def __init__(self):
        self._entries: dict[str, _Entry] = {}

    def add_folder(self, name: str):
        for parent in reversed(pathlib.PurePath(name).parents):
            if str(parent) != ".":
                self._put(str(parent), stat.S_IFDIR | 0o755)
        self._put(name, stat.S_IFDIR | 0o755)

    def add(self, name: str, content: bytes):
        """Everybody may execute it: there is nobody but root."""
        if "/" in name:
            self.add_folder(str(pathlib.PurePath(name).parent))
        self._put(name, stat.S_IFREG | 0o755, content)

    def archive(self) -> bytes:
        entries = [*self._entries.values(), _Entry(_END, 0)]
        return b"".join(self._encode(number, entry) for number, entry in enumerate(entries, 1))

    def _put(self, name: str, mode: int, content: bytes = b""):
        self._entries[name] = _Entry(name, mode, content)

    @staticmethod
    def _encode(number: int, entry: _Entry) -> bytes:
        name = entry.name.encode() + b"\0"
        # inode, mode, uid, gid, links, mtime, size, device and rdev by major and minor, name, checksum
        fields = (number, entry.mode, 0, 0, 1, 0, len(entry.content), 0, 0, 0, 0, len(name), 0)
        header = _MAGIC.encode() + b"".join(b"%08X" % field for field in fields)
        return _padded(header + name) + _padded(entry.content)


def _padded(content: bytes) -> bytes:
    return content + b"\0" * (-len(content) % 4)
