# SPDX-License-Identifier: Apache-2.0
"""What the kernel holds of our tables, read from the kernel itself: neither nftsvcd nor nft has a say in it."""

import collections
import errno
import os
import socket
import struct

from netns import Namespace

# <linux/netlink.h>, <linux/netfilter/nfnetlink.h>, <linux/netfilter/nf_tables.h>
_NETLINK_NETFILTER = 12
_NLM_F_REQUEST, _NLM_F_ACK, _NLM_F_DUMP = 1, 4, 0x300
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NFNL_SUBSYS_NFTABLES = 10
_GETCHAIN, _GETRULE, _GETSET, _GETSETELEM, _GETGEN = 4, 7, 10, 13, 16

_HEADER = struct.Struct("=IHHII")  # nlmsghdr
_GENERAL = struct.Struct("!BBH")  # nfgenmsg
_ATTRIBUTE = struct.Struct("=HH")  # nlattr

_TABLE = b"nftsvc\0"
_FAMILIES = (socket.AF_INET, socket.AF_INET6)

# Maps whose keys end in the number of a slot, which depends on history.
_SLOTS = (b"endpoints", b"endpoint-chains", b"node-port-endpoints", b"node-port-endpoint-chains")

# Sets that packets fill.
_FILLED = (b"affinity-", b"unsticky")

# A snapshot always makes the same one. What no packet gets to is left out: chains that nothing goes to.
Content = collections.Counter


def read_content(node: Namespace) -> Content:
    """Of one generation."""
    with node.entered():
        kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)
    with kernel:
        for _ in range(100):
            before = _generation(kernel)
            content: Content = collections.Counter()
            for family in _FAMILIES:
                _read_table(kernel, family, content)
            if _generation(kernel) == before:
                return content
    raise AssertionError("the kernel's ruleset never stands still")


def only_leaves(content: Content, whole: Content, others: list[Content]) -> bool:
    """Whether it is all of this one, and besides only slots (and chains that these go to) of others: what a
    push that is cut off before its clean-up leaves. No rule draws such slots.
    """
    if whole - content:
        return False
    extra = content - whole
    known = set().union(*others)
    return all(
        item in known and (item[1] in _SLOTS or (len(item) > 3 and item[2] is None)) for item in extra
    )


def _read_table(kernel: socket.socket, family: int, content: Content):
    rules = collections.defaultdict(list)
    for rule in _dump(kernel, _GETRULE, family):
        rules[_name(rule[2])].append(rule[4])  # NFTA_RULE_CHAIN, _EXPRESSIONS
    chains = {_name(chain[3]): chain for chain in _dump(kernel, _GETCHAIN, family)}  # NFTA_CHAIN_NAME
    for name in _reached(chains, rules):
        # NFTA_CHAIN_HOOK, _POLICY
        content[family, name, chains[name].get(4), chains[name].get(5), *rules[name]] += 1
    for set_ in _dump(kernel, _GETSET, family):
        name = _name(set_[2])  # NFTA_SET_NAME
        if not name.startswith(_FILLED):
            content[family, name] += 1
            _read_elements(kernel, family, name, content)


def _reached(chains: dict[bytes, dict[int, bytes]], rules: dict[bytes, list[bytes]]) -> set[bytes]:
    """Chains at a hook, and those that a rule of a reached one or an element goes to."""
    # NFTA_CHAIN_USE counts a chain's own rules, and what goes to it.
    uses = {name: struct.unpack("!I", it[6])[0] - len(rules[name]) for name, it in chains.items()}
    reached = set(chains)
    while True:
        unused = {name for name in reached if uses[name] == 0 and 4 not in chains[name]}
        if not unused:
            return reached
        reached -= unused
        for name in unused:
            for target in filter(None, map(_target, rules[name])):
                uses[target] -= 1


def _target(rule: bytes) -> bytes | None:
    """The chain that a rule goes to."""
    for _, expression in _attributes(rule):
        parts = dict(_attributes(expression))
        if _name(parts[1]) == b"immediate":  # NFTA_EXPR_NAME
            data = dict(_attributes(parts[2])).get(2, b"")  # NFTA_EXPR_DATA, NFTA_IMMEDIATE_DATA
            verdict = dict(_attributes(dict(_attributes(data)).get(2, b"")))  # NFTA_DATA_VERDICT
            if 2 in verdict:  # NFTA_VERDICT_CHAIN
                return _name(verdict[2])
    return None


def _read_elements(kernel: socket.socket, family: int, name: bytes, content: Content):
    for listed in _dump(kernel, _GETSETELEM, family, _attribute(2, name + b"\0")):
        for _, element in _attributes(listed.get(3, b"")):  # NFTA_SET_ELEM_LIST_ELEMENTS
            parts = dict(_attributes(element))
            key = dict(_attributes(parts[1]))[1]  # NFTA_SET_ELEM_KEY, NFTA_DATA_VALUE
            if name in _SLOTS:
                key = key[:-4]
            # NFTA_SET_ELEM_DATA, _FLAGS, _KEY_END
            content[family, name, key, parts.get(2), parts.get(3), parts.get(10)] += 1


def _dump(kernel: socket.socket, kind: int, family: int, more: bytes = b"") -> list[dict[int, bytes]]:
    """The attributes of each object of our table; none if there is no table."""
    found = []
    # The table is attribute 1 of all of them.
    _send(kernel, kind, _NLM_F_DUMP, family, _attribute(1, _TABLE) + more)
    while True:
        for message_kind, body in _receive(kernel):
            if message_kind == _NLMSG_DONE:
                return found
            if message_kind == _NLMSG_ERROR:
                error = -struct.unpack_from("=i", body)[0]
                assert error == errno.ENOENT, os.strerror(error)
                return []
            attributes = dict(_attributes(body[_GENERAL.size :]))
            if attributes.get(1) == _TABLE:  # some kernels list those of all tables
                found.append(attributes)


def _generation(kernel: socket.socket) -> int:
    _send(kernel, _GETGEN, 0, 0, b"")
    (_, body), *_ = _receive(kernel)
    return struct.unpack("!I", dict(_attributes(body[_GENERAL.size :]))[1])[0]


def _send(kernel: socket.socket, kind: int, flags: int, family: int, attributes: bytes):
    size = _HEADER.size + _GENERAL.size + len(attributes)
    header = _HEADER.pack(size, _NFNL_SUBSYS_NFTABLES << 8 | kind, _NLM_F_REQUEST | flags, 1, 0)
    kernel.send(header + _GENERAL.pack(family, 0, 0) + attributes)


def _receive(kernel: socket.socket):
    data = kernel.recv(1 << 16)
    while data:
        size, kind, _, _, _ = _HEADER.unpack_from(data)
        yield kind, data[_HEADER.size : size]
        data = data[(size + 3) & ~3 :]


def _attribute(kind: int, value: bytes) -> bytes:
    size = _ATTRIBUTE.size + len(value)
    return _ATTRIBUTE.pack(size, kind) + value + bytes(-size % 4)


def _attributes(data: bytes):
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, at)
        yield kind & 0x3FFF, data[at + _ATTRIBUTE.size : at + size]
        at += (size + 3) & ~3


def _name(value: bytes) -> bytes:
    return value.rstrip(b"\0")
