# SPDX-License-Identifier: Apache-2.0
"""Messages, fields and enumerations of a .proto file with the comments above them.

It reads the way our own files are written: one declaration on a line, comments with two slashes above or
behind it, no message within a message.
"""

import dataclasses
import re


@dataclasses.dataclass
class Field:
    name: str
    type: str
    repeated: bool
    comment: str


@dataclasses.dataclass
class Message:
    name: str
    comment: str
    fields: list[Field]


@dataclasses.dataclass
class Value:
    name: str
    comment: str


@dataclasses.dataclass
class Proto:
    comment: str
    messages: dict[str, Message]
    enums: dict[str, list[Value]]


# Of a declaration in a block. A comment that stands further in goes on with that behind the line before.
_INDENT = 2

_FIELD = re.compile(r"^(?:(repeated|optional) )?(\w+|map<\w+, \w+>) (\w+) = \d+;$")
_VALUE = re.compile(r"^(\w+) = \d+;\s*(?://\s*(.*))?$")


def parse(text: str) -> Proto:
    proto = Proto("", {}, {})
    comment: list[str] = []
    block: list | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        indent = len(raw) - len(raw.lstrip())
        if line.startswith("//") and block and indent > _INDENT:
            block[-1].comment += " " + line.removeprefix("//").strip()
            continue
        if line.startswith("//"):
            comment.append(line.removeprefix("//").strip())
            continue
        said = "\n".join(comment).strip()
        comment = []
        if opening := re.match(r"^(message|enum) (\w+) \{$", line):
            block = []
            if opening[1] == "message":
                proto.messages[opening[2]] = Message(opening[2], said, block)
            else:
                proto.enums[opening[2]] = block
        elif line.startswith("syntax"):
            proto.comment = said.removeprefix("SPDX-License-Identifier: Apache-2.0").strip()
        elif line == "}":
            block = None
        elif block is not None and line:
            block.append(_declaration(line, said, number))
    return proto


def _declaration(line: str, comment: str, number: int) -> Field | Value:
    if field := _FIELD.match(line):
        return Field(field[3], field[2], field[1] == "repeated", comment)
    if value := _VALUE.match(line):
        return Value(value[1], comment or value[2] or "")
    raise ValueError(f"line {number}: cannot read {line!r}")
