# SPDX-License-Identifier: Apache-2.0
"""How new connections are spread over endpoints. Shares are exact in the slots, which other tests
look at; here the bounds are so wide that chance does not break them in a billion runs.
"""

from addresses import AddressPlan, host_port
from case import KernelTest, in_each_family, main
from dial import REFUSED, Connection, dial, spread
from snapshot import PORT, endpoint, port, service

_TIMES = 600


class WeightsTest(KernelTest):
    def push_weighted(self, plan: AddressPlan, *weights: int | None):
        """Pods, with these weights; None: not said."""
        listed = [
            endpoint(pod, **({} if weight is None else {"weight": weight}))
            for pod, weight in zip(plan.pods, weights)
        ]
        self.daemon.push(service("web", [port(listed)], cluster_ips=[plan.cluster_ip]))

    def shares(self, plan: AddressPlan) -> list[float]:
        """Of each pod."""
        seen = spread(self.lab.client, plan.cluster_ip, PORT, times=_TIMES)
        return [seen[host_port(pod)] / _TIMES for pod in plan.pods]

    @in_each_family
    def test_endpoints_without_weights_share_alike(self, plan: AddressPlan):
        self.push_weighted(plan, None, None, None)
        for share in self.shares(plan):
            self.assertAlmostEqual(share, 1 / 3, delta=0.15)

    @in_each_family
    def test_shares_follow_the_weights(self, plan: AddressPlan):
        self.push_weighted(plan, 1, 2, 5)
        for share, weight in zip(self.shares(plan), (1, 2, 5)):
            self.assertAlmostEqual(share, weight / 8, delta=0.12)

    @in_each_family
    def test_shares_follow_changed_weights(self, plan: AddressPlan):
        self.push_weighted(plan, 1, 2, 5)
        self.push_weighted(plan, 6, 1, 1)
        for share, weight in zip(self.shares(plan), (6, 1, 1)):
            self.assertAlmostEqual(share, weight / 8, delta=0.12)

    @in_each_family
    def test_weight_zero_gets_nothing_new_and_keeps_what_it_has(self, plan: AddressPlan):
        self.push_weighted(plan, 1)
        with Connection(self.lab.client, plan.cluster_ip, PORT) as drained:
            self.push_weighted(plan, 0, 1, 1)
            self.assertEqual(self.shares(plan)[0], 0)
            self.assertTrue(drained.is_alive())

    @in_each_family
    def test_weight_zero_alone_refuses(self, plan: AddressPlan):
        self.push_weighted(plan, 1)
        with Connection(self.lab.client, plan.cluster_ip, PORT) as drained:
            self.push_weighted(plan, 0, 0)
            self.assertEqual(dial(self.lab.client, plan.cluster_ip, PORT), REFUSED)
            self.assertTrue(drained.is_alive())


if __name__ == "__main__":
    main()
