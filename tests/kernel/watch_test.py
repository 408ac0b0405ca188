# SPDX-License-Identifier: Apache-2.0
"""`nftsvc watch` says what happens, in order, to everybody who asks."""

from addresses import V4
from case import PODS_BY_CIDR, KernelTest, config, main
from running import Running
from snapshot import endpoints, port, service


def _web(pods: int) -> dict:
    return service("web", [port(endpoints(V4.pods[:pods]))], cluster_ips=[V4.cluster_ip])


def _named(number_of_service: int, number: int) -> dict:
    return service(
        f"service-{number_of_service}-{'x' * 40}",
        [port([], number=number)],
        cluster_ips=[f"10.105.0.{number_of_service}"],
    )


class WatchTest(KernelTest):
    # Node ports are accepted at whatever addresses the host has.
    CONFIG = config(PODS_BY_CIDR, node="")

    def watch(self, *options: str) -> Running:
        running = self.enterContext(self.daemon.begin("--output", "json", "watch", *options))
        running.wait_for("watching")
        return running

    def test_it_begins_with_how_things_are(self):
        self.daemon.push(_web(1))
        event = self.watch().objects()[0]
        self.assertEqual(event["watching"], {"in_sync": True, "services": 1})
        self.assertEqual(event["revision"], "1")
        self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_pushes_are_told_with_their_services_to_everybody(self):
        watchers = [self.watch() for _ in range(3)]
        self.daemon.push(_web(1))
        self.daemon.push(_web(1))  # changes nothing
        self.daemon.push(_web(2))
        self.daemon.push()
        for running in watchers:
            running.wait_for("- default/web")
            pushes = [event for event in running.objects() if "pushed" in event]
            self.assertEqual(
                [event["pushed"]["service_changes"] for event in pushes],
                [["+ default/web"], ["~ default/web"], ["- default/web"]],
            )
            self.assertEqual([event["revision"] for event in pushes], ["1", "2", "3"])

    def test_what_is_refused_or_only_tried_is_no_event(self):
        running = self.watch()
        self.daemon.push(_web(1), flags=("--dry-run",))
        self.daemon.push_is_refused({"name": "x", "ports": [{"port": 70000}]})
        self.daemon.push(_web(1))
        running.wait_for("pushed")
        self.assertEqual(len(running.objects()), 2)

    def test_repairs_are_told(self):
        self.daemon.push(_web(1))
        running = self.watch()
        self.nft("flush", "ruleset")
        running.wait_for("drift_repaired")
        self.assertIn("repaired by", running.objects()[-1]["drift_repaired"]["what"])

    def test_a_kernel_that_cannot_be_made_right_is_told_and_that_it_is_right_again(self):
        self.daemon.push(_web(1))
        running = self.watch()
        # A table of this name that is not ours is left alone.
        self.nft("-f", "-", stdin="delete table ip nftsvc\nadd table ip nftsvc")
        running.wait_for("out_of_sync")
        self.nft("delete", "table", "ip", "nftsvc")
        running.wait_for('"in_sync":{}')

    def test_other_addresses_of_the_host_are_told(self):
        running = self.watch()
        self.lab.node.add_addresses("uplink", ["192.168.0.77"], V4.link_length)
        running.wait_for("192.168.0.77")
        self.assertIn("192.168.0.77", running.objects()[-1]["host_changed"]["addresses"])

    def test_its_end_is_the_daemons(self):
        running = self.watch()
        self.daemon.stop()
        self.assertEqual(running.wait(), 1)
        self.assertIn("hung up", "".join(running.complaints))

    def test_it_ends_after_as_many_events_as_are_asked_for(self):
        running = self.watch("--count", "2")
        self.daemon.push(_web(1))
        self.assertEqual(running.wait(), 0)
        self.assertEqual(len(running.objects()), 2)

    def test_a_watcher_that_does_not_read_is_told_how_many_it_missed(self):
        """And holds nobody up."""
        with self.daemon.connect() as client:
            self.assertIn("watching", client.call("id: 7 watch {}"))
            # More than the socket and the daemon hold for one client.
            most = 100
            for i in range(most):
                self.daemon.push(*(_named(j, number=80 + i % 2) for j in range(100)))
            told = missed = 0
            while told + missed < most:
                event = client.receive()
                self.assertTrue(event.startswith("id: 7\n"))
                if "missed {" in event:
                    missed += int(event.partition("events: ")[2].split()[0])
                else:
                    told += 1
        self.assertGreater(missed, 0)
        self.assertEqual(told + missed, most)

    def test_a_client_that_watches_may_ask_besides(self):
        with self.daemon.connect() as client:
            client.call("id: 7 watch {}")
            self.assertIn("in_sync: true", client.call("id: 8 status {}"))
            self.daemon.push(_web(1))
            self.assertIn("default/web", client.receive())


if __name__ == "__main__":
    main()
