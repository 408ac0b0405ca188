# SPDX-License-Identifier: Apache-2.0
"""UDP knows no end of a connection, so a client that goes on must not stay with who is gone."""

from addresses import AddressPlan, host_port
from case import KernelTest, in_each_family, main
from dial import REFUSED, UNREACHABLE, Conversation, Outcome
from snapshot import PORT, endpoint, endpoints, port, service
from waiting import wait_until

_NODE_PORT = 30053


class UdpFlowsTest(KernelTest):
    def push_dns(self, plan: AddressPlan, listed: list[dict]):
        self.daemon.push(
            service(
                "dns",
                [port(listed, "udp", node_port=_NODE_PORT)],
                cluster_ips=[plan.cluster_ip],
                external_ips=[plan.external_ip],
            )
        )

    def conversations(self, plan: AddressPlan):
        """With each kind of frontend, from outside, the node and a pod."""
        for address, number in (
            (plan.cluster_ip, PORT),
            (plan.external_ip, PORT),
            (plan.node, _NODE_PORT),
        ):
            for source in (self.lab.client, self.lab.node, self.lab.pods[0]):
                yield self.enterContext(Conversation(source, address, number))

    def wait_for_each(self, conversations: list[Conversation], expected: str | Outcome):
        """Until this endpoint answers, or this comes of it."""
        for conversation in conversations:

            def is_as_expected() -> bool:
                outcome = conversation.ask()
                return expected in (outcome, outcome.endpoint)

            wait_until(is_as_expected, str(expected))

    def check_each(self, conversations: list[Conversation], pod: str):
        for conversation in conversations:
            self.assertEqual(conversation.ask().endpoint, host_port(pod))

    @in_each_family
    def test_it_goes_to_another_endpoint_when_its_own_is_removed(self, plan: AddressPlan):
        self.push_dns(plan, endpoints(plan.pods[1:2]))
        conversations = list(self.conversations(plan))
        self.check_each(conversations, plan.pods[1])
        self.push_dns(plan, endpoints(plan.pods[2:3]))
        self.wait_for_each(conversations, host_port(plan.pods[2]))

    @in_each_family
    def test_it_is_refused_when_there_are_no_endpoints_left(self, plan: AddressPlan):
        self.push_dns(plan, endpoints(plan.pods[1:2]))
        conversations = list(self.conversations(plan))
        self.check_each(conversations, plan.pods[1])
        self.push_dns(plan, [])
        self.wait_for_each(conversations, REFUSED)

    @in_each_family
    def test_it_finds_a_service_that_comes_later(self, plan: AddressPlan):
        with Conversation(self.lab.client, plan.cluster_ip, PORT) as conversation:
            self.assertEqual(conversation.ask(), UNREACHABLE)
            self.push_dns(plan, endpoints(plan.pods[1:2]))
            self.wait_for_each([conversation], host_port(plan.pods[1]))
        self.daemon.push()

    @in_each_family
    def test_it_loses_a_service_that_goes(self, plan: AddressPlan):
        self.push_dns(plan, endpoints(plan.pods[1:2]))
        with Conversation(self.lab.client, plan.cluster_ip, PORT) as conversation:
            self.check_each([conversation], plan.pods[1])
            self.daemon.push()
            self.wait_for_each([conversation], UNREACHABLE)

    @in_each_family
    def test_it_stays_while_others_come_and_go(self, plan: AddressPlan):
        self.push_dns(plan, endpoints(plan.pods[1:2]))
        conversations = list(self.conversations(plan))
        self.check_each(conversations, plan.pods[1])
        for addresses in (plan.pods, plan.pods[:2], plan.pods[1:] + plan.remotes):
            self.push_dns(plan, endpoints(addresses))
            self.check_each(conversations, plan.pods[1])

    @in_each_family
    def test_it_stays_with_an_endpoint_that_takes_nothing_new(self, plan: AddressPlan):
        self.push_dns(plan, endpoints(plan.pods[1:2]))
        conversations = list(self.conversations(plan))
        self.check_each(conversations, plan.pods[1])
        drained = endpoint(plan.pods[1], weight=0)
        self.push_dns(plan, [drained, endpoint(plan.pods[2])])
        self.check_each(conversations, plan.pods[1])

    @in_each_family
    def test_it_stays_over_a_restart_and_moves_after_it(self, plan: AddressPlan):
        self.push_dns(plan, endpoints(plan.pods[1:2]))
        conversations = list(self.conversations(plan))
        self.check_each(conversations, plan.pods[1])
        self.daemon.restart()
        self.check_each(conversations, plan.pods[1])
        self.push_dns(plan, endpoints(plan.pods[2:3]))
        self.wait_for_each(conversations, host_port(plan.pods[2]))


if __name__ == "__main__":
    main()
