# SPDX-License-Identifier: Apache-2.0
"""A neighbour who would like to dial what listens on the node's loopback."""

from addresses import V4
from lab import Lab

# Of the node's own: what is sent there by UDP is not tracked, as on hosts that serve many names.
_NOT_TRACKED = """
table ip theirs {
    chain raw {
        type filter hook prerouting priority raw
        udp dport %d notrack
    }
}
"""


def make_outsider(lab: Lab):
    """The client sends to 127.0.0.1 by way of the node."""
    lab.client.set_sysctls({"ipv4/conf/all/route_localnet": 1})
    lab.client.ip(
        f"address del {V4.loopback}/8 dev lo",
        f"route add {V4.loopback}/{V4.host_length} via {V4.node}",
    )


def do_not_track(lab: Lab, port: int):
    lab.node.run("nft", "-f", "-", stdin=_NOT_TRACKED % port)
