# SPDX-License-Identifier: Apache-2.0
"""Clients that do not keep to the protocol, or that know what nftsvc does not say."""

import os

from addresses import V4, host_port
from case import PODS_BY_CIDR, KernelTest, config, main
from dial import UNREACHABLE, dial
from snapshot import PORT, endpoints, port, service
from wire import encode_request, frame, varint

_MOST = 65536

_THIRD_CLUSTER_IP = "10.104.14.69"

_DELTA = """
id: 7
delta {
  base_revision: %d
  upsert {
    namespace: "default" name: "added" cluster_ips: "%s"
    ports { protocol: TCP port: %d endpoints { address: "%s" port: 8080 } }
  }
}
"""


class ControlSocketTest(KernelTest):
    CONFIG = config(
        PODS_BY_CIDR, f"limits {{ max_message_bytes: {_MOST} client_timeout_seconds: 2 }}"
    )

    def setUp(self):
        super().setUp()
        self.daemon.push(
            service("web", [port(endpoints(V4.pods[:1]))], cluster_ips=[V4.cluster_ip])
        )

    def tearDown(self):
        """Whatever a client did, others are served, and so are packets."""
        outcome = dial(self.lab.client, V4.cluster_ip, PORT)
        self.assertEqual(outcome.endpoint, host_port(V4.pods[0]))
        self.assertTrue(self.daemon.status()["in_sync"])

    def test_requests_are_answered_in_order(self):
        with self.daemon.connect() as client:
            client.send(b"".join(frame(encode_request(f"id: {i} status {{}}")) for i in (5, 3, 9)))
            for i in (5, 3, 9):
                self.assertTrue(client.receive().startswith(f"id: {i}\n"))

    def test_deltas_that_come_together_are_committed_together(self):
        """Each counts for itself: the third has a mistake, the fourth builds on the second."""
        before = self.daemon.status()
        deltas = [
            self._upsert("first", V4.other_cluster_ip, V4.pods[0]),
            self._upsert("second", _THIRD_CLUSTER_IP, V4.pods[0]),
            self._upsert("third", _THIRD_CLUSTER_IP, V4.pods[0]),
            'remove: "default/second"',
            self._upsert("fifth", _THIRD_CLUSTER_IP, V4.pods[1]),
        ]
        with self.daemon.connect() as client:
            frames = [
                frame(encode_request(f"id: {i} delta {{ {delta} }}")) for i, delta in enumerate(deltas)
            ]
            client.send(b"".join(frames))
            answers = [client.receive() for _ in deltas]
        after = self.daemon.status()
        self.assertEqual(int(after["commits"]), int(before["commits"]) + 1)
        self.assertEqual(int(after["revision"]), int(before["revision"]) + 1)
        for i in (0, 1, 3, 4):
            self.assertIn("joined_deltas: 4", answers[i])
        self.assertIn("default/second", answers[2])
        self.assertIn("code: INVALID", answers[2])
        for address, pod in ((V4.other_cluster_ip, V4.pods[0]), (_THIRD_CLUSTER_IP, V4.pods[1])):
            self.assertEqual(dial(self.lab.client, address, PORT).endpoint, host_port(pod))
        history = self.daemon.call("history")["entries"]
        self.assertEqual(history[0]["action"], "4 deltas")

    @staticmethod
    def _upsert(name: str, address: str, pod: str) -> str:
        return f"""upsert {{
            namespace: "default" name: "{name}" cluster_ips: "{address}"
            ports {{ protocol: TCP port: {PORT} endpoints {{ address: "{pod}" port: 8080 }} }}
        }}"""

    def test_a_request_in_single_bytes_is_understood(self):
        with self.daemon.connect() as client:
            for byte in frame(encode_request("id: 1 status {}")):
                client.send(bytes([byte]))
            self.assertIn("in_sync: true", client.receive())

    def test_garbage_is_answered_by_an_error_and_the_end(self):
        for garbage in (
            frame(b"\xff" * 100),
            frame(b"GET / HTTP/1.1\r\n\r\n"),
            b"\xff" * 20,  # no length
            frame(os.urandom(1000) + b"\x07"),
        ):
            with self.subTest(garbage[:20]), self.daemon.connect() as client:
                client.send(garbage)
                self.assertIn("code: INVALID", client.receive())
                self.assertEqual(client.receive(), "")

    def test_a_message_over_the_limit_is_refused_by_its_length(self):
        with self.daemon.connect() as client:
            client.send(varint(_MOST + 1))
            self.assertIn("code: TOO_LARGE", client.receive())
            self.assertEqual(client.receive(), "")

    def test_an_enormous_length_is_refused(self):
        with self.daemon.connect() as client:
            client.send(varint(2**32 - 1) + b"x")
            self.assertIn("code: TOO_LARGE", client.receive())

    def test_a_client_that_leaves_in_the_middle_of_a_message_harms_nobody(self):
        whole = frame(encode_request("id: 1 status {}"))
        for size in range(len(whole)):
            with self.daemon.connect() as client:
                client.send(whole[:size])

    def test_a_client_that_stops_in_the_middle_of_a_message_is_cut_off(self):
        with self.daemon.connect() as client:
            client.send(varint(1000) + b"\x08")
            self.assertTrue(self.daemon.status()["in_sync"], "others are served meanwhile")
            self.assertEqual(client.receive(), "")

    def test_a_client_that_does_not_read_blocks_nobody(self):
        with self.daemon.connect() as client:
            client.send_until_full(frame(encode_request("id: 1 get {}")))
            self.assertTrue(self.daemon.status()["in_sync"])

    def test_a_request_without_an_operation_is_refused(self):
        with self.daemon.connect() as client:
            answer = client.call("id: 4")
            self.assertIn("code: INVALID", answer)
            self.assertTrue(answer.startswith("id: 4\n"))

    def test_a_field_that_it_does_not_know_is_refused(self):
        """A newer client must not believe that an older daemon obeyed it."""
        unknown = b"\xf8\x3f\x01"  # field 1023, a varint
        push = encode_request("id: 1 push { snapshot { services { name: 'x' } } }")
        with self.daemon.connect() as client:
            client.send(frame(push + unknown))
            self.assertIn("code: INVALID", client.receive())


class DeltaTest(KernelTest):
    def setUp(self):
        super().setUp()
        result = self.daemon.push(
            service("web", [port(endpoints(V4.pods[:1]))], cluster_ips=[V4.cluster_ip])
        )
        self.revision = int(result["revision"])

    def delta(self, base_revision: int) -> str:
        with self.daemon.connect() as client:
            return client.call(
                _DELTA % (base_revision, V4.other_cluster_ip, PORT, V4.pods[1])
            )

    def assert_added(self):
        outcome = dial(self.lab.client, V4.other_cluster_ip, PORT)
        self.assertEqual(outcome.endpoint, host_port(V4.pods[1]))
        outcome = dial(self.lab.client, V4.cluster_ip, PORT)
        self.assertEqual(outcome.endpoint, host_port(V4.pods[0]))

    def test_it_adds_to_what_is_served(self):
        answer = self.delta(self.revision)
        self.assertIn(f"revision: {self.revision + 1}", answer)
        self.assert_added()

    def test_without_a_base_revision_it_adds_to_whatever_is_served(self):
        self.delta(0)
        self.assert_added()

    def test_on_a_stale_revision_it_is_refused_and_changes_nothing(self):
        self.daemon.push(
            service("web", [port(endpoints(V4.pods))], cluster_ips=[V4.cluster_ip])
        )
        answer = self.delta(self.revision)
        self.assertIn("code: STALE_REVISION", answer)
        self.assertIn(f"current_revision: {self.revision + 1}", answer)
        self.assertEqual(dial(self.lab.client, V4.other_cluster_ip, PORT), UNREACHABLE)

    def test_it_removes(self):
        with self.daemon.connect() as client:
            answer = client.call('id: 1 delta { remove: "default/web" }')
        self.assertIn("services_removed: 1", answer)
        self.assertEqual(dial(self.lab.client, V4.cluster_ip, PORT), UNREACHABLE)

    def test_removing_what_is_not_there_is_a_mistake(self):
        with self.daemon.connect() as client:
            answer = client.call('id: 1 delta { remove: "default/nobody" }')
        self.assertIn("code: INVALID", answer)
        self.assertIn('path: "remove[0]"', answer)

    def test_it_is_there_after_a_crash(self):
        self.delta(self.revision)
        self.daemon.kill()
        self.nft("flush", "ruleset")
        self.daemon.start()
        self.assert_added()


if __name__ == "__main__":
    main()
