# SPDX-License-Identifier: Apache-2.0
"""The fields of config.proto in the order in which a reader meets them, for every form of the manual."""

import dataclasses
from collections.abc import Iterator

import proto_text

INTRODUCTION = """\
The file is textproto of the message nftsvc.v1.Config: names, colons and values, with braces around the
fields of a message, and # before comments. A field that may be repeated stands there once for each
value. An empty file is a configuration."""

RELOADING = """\
nftsvcd rereads the file on SIGHUP (systemctl reload nftsvcd). A file with mistakes is not taken, and the
old configuration stays; control_socket, control_socket_access and state_directory need a restart.
nftsvcd --check says everything that is wrong with the file, each with its line and column."""

EXAMPLE = """\
node {
  name: "node-a"
  zone: "zone-1"
  node_port_addresses: "192.168.0.0/24"
}
local_pods {
  cidrs: "10.0.0.0/8"
  cidrs: "fd00:10::/64"
}
service_cidrs: "10.96.0.0/12"
reject_unassigned_ports: false"""

_TYPES = {"string": "text", "uint32": "number", "bool": "true or false"}


@dataclasses.dataclass
class Entry:
    path: str  # "node.name"
    type: str
    comment: str
    is_message: bool


def entries(proto: proto_text.Proto, message: str = "Config", prefix: str = "") -> Iterator[Entry]:
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
        said.append(f"{value.name}: {value.comment}.")
    return "\n".join(filter(None, said))


def _type(proto: proto_text.Proto, field: proto_text.Field) -> str:
    if field.type in proto.messages:
        return "message"
    if field.type in proto.enums:
        values = [value.name for value in proto.enums[field.type][1:]]
        return " or ".join(values)
    return _TYPES[field.type] + (", repeated" if field.repeated else "")
