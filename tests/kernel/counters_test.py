# SPDX-License-Identifier: Apache-2.0
"""Connections are counted, for nft's listing and `nftsvc list`, and the counts survive pushes."""

import collections
import re

from addresses import AddressPlan, host_port
from case import KernelTest, in_each_family, main
from dial import Dial, Fate, dial_all
from snapshot import (
    MORE_THAN_A_SET_HOLDS,
    PORT,
    endpoint,
    endpoints,
    many_services,
    port,
    service,
)

_NODE_PORT = 30080


class _Count:
    """Our own, of what was dialled, to be compared with the others."""

    def __init__(self, test: KernelTest, plan: AddressPlan):
        self._test = test
        self._plan = plan
        self._by_endpoint = collections.Counter()
        self._total = 0

    def push(self, listed: list[dict], *others: dict):
        """Endpoints that go take their counts with them."""
        web = service(
            "web",
            [port(listed, node_port=_NODE_PORT)],
            cluster_ips=[self._plan.cluster_ip],
        )
        self._test.daemon.push(web, *others)
        names = [host_port(e["address"]) for e in listed]
        self._by_endpoint = collections.Counter({n: self._by_endpoint[n] for n in names})

    def dial(self, times: int):
        """At the cluster IP, and as often at the node port."""
        frontends = ((self._plan.cluster_ip, PORT), (self._plan.node, _NODE_PORT))
        dials = [Dial(self._test.lab.client, *frontend) for frontend in frontends] * times
        for outcome in dial_all(dials):
            self._test.assertEqual(outcome.fate, Fate.CONNECTED)
            self._by_endpoint[outcome.endpoint] += 1
        self._total += len(dials)

    def check(self):
        self._test.assertEqual(self._listed_by_nftsvc(), (self._total, self._by_endpoint))
        self._test.assertEqual(self._listed_by_nft(), (self._total, self._by_endpoint))

    def _listed_by_nftsvc(self):
        (web,) = self._test.daemon.call("list", "default/web")["services"]
        (summary,) = web["ports"]
        by_endpoint = {
            listed["address"]: int(listed.get("connections", 0))
            for listed in summary["endpoint_connections"]
        }
        return int(summary.get("connections", 0)), by_endpoint

    def _listed_by_nft(self):
        total = 0
        for map_name, frontend in (
            ("services", f"{self._plan.cluster_ip} . tcp . {PORT}"),
            ("node-ports", f"tcp . {_NODE_PORT}"),
        ):
            for count in re.findall(rf"{frontend} counter packets (\d+) ", self._map(map_name)):
                total += int(count)
        by_endpoint = collections.Counter({name: 0 for name in self._by_endpoint})
        # Data, or with the other layout the endpoint's chain.
        data, chain = r"(\S+) \. (\d+)", r"goto endpoint-\S+/(\S+)/(\d+)"
        cluster_ip = rf"{self._plan.cluster_ip} \. tcp \. {PORT}"
        for map_name, frontend, endpoint_ in (
            ("endpoints", cluster_ip, data),
            ("endpoint-chains", cluster_ip, chain),
            ("node-port-endpoints", rf"tcp \. {_NODE_PORT}", data),
            ("node-port-endpoint-chains", rf"tcp \. {_NODE_PORT}", chain),
        ):
            for count, address, number in re.findall(
                rf"{frontend} \. \d+ counter packets (\d+) bytes \d+ : {endpoint_}",
                self._map(map_name),
            ):
                by_endpoint[host_port(address.replace("-", ":"), int(number))] += int(count)
        return total, by_endpoint

    def _map(self, name: str) -> str:
        return self._test.nft("list", "map", self._plan.nft_family, "nftsvc", name)


class CountersTest(KernelTest):
    @in_each_family
    def test_every_connection_is_counted_once(self, plan: AddressPlan):
        count = _Count(self, plan)
        count.push(endpoints(plan.pods))
        count.check()
        count.dial(50)
        count.check()

    @in_each_family
    def test_counts_survive_scaling(self, plan: AddressPlan):
        count = _Count(self, plan)
        everybody = plan.pods + plan.remotes
        for addresses in (everybody[:3], everybody[:4], everybody[2:4], everybody[1:5]):
            count.push(endpoints(addresses))
            count.check()
            count.dial(30)
            count.check()

    @in_each_family
    def test_counts_survive_a_change_of_weights(self, plan: AddressPlan):
        count = _Count(self, plan)
        for weights in ((1, 2, 3), (5, 1, 1), (5, 2, 4), (1, 1, 1)):
            count.push([endpoint(pod, weight=w) for pod, w in zip(plan.pods, weights)])
            count.check()
            count.dial(30)
        count.check()

    @in_each_family
    def test_counts_survive_growth_and_shrinking_of_the_maps(self, plan: AddressPlan):
        count = _Count(self, plan)
        count.push(endpoints(plan.pods))
        count.dial(30)
        count.push(endpoints(plan.pods), *many_services(plan, MORE_THAN_A_SET_HOLDS))
        count.check()
        count.push(endpoints(plan.pods))
        count.check()

    @in_each_family
    def test_counts_survive_restarts(self, plan: AddressPlan):
        count = _Count(self, plan)
        count.push(endpoints(plan.pods))
        count.dial(30)
        self.daemon.restart()
        count.check()
        self.daemon.kill()
        self.daemon.start()
        count.check()


if __name__ == "__main__":
    main()
