# SPDX-License-Identifier: Apache-2.0
"""Session affinity: a client keeps the endpoint that it got first."""

import collections
import time
from collections.abc import Iterable

from addresses import SERVER_PORT, AddressPlan
from case import LAYOUT, PODS_BY_CIDR, KernelTest, config, in_each_family, main
from crowd import CLIENTS, Crowd
from dial import Dial, Fate, dial, dial_all
from snapshot import PORT, endpoints, port, service
from waiting import SLOWNESS, wait_until

_NODE_PORT = 30080

# The chance of more, with 99 degrees of freedom, is 1 in 10^8.
_MOST_CHI_SQUARE = 200

# Seconds that a client is remembered, where a test waits for the end of it: four times what a dial of many and a pause
# may take.
_TIMEOUT = round(4 * SLOWNESS)

# As many of a test's clients as chance needs to tell two endpoints from one.
_SOME = 60


class AffinityTest(KernelTest):
    CONFIG = config(PODS_BY_CIDR)

    def crowd(self, plan: AddressPlan, **fields) -> Crowd:
        made = Crowd(self.lab, plan, **fields)
        self.plan = plan
        return made

    def push(self, listed: list[dict], seconds: int = 0, **fields):
        ports = [port(listed, node_port=_NODE_PORT, **fields)]
        self.daemon.push(
            service(
                "sticky",
                ports,
                cluster_ips=[self.plan.cluster_ip],
                session_affinity={"client_ip_timeout_seconds": seconds},
            )
        )

    def dial(self, clients: Iterable[str], address: str = "", number: int = PORT) -> list[str]:
        """The endpoint that each reaches."""
        to = address or self.plan.cluster_ip
        outcomes = dial_all(
            Dial(self.lab.client, to, number, client=(client, 0)) for client in clients
        )
        self.assertEqual({o.fate for o in outcomes}, {Fate.CONNECTED})
        return [o.endpoint for o in outcomes]

    def kept(self) -> str:
        """What nft lists of the affinity maps."""
        tables = self.nft("list", "maps", self.plan.nft_family)
        return "".join(m for m in tables.split("\tmap ")[1:] if m.startswith("affinity-"))

    @in_each_family
    def test_explain_knows_the_endpoint_of_a_client(self, plan: AddressPlan):
        self.plan = plan
        self.push(endpoints(plan.pods))
        outcome = dial(self.lab.client, plan.cluster_ip, PORT)
        asked = {"port": PORT, "protocol": "tcp", "interface": "uplink"}
        kept = self.daemon.explain(plan.cluster_ip, source=plan.client, **asked)
        self.assertEqual(kept["kept_endpoint"], outcome.endpoint)
        new = self.daemon.explain(plan.cluster_ip, source=plan.pods[0], **asked)
        self.assertNotIn("kept_endpoint", new)

    @in_each_family
    def test_a_thousand_clients_on_a_hundred_endpoints(self, plan: AddressPlan):
        crowd = self.crowd(plan)
        self.push(endpoints(crowd.endpoints))
        first = self.dial(crowd.clients)
        for _ in range(3):
            self.assertEqual(self.dial(crowd.clients), first)
        expected = CLIENTS / len(crowd.endpoints)
        counts = collections.Counter(first)
        chi_square = sum(
            (counts[name] - expected) ** 2 / expected for name in set(first)
        ) + expected * (len(crowd.endpoints) - len(counts))
        self.assertLess(chi_square, _MOST_CHI_SQUARE)

    @in_each_family
    def test_all_frontends_of_a_port_lead_to_the_same_endpoint(self, plan: AddressPlan):
        crowd = self.crowd(plan)
        self.push(endpoints(crowd.endpoints))
        clients = crowd.clients[:_SOME]
        first = self.dial(clients)
        self.assertEqual(self.dial(clients, plan.node, _NODE_PORT), first)

    @in_each_family
    def test_clients_stay_through_pushes_and_restarts(self, plan: AddressPlan):
        crowd = self.crowd(plan)
        self.push(endpoints(crowd.endpoints[:50]))
        clients = crowd.clients[:300]
        first = self.dial(clients)
        self.push(endpoints(crowd.endpoints))
        self.assertEqual(self.dial(clients), first)
        self.daemon.restart()
        self.assertEqual(self.dial(clients), first)
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.dial(clients), first)

    @in_each_family
    def test_clients_of_a_removed_endpoint_get_another_one_at_once(self, plan: AddressPlan):
        crowd = self.crowd(plan)
        listed = endpoints(crowd.endpoints[:10])
        self.push(listed)
        clients = crowd.clients[:300]
        first = self.dial(clients)
        gone = listed[3]["address"]
        self.push(listed[:3] + listed[4:])
        second = self.dial(clients)
        for before, after in zip(first, second):
            if gone in before:
                self.assertNotIn(gone, after)
            else:
                self.assertEqual(after, before)
        self.assertEqual(self.dial(clients), second)

    @in_each_family
    def test_what_is_removed_while_the_daemon_is_away_is_forgotten_when_it_comes(
        self, plan: AddressPlan
    ):
        """As after a crash between a commit and what follows it."""
        crowd = self.crowd(plan)
        listed = endpoints(crowd.endpoints[:2])
        self.push(listed)
        self.dial(crowd.clients[:1])
        self.daemon.kill()
        name = f"affinity-default/sticky/tcp/{PORT}/{SERVER_PORT}"
        stale = crowd.endpoints[50]
        self.nft(
            f"add element {plan.nft_family} nftsvc {name} "
            f"{{ {crowd.clients[5]} timeout 1h : {stale} }}"
        )
        self.daemon.start()
        self.assertNotIn(stale, self.kept())
        self.assertIn(crowd.clients[0], self.kept())

    @in_each_family
    def test_a_client_is_forgotten_after_the_timeout_and_not_before(self, plan: AddressPlan):
        crowd = self.crowd(plan)
        self.push(endpoints(crowd.endpoints), seconds=_TIMEOUT)
        clients = crowd.clients[:_SOME]
        first = self.dial(clients)
        for _ in range(6):  # longer than the timeout: each connection starts it anew
            time.sleep(_TIMEOUT / 4)
            self.assertEqual(self.dial(clients), first)
        wait_until(lambda: clients[0] not in self.kept(), "the kernel forgets the client")
        time.sleep(1)
        self.assertNotEqual(self.dial(clients), first)

    @in_each_family
    def test_endpoints_with_different_ports(self, plan: AddressPlan):
        other = SERVER_PORT + 1
        crowd = self.crowd(plan, server_ports=(SERVER_PORT, other))
        listed = endpoints(crowd.endpoints[:20]) + [
            {"address": address, "port": other} for address in crowd.endpoints[:20]
        ]
        self.push(listed)
        clients = crowd.clients[:200]
        first = self.dial(clients)
        self.assertEqual({name.rpartition(":")[2] for name in first}, {"8080", "8081"})
        for _ in range(3):
            self.assertEqual(self.dial(clients), first)

    @in_each_family
    def test_the_map_has_only_so_much_room(self, plan: AddressPlan):
        room = 16
        self.daemon.stop()
        self.daemon.configure(
            config(PODS_BY_CIDR, f"limits {{ affinity_clients_per_port: {room} }}")
        )
        self.daemon.start()
        crowd = self.crowd(plan)
        self.push(endpoints(crowd.endpoints))
        clients = crowd.clients[:200]
        first, second = self.dial(clients), self.dial(clients)
        same = sum(a == b for a, b in zip(first, second))
        self.assertGreaterEqual(same, room)
        self.assertLess(same, room + 60)  # some by chance: 2 of 184 are to be expected
        counted = self.nft("list", "set", plan.nft_family, "nftsvc", "unsticky")
        self.assertIn(f"tcp counter packets {2 * (len(clients) - room)} ", counted)

    @in_each_family
    def test_affinity_that_ends_leaves_nothing(self, plan: AddressPlan):
        crowd = self.crowd(plan)
        self.push(endpoints(crowd.endpoints[:3]))
        self.dial(crowd.clients[:5])
        self.daemon.push(
            service(
                "sticky", [port(endpoints(crowd.endpoints[:3]))], cluster_ips=[plan.cluster_ip]
            )
        )
        listing = self.nft("list", "table", plan.nft_family, "nftsvc")
        self.assertNotIn("affinity-", listing)
        if LAYOUT == "FLAT":
            self.assertNotIn("endpoint-default", listing)


if __name__ == "__main__":
    main()
