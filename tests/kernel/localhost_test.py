# SPDX-License-Identifier: Apache-2.0
"""Node ports on 127.0.0.1, and that they let nobody else near it."""

from addresses import V4, V6, host_port
from case import NODE_ADDRESSES, PODS_BY_CIDR, KernelTest, config, main
from dial import DROPPED, REFUSED, WHERE_NONE_IS_EXPECTED, dial, spread
from outsider import do_not_track, make_outsider
from servers import PROTOCOLS
from snapshot import NODE, OTHER_NODE, endpoints, port, service

_NODE_PORT = 30080
_PRIVATE_PORT = 9999


class LocalhostTest(KernelTest):
    CONFIG = config(PODS_BY_CIDR, node=NODE_ADDRESSES + " localhost_node_ports: true")

    def push_web(self, addresses: tuple[str, ...], **fields):
        listed = [
            *endpoints([a for a in addresses if a in V4.pods], node=NODE),
            *endpoints([a for a in addresses if a in V4.remotes], node=OTHER_NODE),
        ]
        self.daemon.push(
            service(
                "web",
                [port(listed, protocol, node_port=_NODE_PORT) for protocol in PROTOCOLS],
                cluster_ips=[V4.cluster_ip],
                **fields,
            )
        )

    def routes_loopback(self) -> bool:
        file = "/proc/sys/net/ipv4/conf/all/route_localnet"
        return self.lab.node.run("cat", file).strip() == "1"

    def test_clients_on_the_host_reach_every_endpoint_with_every_protocol(self):
        everybody = V4.pods + V4.remotes
        self.push_web(everybody)
        for protocol in PROTOCOLS:
            seen = spread(self.lab.node, V4.loopback, _NODE_PORT, protocol, times=100)
            self.assertEqual(set(seen), set(map(host_port, everybody)))
            outcome = dial(self.lab.node, V4.loopback, _NODE_PORT, protocol)
            self.assertIn(outcome.source, V4.node_addresses)

    def test_an_external_policy_of_local_lets_the_host_reach_all(self):
        self.push_web(V4.remotes, external_traffic_policy="LOCAL")
        outcome = dial(self.lab.node, V4.loopback, _NODE_PORT)
        self.assertIn(outcome.endpoint, map(host_port, V4.remotes))

    def test_without_endpoints_it_is_refused(self):
        self.lab.servers.listen(self.lab.node, V4.loopback, _NODE_PORT)
        self.push_web(())
        self.assertEqual(dial(self.lab.node, V4.loopback, _NODE_PORT), REFUSED)

    def test_what_else_listens_on_loopback_is_left_alone(self):
        self.lab.servers.listen(self.lab.node, V4.loopback, _PRIVATE_PORT)
        self.lab.servers.listen(self.lab.node, "127.0.0.2", _NODE_PORT)
        self.lab.servers.listen(self.lab.node, V6.loopback, _NODE_PORT)
        self.push_web(V4.pods)
        for address, number in (
            (V4.loopback, _PRIVATE_PORT),
            ("127.0.0.2", _NODE_PORT),
            (V6.loopback, _NODE_PORT),
        ):
            outcome = dial(self.lab.node, address, number)
            self.assertEqual(outcome.endpoint, host_port(address, number))

    def test_others_are_kept_out(self):
        self.lab.servers.listen(self.lab.node, V4.loopback, _PRIVATE_PORT)
        self.push_web(V4.pods)
        make_outsider(self.lab)
        for protocol in PROTOCOLS:
            for number in (_PRIVATE_PORT, _NODE_PORT):
                with self.subTest(protocol=protocol, port=number):
                    outcome = dial(
                        self.lab.client,
                        V4.loopback,
                        number,
                        protocol,
                        patience=WHERE_NONE_IS_EXPECTED,
                    )
                    self.assertEqual(outcome, DROPPED)
        # It is our rule that does it: nothing else would.
        self.daemon.stop()
        self.daemon.remove()
        self.lab.node.set_sysctls({"ipv4/conf/all/route_localnet": 1})
        outcome = dial(self.lab.client, V4.loopback, _PRIVATE_PORT)
        self.assertEqual(outcome.endpoint, host_port(V4.loopback, _PRIVATE_PORT))
        self.daemon.start()

    def test_others_are_kept_out_of_what_is_not_tracked(self):
        self.lab.servers.listen(self.lab.node, V4.loopback, _PRIVATE_PORT)
        self.push_web(V4.pods)
        do_not_track(self.lab, _PRIVATE_PORT)
        make_outsider(self.lab)
        dialled = (self.lab.client, V4.loopback, _PRIVATE_PORT, "udp")
        self.assertEqual(dial(*dialled, patience=WHERE_NONE_IS_EXPECTED), DROPPED)

    def test_loopback_is_routed_as_long_as_it_is_configured(self):
        self.push_web(V4.pods)
        self.assertTrue(self.routes_loopback())
        self.lab.node.set_sysctls({"ipv4/conf/all/route_localnet": 0})
        self.daemon.restart()
        self.assertTrue(self.routes_loopback())
        self.daemon.configure(config(PODS_BY_CIDR))
        self.daemon.reload()
        self.assertFalse(self.routes_loopback())
        self.assertEqual(dial(self.lab.node, V4.loopback, _NODE_PORT), REFUSED)

    def test_by_default_the_kernel_is_left_as_it_was(self):
        self.daemon.stop()
        self.lab.node.set_sysctls({"ipv4/conf/all/route_localnet": 0})
        self.daemon.configure(config(PODS_BY_CIDR))
        self.daemon.start()
        self.assertFalse(self.routes_loopback())


if __name__ == "__main__":
    main()
