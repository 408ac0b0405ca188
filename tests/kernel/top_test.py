# SPDX-License-Identifier: Apache-2.0
"""`nftsvc top` counts the connections that are made while it looks, and `nftsvc graph` draws them."""

import re

from addresses import V4, host_port
from case import KernelTest, main
from dial import spread
from snapshot import PORT, endpoints, many_services, port, service

_DIALLED = 50


class TopTest(KernelTest):
    def push(self, *more: dict):
        self.daemon.push(
            service("busy", [port(endpoints(V4.pods))], cluster_ips=[V4.cluster_ip]),
            service("idle", [port(endpoints(V4.pods))], cluster_ips=[V4.other_cluster_ip]),
            *more,
        )

    def check(self):
        with self.daemon.begin("--output", "json", "top", "--interval", "0.2") as running:
            running.wait_for("default/idle")
            spread(self.lab.client, V4.cluster_ip, PORT, times=_DIALLED)

            def ports(sample: dict) -> dict[str, dict]:
                return {p["service"]: p for p in sample["ports"]}

            # Whenever it looked, what is left is the number of all that were dialled.
            running.wait_for(f'"connections":"{_DIALLED}"')
            samples = running.objects()
        last = ports(samples[-1])
        self.assertEqual(int(last["default/busy"]["connections"]), _DIALLED)
        self.assertEqual(
            sum(int(e.get("connections", 0)) for e in last["default/busy"]["endpoints"]), _DIALLED
        )
        self.assertEqual(
            {e["address"] for e in last["default/busy"]["endpoints"]},
            {host_port(pod) for pod in V4.pods},
        )
        rates = [ports(s)["default/busy"].get("connections_per_second", 0) for s in samples]
        self.assertGreater(max(rates), 0)
        self.assertEqual({ports(s)["default/idle"].get("connections_per_second", 0)
                          for s in samples}, {0})  # fmt: skip
        # The busiest comes first.
        busiest = samples[rates.index(max(rates))]
        self.assertEqual(busiest["ports"][0]["service"], "default/busy")

    def test_rates_are_of_the_service_and_its_endpoints(self):
        self.push()
        self.check()

    def test_among_many_services_too(self):
        """Where asking for all of them takes long."""
        self.push(*many_services(V4, 3000))
        self.check()

    def test_once_prints_lines(self):
        self.push()
        result = self.daemon.attempt("top", "--once", "--interval", "0.1")
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        self.assertTrue(lines[0].startswith("2 services, 0.0 connections/s"))
        self.assertEqual(lines[1].split(), ["SERVICE", "PORT", "ENDPOINT", "CONN/S", "CONNECTIONS"])
        self.assertEqual(len(lines), 2 + 2 * (1 + len(V4.pods)))

    def test_a_graph_has_every_endpoint_with_its_connections(self):
        self.push()
        spread(self.lab.client, V4.cluster_ip, PORT, times=_DIALLED)
        result = self.daemon.attempt("graph", "default/busy")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f'"{V4.cluster_ip}:{PORT}/tcp" -> "port 0";', result.stdout)
        drawn = {
            pod: int(re.search(rf'"port 0" -> "{host_port(pod)}" \[label="(\d+)"', result.stdout)[1])
            for pod in V4.pods
        }
        self.assertEqual(sum(drawn.values()), _DIALLED)

    def test_a_service_that_is_misspelt_is_guessed(self):
        self.push()
        result = self.daemon.attempt("graph", "default/bsuy")
        self.assertEqual(result.returncode, 1)
        self.assertIn("did you mean default/busy?", result.stderr)


if __name__ == "__main__":
    main()
