# SPDX-License-Identifier: Apache-2.0
"""TCP connections that an endpoint has never answered, when it goes: forget_unanswered_tcp."""

import contextlib
import select
import socket

from addresses import AddressPlan, host_port
from case import PODS_BY_CIDR, KernelTest, config, in_each_family, main
from dial import Connection
from servers import open_socket
from snapshot import PORT, endpoints, port, service
from waiting import PATIENCE, wait_until


class _TcpFlowsTest(KernelTest):
    def push_web(self, plan: AddressPlan, *addresses: str):
        self.daemon.push(
            service("web", [port(endpoints(addresses))], cluster_ips=[plan.cluster_ip])
        )

    def make_black_hole(self, plan: AddressPlan) -> str:
        """An address whose packets vanish."""
        address = f"{plan.remotes[0]}9"
        self.lab.far.ip(f"route add blackhole {address}/{plan.host_length}")
        return address

    @contextlib.contextmanager
    def unanswered(self, plan: AddressPlan):
        """A client whose SYN has gone into the black hole, and will be repeated by the kernel."""
        hole = self.make_black_hole(plan)
        self.push_web(plan, hole)
        with contextlib.closing(open_socket(self.lab.client, plan.cluster_ip, "tcp")) as client:
            client.connect_ex((plan.cluster_ip, PORT))
            wait_until(lambda: self.flows_to(plan, hole) == 1, "a flow into the black hole")
            yield client, hole

    def flows_to(self, plan: AddressPlan, endpoint: str) -> int:
        family = "ipv4" if plan.is_v4 else "ipv6"
        listed = self.lab.node.attempt(
            "conntrack", "-L", "-f", family, "-p", "tcp", "--reply-src", endpoint
        )
        return len(listed.stdout.splitlines())


class ForgetUnansweredTest(_TcpFlowsTest):
    CONFIG = config(PODS_BY_CIDR, "forget_unanswered_tcp: true")

    @in_each_family
    def test_the_next_syn_goes_to_another_endpoint(self, plan: AddressPlan):
        with self.unanswered(plan) as (client, hole):
            self.push_web(plan, plan.pods[0])
            self.assertEqual(self.flows_to(plan, hole), 0)
            readable, _, _ = select.select([client], [], [], PATIENCE)
            self.assertEqual(readable, [client])
            self.assertIn(host_port(plan.pods[0]), client.recv(4096).decode())

    @in_each_family
    def test_it_stays_as_long_as_its_endpoint_does(self, plan: AddressPlan):
        with self.unanswered(plan) as (_, hole):
            self.push_web(plan, hole, plan.pods[0])
            self.assertEqual(self.flows_to(plan, hole), 1)

    @in_each_family
    def test_established_connections_are_never_touched(self, plan: AddressPlan):
        self.push_web(plan, plan.pods[0])
        sources = (self.lab.client, self.lab.node, self.lab.pods[1])
        with contextlib.ExitStack() as exits:
            connections = [
                exits.enter_context(Connection(source, plan.cluster_ip, PORT))
                for source in sources
            ]
            for change in (
                lambda: self.push_web(plan, plan.pods[1]),
                lambda: self.push_web(plan),
                self.daemon.restart,
                self.daemon.push,
            ):
                change()
                for source, connection in zip(sources, connections):
                    self.assertTrue(connection.is_alive(), f"from {source.name}")

    @in_each_family
    def test_one_whose_client_half_closed_it_is_established_too(self, plan: AddressPlan):
        self.push_web(plan, plan.pods[0])
        client = open_socket(self.lab.client, plan.cluster_ip, "tcp")
        with contextlib.closing(client):
            client.settimeout(PATIENCE)
            client.connect((plan.cluster_ip, PORT))
            client.recv(4096)
            client.shutdown(socket.SHUT_WR)
            self.push_web(plan, plan.pods[1])
            self.assertEqual(client.recv(4096), b"", "the endpoint ends it, nobody else")


class KeepUnansweredTest(_TcpFlowsTest):
    @in_each_family
    def test_by_default_nothing_of_tcp_is_forgotten(self, plan: AddressPlan):
        with self.unanswered(plan) as (_, hole):
            self.push_web(plan, plan.pods[0])
            self.assertEqual(self.flows_to(plan, hole), 1)


if __name__ == "__main__":
    main()
