# SPDX-License-Identifier: Apache-2.0
"""The fields of a .proto file in the order in which a reader meets them, for every form of the manual."""

import dataclasses
from collections.abc import Iterator

import proto_text

_TYPES = {
    "string": "text",
    "uint32": "number",
    "bool": "true or false",
    "map<string, string>": "key and value",
}


@dataclasses.dataclass
class Entry:
    path: str  # "node.name"
    type: str
    comment: str
    is_message: bool


def entries(proto: proto_text.Proto, message: str, prefix: str = "") -> Iterator[Entry]:
    """Every field below a message: plain ones, then those that are messages, each before its own fields."""
    fields = proto.messages[message].fields
    for field in sorted(fields, key=lambda field: field.type in proto.messages):
        path = prefix + field.name
        below = proto.messages.get(field.type)
        yield Entry(path, _type(proto, field), _comment(proto, field), below is not None)
        if below:
            yield from entries(proto, field.type, path + ".")


def _comment(proto: proto_text.Proto, field: proto_text.Field) -> str:
    """With what its type has to say."""
    said = [field.comment]
    if field.type in proto.messages:
        said.append(proto.messages[field.type].comment)
    for value in proto.enums.get(field.type, [])[1:]:
        said.append(f"{value.name}: {value.comment.removesuffix('.')}." if value.comment else "")
    return "\n".join(filter(None, said))


def _type(proto: proto_text.Proto, field: proto_text.Field) -> str:
    if field.type in proto.messages:
        name = "message"
    elif field.type in proto.enums:
        *others, last = [value.name for value in proto.enums[field.type][1:]]
        name = f"{', '.join(others)} or {last}"
    else:
        name = _TYPES[field.type]
    return name + (", repeated" if field.repeated else "")
