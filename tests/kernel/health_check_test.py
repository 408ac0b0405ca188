# SPDX-License-Identifier: Apache-2.0
"""Health check ports: what a load balancer that asks the node by HTTP is told."""

import contextlib
import http.client
import json
import socket

from addresses import AddressPlan, V4
from case import NODE_ADDRESSES, PODS_BY_CIDR, KernelTest, config, in_each_family, main
from netns import Namespace
from snapshot import NODE, OTHER_NODE, endpoint, port, service
from waiting import PATIENCE, wait_until

_PORT = 30000


class _Connection(http.client.HTTPConnection):
    """From a namespace."""

    def __init__(self, source: Namespace, address: str, number: int):
        super().__init__(address, number, timeout=PATIENCE)
        self._source = source

    def connect(self):
        with self._source.entered():
            self.sock = socket.create_connection((self.host, self.port), self.timeout)


class _HealthCheckTest(KernelTest):
    def web(self, plan: AddressPlan, *endpoints_: dict, check: int = _PORT, name="web") -> dict:
        return service(
            name,
            [port(list(endpoints_)), port(list(endpoints_), number=81)],
            cluster_ips=[plan.cluster_ip if name == "web" else plan.other_cluster_ip],
            external_traffic_policy="LOCAL",
            health_check_node_port=check,
        )

    def local(self, plan: AddressPlan, pod: int = 0, **fields) -> dict:
        return endpoint(plan.pods[pod], node=NODE, **fields)

    def ask(self, address: str, number: int = _PORT, method: str = "GET"):
        """Status, headers and body, or None where nobody listens."""
        connection = _Connection(self.lab.client, address, number)
        try:
            connection.request(method, "/healthz")
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        except ConnectionRefusedError:
            return None
        finally:
            connection.close()

    def status(self, address: str, number: int = _PORT) -> int | None:
        answer = self.ask(address, number)
        return answer and answer[0]

    def wait_for(self, status: int | None, address: str, number: int = _PORT):
        wait_until(lambda: self.status(address, number) == status, f"{status} from {address}")


class HealthCheckTest(_HealthCheckTest):
    @in_each_family
    def test_a_load_balancer_is_told_who_and_how_many(self, plan: AddressPlan):
        elsewhere = endpoint(plan.remotes[0], node=OTHER_NODE)
        self.daemon.push(self.web(plan, self.local(plan, 0), self.local(plan, 1), elsewhere))
        self.wait_for(200, plan.node)
        _, headers, body = self.ask(plan.node)
        self.assertEqual(
            json.loads(body),
            {
                "service": {"namespace": "default", "name": "web"},
                "localEndpoints": 2,
                "serviceProxyHealthy": True,
            },
        )
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(headers["X-Load-Balancing-Endpoint-Weight"], "2")

    @in_each_family
    def test_a_node_whose_last_endpoint_terminates_is_drained(self, plan: AddressPlan):
        self.daemon.push(self.web(plan, self.local(plan)))
        self.wait_for(200, plan.node)
        terminating = self.local(plan, ready=False, serving=True, terminating=True)
        self.daemon.push(self.web(plan, terminating))
        status, headers, body = self.ask(plan.node)
        self.assertEqual(status, 503)
        self.assertEqual(headers["X-Load-Balancing-Endpoint-Weight"], "0")
        self.assertEqual(json.loads(body)["localEndpoints"], 0)
        self.daemon.push(self.web(plan, self.local(plan)))
        self.assertEqual(self.status(plan.node), 200)

    @in_each_family
    def test_a_node_without_endpoints_says_so(self, plan: AddressPlan):
        self.daemon.push(self.web(plan, endpoint(plan.remotes[0], node=OTHER_NODE)))
        self.wait_for(503, plan.node)

    @in_each_family
    def test_listeners_follow_the_services(self, plan: AddressPlan):
        self.assertIsNone(self.status(plan.node))
        self.daemon.push(self.web(plan, self.local(plan)))
        self.wait_for(200, plan.node)
        self.daemon.push(self.web(plan, self.local(plan), check=_PORT + 1))
        self.wait_for(200, plan.node, _PORT + 1)
        self.assertIsNone(self.status(plan.node))
        self.daemon.push()
        self.wait_for(None, plan.node, _PORT + 1)

    @in_each_family
    def test_a_port_can_pass_to_another_service(self, plan: AddressPlan):
        self.daemon.push(self.web(plan, self.local(plan)))
        self.wait_for(200, plan.node)
        self.daemon.push(self.web(plan, name="other"))
        status, _, body = self.ask(plan.node)
        self.assertEqual((status, json.loads(body)["service"]["name"]), (503, "other"))

    @in_each_family
    def test_a_restart_answers_the_same(self, plan: AddressPlan):
        self.daemon.push(self.web(plan, self.local(plan)))
        self.wait_for(200, plan.node)
        self.daemon.restart()
        self.assertEqual(self.status(plan.node), 200)
        self.daemon.kill()
        self.assertIsNone(self.status(plan.node))
        self.daemon.start()
        self.assertEqual(self.status(plan.node), 200)

    @in_each_family
    def test_it_is_where_node_ports_are(self, plan: AddressPlan):
        self.daemon.push(self.web(plan, self.local(plan)))
        self.wait_for(200, plan.node)
        self.assertIsNone(self.status(plan.gateway))

    @in_each_family
    def test_a_refused_push_changes_nothing(self, plan: AddressPlan):
        self.daemon.push(self.web(plan, self.local(plan)))
        self.wait_for(200, plan.node)
        clash = self.daemon.push_is_refused(
            self.web(plan, self.local(plan)), self.web(plan, name="other")
        )
        self.assertIn(f"services[1]: default/other claims node port {_PORT}/tcp", clash)
        self.assertEqual(self.status(plan.node), 200)

    def test_a_daemon_that_is_out_of_sync_says_so(self):
        self.daemon.push(self.web(V4, self.local(V4)))
        self.wait_for(200, V4.node)
        # A table that the daemon did not make stands in the way of repairs.
        self.nft("-f", "-", stdin="delete table ip nftsvc\nadd table ip nftsvc\n")
        self.wait_for(503, V4.node)
        self.assertFalse(json.loads(self.ask(V4.node)[2])["serviceProxyHealthy"])
        self.nft("delete", "table", "ip", "nftsvc")
        self.wait_for(200, V4.node)

    def test_a_port_that_somebody_has_is_told_and_taken_later(self):
        with self.lab.node.entered():
            holder = socket.create_server((V4.node, _PORT))
        with contextlib.closing(holder):
            self.daemon.push(self.web(V4, self.local(V4)))
            wait_until(lambda: "health_check_problem" in self.daemon.status(), "a problem")
            problem = self.daemon.status()["health_check_problem"]
            self.assertIn(f"{V4.node}:{_PORT}/tcp: address already in use", problem)
            self.assertEqual(self.daemon.log.count(problem), 1)
        self.wait_for(200, V4.node)
        self.assertNotIn("health_check_problem", self.daemon.status())

    def test_head_is_answered_and_nothing_is_accepted(self):
        self.daemon.push(self.web(V4, self.local(V4)))
        self.wait_for(200, V4.node)
        self.assertEqual(self.ask(V4.node, method="HEAD")[0], 200)
        self.assertEqual(self.ask(V4.node, method="POST")[0], 405)

    def test_clients_that_say_nothing_do_not_keep_others_out(self):
        self.daemon.push(self.web(V4, self.local(V4)))
        self.wait_for(200, V4.node)
        with contextlib.ExitStack() as idle, self.lab.far.entered():
            for _ in range(400):
                idle.enter_context(socket.create_connection((V4.node, _PORT)))
            self.assertEqual(self.status(V4.node), 200)


class HealthCheckEverywhereTest(_HealthCheckTest):
    CONFIG = config(
        PODS_BY_CIDR, node=NODE_ADDRESSES + ' node_port_addresses: ["0.0.0.0/0", "::/0"]'
    )

    @in_each_family
    def test_it_is_on_every_address_also_on_one_that_comes_later(self, plan: AddressPlan):
        self.daemon.push(self.web(plan, self.local(plan)))
        self.wait_for(200, plan.node)
        self.assertEqual(self.status(plan.gateway), 200)
        self.lab.node.add_addresses("lo", [plan.external_ip], plan.host_length)
        self.assertEqual(self.status(plan.external_ip), 200)


if __name__ == "__main__":
    main()
