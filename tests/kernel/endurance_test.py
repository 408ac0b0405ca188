# SPDX-License-Identifier: Apache-2.0
"""Long-lived flows through a thousand random pushes."""

import random

from addresses import FAMILIES, AddressPlan, host_port
from case import KernelTest, main
from dial import REFUSED, Connection, Conversation
from snapshot import PORT, endpoint, port, service

_PUSHES = 1000
_NODE_PORT = 30080

# So often all connections are tried, and one at random after every push.
_ALL_EVERY = 100


class EnduranceTest(KernelTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(20261127)

    def listed(self, plan: AddressPlan) -> list[dict]:
        """Some of the servers, which all live on, in some state."""
        here = [endpoint(a, node="node-a") for a in plan.pods]
        there = [endpoint(a, node="node-b") for a in plan.remotes]
        chosen = [e for e in here + there if self.random.random() < 0.6]
        for e in chosen:
            if self.random.random() < 0.2:
                e.update(ready=False, terminating=True, serving=self.random.random() < 0.5)
            if self.random.random() < 0.3:
                e["weight"] = self.random.randrange(1, 4)
        return chosen

    def web(self, plan: AddressPlan) -> dict:
        fields = {}
        if self.random.random() < 0.3:
            fields["session_affinity"] = {"client_ip_timeout_seconds": 60}
        balancing = self.random.choice(["RANDOM", "ROUND_ROBIN"])
        return service(
            f"web-{plan.nft_family}",
            [
                port(
                    self.listed(plan),
                    balancing=balancing,
                    node_port=_NODE_PORT + self.random.randrange(2),
                )
            ],
            cluster_ips=[plan.cluster_ip],
            external_traffic_policy=self.random.choice(["CLUSTER", "LOCAL"]),
            **fields,
        )

    def dns(self, plan: AddressPlan) -> tuple[dict, set[str]]:
        """And the endpoints that may answer: one that terminates keeps what it has."""
        listed = self.listed(plan)
        alive = [e for e in listed if e.get("serving", True)]
        return (
            service(
                f"dns-{plan.nft_family}",
                [port(listed, "udp")],
                cluster_ips=[plan.other_cluster_ip],
            ),
            {host_port(e["address"]) for e in alive},
        )

    def others(self) -> list[dict]:
        """Services that come and go."""
        return [
            service(f"other-{i}", [port([])], cluster_ips=[f"10.105.0.{1 + i}"])
            for i in range(20)
            if self.random.random() < 0.5
        ]

    def test_tcp_never_breaks_and_udp_never_sticks(self):
        self.daemon.push(
            *(
                service(
                    f"web-{plan.nft_family}",
                    [port([endpoint(a) for a in plan.pods + plan.remotes], node_port=_NODE_PORT)],
                    cluster_ips=[plan.cluster_ip],
                )
                for plan in FAMILIES
            )
        )
        connections = [
            self.enterContext(Connection(source, address, number))
            for plan in FAMILIES
            for source in (self.lab.client, self.lab.pods[0])
            for address, number in ((plan.cluster_ip, PORT), (plan.node, _NODE_PORT))
            for _ in range(5)
        ]
        self.assertGreater(len({c.endpoint for c in connections}), 5)
        conversations = {
            plan: self.enterContext(Conversation(self.lab.client, plan.other_cluster_ip, PORT))
            for plan in FAMILIES
        }
        for i in range(_PUSHES):
            dns = {plan: self.dns(plan) for plan in FAMILIES}
            self.daemon.push(
                *(self.web(plan) for plan in FAMILIES),
                *(made for made, _ in dns.values()),
                *self.others(),
            )
            for plan, conversation in conversations.items():
                answer = conversation.ask()
                may_answer = dns[plan][1]
                if may_answer:
                    self.assertIn(answer.endpoint, may_answer, f"push {i}, {plan}: {answer}")
                else:
                    self.assertEqual(answer, REFUSED, f"push {i}, {plan}")
            tried = connections if i % _ALL_EVERY == 0 else [self.random.choice(connections)]
            for connection in tried:
                self.assertTrue(connection.is_alive(), f"push {i}: {connection.endpoint}")
        self.assertTrue(all(c.is_alive() for c in connections))


if __name__ == "__main__":
    main()
