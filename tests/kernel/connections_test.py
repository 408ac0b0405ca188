# SPDX-License-Identifier: Apache-2.0
"""Connections that are open outlive whatever happens to the service, and new ones never fail
meanwhile.
"""

import contextlib
import threading

from addresses import AddressPlan, host_port
from case import KernelTest, in_each_family, main
from dial import Connection, Dial, Fate, dial_all, spread
from snapshot import (
    MORE_THAN_A_SET_HOLDS,
    PORT,
    endpoint,
    endpoints,
    many_services,
    port,
    service,
)


class OpenConnectionsTest(KernelTest):
    def push_web(self, plan: AddressPlan, listed: list[dict], *others: dict) -> dict:
        web = service("web", [port(listed)], cluster_ips=[plan.cluster_ip])
        return self.daemon.push(web, *others)

    @contextlib.contextmanager
    def open_connections(self, plan: AddressPlan):
        """From everywhere to the first pod. They must live at the end."""
        self.push_web(plan, endpoints(plan.pods[:1]))
        with contextlib.ExitStack() as exits:
            connections = {
                source.name: exits.enter_context(Connection(source, plan.cluster_ip, PORT))
                for source in (self.lab.client, self.lab.node, *self.lab.pods[:2])
            }
            yield
            for name, connection in connections.items():
                self.assertEqual(connection.endpoint, host_port(plan.pods[0]))
                self.assertTrue(connection.is_alive(), f"from {name}")

    @in_each_family
    def test_scaling_up_and_down(self, plan: AddressPlan):
        with self.open_connections(plan):
            everybody = plan.pods + plan.remotes
            for count in (3, 5, 2, 4, 1):
                self.push_web(plan, endpoints(everybody[:count]))

    @in_each_family
    def test_removal_of_their_endpoint(self, plan: AddressPlan):
        """As long as it lives, it goes on serving them."""
        with self.open_connections(plan):
            self.push_web(plan, endpoints(plan.pods[1:]))

    @in_each_family
    def test_removal_of_all_endpoints(self, plan: AddressPlan):
        with self.open_connections(plan):
            self.push_web(plan, [])

    @in_each_family
    def test_removal_of_their_service(self, plan: AddressPlan):
        with self.open_connections(plan):
            self.daemon.push()

    @in_each_family
    def test_an_endpoint_that_terminates(self, plan: AddressPlan):
        with self.open_connections(plan):
            leaving = endpoint(plan.pods[0], ready=False, serving=True, terminating=True)
            self.push_web(plan, [leaving, endpoint(plan.pods[1])])

    @in_each_family
    def test_a_change_of_weights(self, plan: AddressPlan):
        with self.open_connections(plan):
            weighted = [endpoint(pod, weight=i) for i, pod in enumerate(plan.pods)]
            self.push_web(plan, weighted)

    @in_each_family
    def test_growth_and_shrinking_of_sets(self, plan: AddressPlan):
        with self.open_connections(plan):
            many = many_services(plan, MORE_THAN_A_SET_HOLDS)
            self.push_web(plan, endpoints(plan.pods[:1]), *many)
            listed = self.nft("--terse", "list", "map", plan.nft_family, "nftsvc", "services")
            self.assertNotIn("size 768", listed)
            self.push_web(plan, endpoints(plan.pods[:1]))

    @in_each_family
    def test_a_restart(self, plan: AddressPlan):
        with self.open_connections(plan):
            self.daemon.restart()

    @in_each_family
    def test_a_crash(self, plan: AddressPlan):
        with self.open_connections(plan):
            self.daemon.kill()
            self.daemon.start()
            self.push_web(plan, endpoints(plan.pods))


class NewConnectionsTest(KernelTest):
    """No packet suffers from meeting half of a push."""

    @in_each_family
    def test_none_fails_while_endpoints_come_and_go(self, plan: AddressPlan):
        everybody = plan.pods + plan.remotes

        def scale():
            for round_ in range(10):
                for count in (5, 2, 4, 1, 3):
                    first = round_ % (len(everybody) - count + 1)
                    self.push_web(plan, everybody[first : first + count])

        self.check_while(scale, plan)

    @in_each_family
    def test_none_fails_while_sets_grow_and_shrink(self, plan: AddressPlan):
        many = many_services(plan, MORE_THAN_A_SET_HOLDS)

        def grow_and_shrink():
            for _ in range(5):
                self.push_web(plan, plan.pods, *many)
                self.push_web(plan, plan.pods)

        self.check_while(grow_and_shrink, plan)

    @in_each_family
    def test_none_fails_while_the_daemon_restarts(self, plan: AddressPlan):
        def restart_and_crash():
            self.daemon.restart()
            self.daemon.kill()
            self.daemon.start()

        self.check_while(restart_and_crash, plan)

    @in_each_family
    def test_one_that_draws_a_slot_which_is_gone_gets_another(self, plan: AddressPlan):
        """So it is for a packet on its way: the kernel finds the count of before a commit and, a
        moment later, the endpoints of after it.
        """
        self.push_web(plan, plan.pods)
        self.daemon.stop()
        for slot in (1, 2):
            element = f"{{ {plan.cluster_ip} . tcp . {PORT} . {slot} }}"
            self.nft("delete", "element", plan.nft_family, "nftsvc", "endpoints", element)
        seen = spread(self.lab.client, plan.cluster_ip, PORT, times=50)
        self.assertEqual(seen.total(), 50)
        self.assertEqual(len(seen), 1)
        self.daemon.start()

    def push_web(self, plan: AddressPlan, addresses: tuple[str, ...], *others: dict):
        web = service("web", [port(endpoints(addresses))], cluster_ips=[plan.cluster_ip])
        self.daemon.push(web, *others)

    def check_while(self, change, plan: AddressPlan):
        """Dials until `change` is done."""
        self.push_web(plan, plan.pods)
        done = threading.Event()
        outcomes = []

        def dial_on():
            dials = [Dial(s, plan.cluster_ip, PORT) for s in (self.lab.client, *self.lab.pods)]
            while not done.is_set():
                outcomes.extend(dial_all(dials))

        clients = threading.Thread(target=dial_on)
        clients.start()
        try:
            change()
        finally:
            done.set()
            clients.join()
        self.assertGreater(len(outcomes), 0)
        self.assertEqual({str(o) for o in outcomes if o.fate != Fate.CONNECTED}, set())


if __name__ == "__main__":
    main()
