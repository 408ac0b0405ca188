# SPDX-License-Identifier: Apache-2.0
"""The number of the kernel's ruleset, asked of the kernel itself."""

import socket
import struct

from netns import Namespace

# <linux/netlink.h>, <linux/netfilter/nfnetlink.h>, <linux/netfilter/nf_tables.h>
_NETLINK_NETFILTER = 12
_NLM_F_REQUEST = 1
_NFNL_SUBSYS_NFTABLES = 10
_NFT_MSG_NEWGEN, _NFT_MSG_GETGEN = 15, 16
_NFTA_GEN_ID = 1

_HEADER = struct.Struct("=IHHII")  # nlmsghdr
_GENERAL = struct.Struct("!BBH")  # nfgenmsg
_ATTRIBUTE = struct.Struct("=HH")  # nlattr


def ruleset_generation(namespace: Namespace) -> int:
    """Every commit that changes something, by anybody in the namespace, adds one."""
    kind = _NFNL_SUBSYS_NFTABLES << 8 | _NFT_MSG_GETGEN
    size = _HEADER.size + _GENERAL.size
    with namespace.entered():
        kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)
    with kernel:
        kernel.send(_HEADER.pack(size, kind, _NLM_F_REQUEST, 1, 0) + _GENERAL.pack(0, 0, 0))
        reply = kernel.recv(4096)
    _, kind, _, _, _ = _HEADER.unpack_from(reply)
    length, attribute = _ATTRIBUTE.unpack_from(reply, size)
    assert kind & 0xFF == _NFT_MSG_NEWGEN and (length, attribute) == (8, _NFTA_GEN_ID)
    return struct.unpack_from("!I", reply, size + _ATTRIBUTE.size)[0]
