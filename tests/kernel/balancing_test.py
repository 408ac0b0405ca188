# SPDX-License-Identifier: Apache-2.0
"""Balancing other than at random."""

import collections

from addresses import AddressPlan
from case import KernelTest, in_each_family, main
from crowd import Crowd
from dial import Dial, Fate, dial, dial_all
from snapshot import PORT, endpoint, endpoints, port, service

_NODE_PORT = 30080


class BalancingTest(KernelTest):
    def push(self, plan: AddressPlan, balancing: str, listed: list[dict], **fields):
        ports = [port(listed, balancing=balancing, node_port=_NODE_PORT)]
        self.daemon.push(service("web", ports, cluster_ips=[plan.cluster_ip], **fields))

    def dial_from(self, plan: AddressPlan, clients: list[tuple[str, int]]) -> list[str]:
        """The endpoint that each address and port reaches."""
        outcomes = dial_all(
            Dial(self.lab.client, plan.cluster_ip, PORT, client=client) for client in clients
        )
        self.assertEqual({o.fate for o in outcomes}, {Fate.CONNECTED})
        return [o.endpoint for o in outcomes]

    def in_turn(self, plan: AddressPlan, times: int, address: str, number: int) -> list[str]:
        return [dial(self.lab.client, address, number).endpoint for _ in range(times)]

    @in_each_family
    def test_round_robin_takes_turns(self, plan: AddressPlan):
        self.push(plan, "ROUND_ROBIN", endpoints(plan.pods))
        for address, number in ((plan.cluster_ip, PORT), (plan.node, _NODE_PORT)):
            seen = self.in_turn(plan, 9, address, number)
            self.assertEqual(len(set(seen[:3])), 3)
            self.assertEqual(seen, seen[:3] * 3)

    @in_each_family
    def test_round_robin_follows_weights(self, plan: AddressPlan):
        pods = plan.pods
        self.push(plan, "ROUND_ROBIN", [endpoint(pods[0], weight=3), endpoint(pods[1], weight=1)])
        counts = collections.Counter(self.in_turn(plan, 8, plan.cluster_ip, PORT))
        self.assertEqual(sorted(counts.values()), [2, 6])

    @in_each_family
    def test_services_do_not_take_each_others_turns(self, plan: AddressPlan):
        def named(name: str, address: str) -> dict:
            ports = [port(endpoints(plan.pods[:2]), balancing="ROUND_ROBIN")]
            return service(name, ports, cluster_ips=[address])

        self.daemon.push(named("a", plan.cluster_ip), named("b", plan.other_cluster_ip))
        seen = []
        for _ in range(4):
            seen += self.in_turn(plan, 1, plan.cluster_ip, PORT)
            self.in_turn(plan, 1, plan.other_cluster_ip, PORT)
        self.assertEqual(seen, seen[:2] * 2)
        self.assertEqual(len(set(seen)), 2)

    @in_each_family
    def test_source_hash_keeps_each_client_and_spreads_all(self, plan: AddressPlan):
        crowd = Crowd(self.lab, plan)
        self.push(plan, "SOURCE_HASH", endpoints(crowd.endpoints[:5]))
        clients = [(address, 0) for address in crowd.clients[:300]]
        first = self.dial_from(plan, clients)
        self.assertEqual(self.dial_from(plan, clients), first)
        self.daemon.restart()
        self.assertEqual(self.dial_from(plan, clients), first)
        counts = collections.Counter(first)
        self.assertEqual(len(counts), 5)
        self.assertGreater(min(counts.values()), 20)  # 60 are to be expected

    @in_each_family
    def test_flow_hash_tells_ports_apart(self, plan: AddressPlan):
        crowd = Crowd(self.lab, plan)
        self.push(plan, "FLOW_HASH", endpoints(crowd.endpoints[:5]))
        clients = [(crowd.clients[0], 20_000 + i) for i in range(300)]
        first = self.dial_from(plan, clients)
        self.assertEqual(self.dial_from(plan, clients), first)
        counts = collections.Counter(first)
        self.assertEqual(len(counts), 5)
        self.assertGreater(min(counts.values()), 20)

    @in_each_family
    def test_maglev_moves_few_flows(self, plan: AddressPlan):
        crowd = Crowd(self.lab, plan)
        listed = endpoints(crowd.endpoints[:10])
        self.push(plan, "MAGLEV", listed)
        clients = [(address, 20_000) for address in crowd.clients]
        first = self.dial_from(plan, clients)
        self.assertEqual(len(set(first)), 10)
        gone = first[0]
        self.push(plan, "MAGLEV", [e for e in listed if e["address"] not in gone])
        second = self.dial_from(plan, clients)
        moved = sum(a != b for a, b in zip(first, second) if a != gone)
        self.assertLess(moved, len(clients) * 0.03)
        self.assertNotIn(gone, second)
        # Back again, in another order: the table depends on the endpoints alone.
        self.push(plan, "MAGLEV", listed[::-1])
        self.assertEqual(self.dial_from(plan, clients), first)

    @in_each_family
    def test_hashes_serve_local_policies(self, plan: AddressPlan):
        here = [endpoint(pod, node="node-a") for pod in plan.pods[:2]]
        elsewhere = [endpoint(address, node="node-b") for address in plan.remotes]
        for balancing in ("ROUND_ROBIN", "SOURCE_HASH", "FLOW_HASH", "MAGLEV"):
            self.push(plan, balancing, here + elsewhere, external_traffic_policy="LOCAL")
            at_node_port = [
                dial(self.lab.client, plan.node, _NODE_PORT).endpoint for _ in range(10)
            ]
            at_cluster_ip = [
                dial(self.lab.client, plan.cluster_ip, PORT).endpoint for _ in range(10)
            ]
            local = {o for o in at_node_port}
            self.assertTrue(all(any(p in o for p in plan.pods[:2]) for o in local), local)
            self.assertNotIn("", at_cluster_ip)


if __name__ == "__main__":
    main()
