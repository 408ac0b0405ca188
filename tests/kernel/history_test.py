# SPDX-License-Identifier: Apache-2.0
"""Back to earlier snapshots, by hand and by itself, with packets to show which one is served."""

import json
import time

from addresses import V4, host_port
from case import PODS_BY_CIDR, KernelTest, config, main
from dial import UNREACHABLE, dial
from snapshot import PORT, endpoints, port, service
from waiting import wait_until


def web(pod: int) -> dict:
    """A service with one endpoint, which tells the snapshots from each other."""
    return service("web", [port(endpoints(V4.pods[pod : pod + 1]))], cluster_ips=[V4.cluster_ip])


class HistoryTest(KernelTest):
    CONFIG = config(PODS_BY_CIDR, "history { keep: 3 }")

    def endpoint(self) -> str:
        return dial(self.lab.client, V4.cluster_ip, PORT).endpoint

    def assert_serves(self, pod: int):
        self.assertEqual(self.endpoint(), host_port(V4.pods[pod]))
        self.assertTrue(self.daemon.call("verify")["in_sync"])

    def push_to_confirm(self, pod: int, within: str) -> dict:
        return self.daemon.push(web(pod), flags=("--confirm-within", within))

    def revisions(self) -> list[int]:
        return [int(entry["revision"]) for entry in self.daemon.call("history")["entries"]]

    def test_a_rollback_serves_the_snapshot_before(self):
        self.daemon.push(web(0))
        first = self.daemon.call("get")
        self.daemon.push(web(1))
        result = self.daemon.call("rollback")
        self.assertEqual(result["revision"], "3")
        self.assert_serves(0)
        self.assertEqual(self.daemon.call("get"), first)
        self.daemon.call("rollback")
        self.assert_serves(1)

    def test_a_rollback_to_the_beginning_serves_nothing(self):
        self.daemon.push(web(0))
        self.daemon.call("rollback", "0")
        self.assertEqual(dial(self.lab.client, V4.cluster_ip, PORT), UNREACHABLE)

    def test_as_many_are_kept_as_configured_over_crashes(self):
        for i in range(6):
            self.daemon.push(web(i % 2))
            if i == 3:
                self.daemon.kill()
                self.daemon.start()
        self.assertEqual(self.revisions(), [6, 5, 4, 3])
        result = self.daemon.attempt("rollback", "1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("revision 1 is not kept", result.stderr)
        self.daemon.call("rollback", "3")
        self.assert_serves(0)
        entry = self.daemon.call("history")["entries"][0]
        self.assertEqual(entry["action"], "rollback to 3")
        self.assertGreater(entry["pid"], 0)

    def test_fewer_are_kept_after_a_reload(self):
        for i in range(4):
            self.daemon.push(web(i % 2))
        self.daemon.configure(config(PODS_BY_CIDR, "history { keep: 1 }"))
        self.daemon.reload()
        self.daemon.push(web(0))
        self.assertEqual(self.revisions(), [5, 4])
        files = [path.name for path in self.daemon.state_directory.glob("undo-*")]
        self.assertCountEqual(files, ["undo-5", "undo-4"])

    def test_a_push_that_is_not_confirmed_is_taken_back(self):
        self.daemon.push(web(0))
        self.push_to_confirm(1, "1s")
        wait_until(
            lambda: self.endpoint() == host_port(V4.pods[0]), "the push is taken back by itself"
        )
        self.assert_serves(0)
        self.assertEqual(self.revisions(), [3, 2, 1])
        self.assertIn("not confirmed: back to 1", self.daemon.log)
        self.daemon.push(web(1))
        self.assert_serves(1)

    def test_a_push_that_is_confirmed_stays_over_a_crash(self):
        self.daemon.push(web(0))
        self.push_to_confirm(1, "2s")
        self.assertEqual(self.daemon.call("confirm")["revision"], "2")
        self.daemon.kill()
        # Longer than it would have waited.
        time.sleep(2.5)
        self.daemon.start()
        self.assert_serves(1)
        self.assertNotIn("unconfirmed_revision", self.daemon.status())

    def test_while_a_push_waits_there_is_no_other(self):
        self.push_to_confirm(0, "1h")
        self.assertEqual(self.daemon.status()["unconfirmed_revision"], "1")
        refused = self.daemon.push_is_refused(web(1))
        self.assertIn("revision 1 waits until", refused)
        self.assert_serves(0)
        self.daemon.call("push", "--dry-run", "-", stdin=json.dumps({"services": [web(1)]}))
        self.daemon.call("rollback")
        self.assertEqual(dial(self.lab.client, V4.cluster_ip, PORT), UNREACHABLE)
        self.daemon.push(web(1))
        self.assert_serves(1)

    def test_a_push_still_waits_after_a_crash(self):
        self.daemon.push(web(0))
        self.push_to_confirm(1, "1h")
        self.daemon.kill()
        self.daemon.start()
        self.assert_serves(1)
        self.assertEqual(self.daemon.status()["unconfirmed_revision"], "2")
        self.daemon.call("confirm", "2")
        self.assert_serves(1)

    def test_what_was_not_confirmed_while_no_daemon_ran_is_taken_back_at_its_start(self):
        self.daemon.push(web(0))
        self.push_to_confirm(1, "1s")
        self.daemon.kill()
        time.sleep(1.5)
        self.daemon.start()
        self.assert_serves(0)
        self.assertEqual(self.revisions()[0], 3)

    def test_nothing_waits_without_such_a_push(self):
        self.daemon.push(web(0))
        result = self.daemon.attempt("confirm")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no push waits to be confirmed", result.stderr)


if __name__ == "__main__":
    main()
