# SPDX-License-Identifier: Apache-2.0
"""Metrics, health and the status page of a daemon that forwards real connections."""

import json
import pathlib
import re
import shutil
import subprocess
import unittest

import web
from addresses import V4, AddressPlan
from case import KernelTest, config, in_each_family, main
from dial import Dial, dial_all
from snapshot import PORT, endpoint, endpoints, many_services, port, service
from waiting import wait_until

_DASHBOARD = pathlib.Path(__file__).parents[2] / "packaging/grafana/nftsvc.json"


class WebTest(KernelTest):
    def metrics(self) -> web.Metrics:
        return web.metrics(self.lab.node)

    def push_web(self, plan: AddressPlan = V4, **fields):
        return self.daemon.push(
            service(
                "web", [port(endpoints(plan.pods))], cluster_ips=[plan.cluster_ip], **fields
            )
        )

    def wait_for(self, value: float, name: str, **labels: str):
        """Metrics may be a little old."""
        wait_until(
            lambda: self.metrics().values(name, **labels) == [value], f"{name} {labels} is {value}"
        )

    @in_each_family
    def test_connections_are_counted_by_service_and_endpoint(self, plan: AddressPlan):
        self.push_web(plan)
        dials = [Dial(self.lab.client, plan.cluster_ip, PORT)] * 30
        by_endpoint = [outcome.endpoint for outcome in dial_all(dials)]
        self.wait_for(30, "nftsvc_service_connections_total", service="web", protocol="tcp")
        for name in set(by_endpoint):
            count = by_endpoint.count(name)
            self.wait_for(count, "nftsvc_endpoint_connections_total", endpoint=name)

    def test_pushes_and_commits_are_counted(self):
        before = self.metrics()
        self.assertEqual(before.value("nftsvc_pushes_total", result="accepted"), 0)
        self.push_web()
        self.push_web()
        self.daemon.push_is_refused(service("bad", [port([endpoint("nowhere")])]))
        self.wait_for(1, "nftsvc_pushes_total", result="refused")
        after = self.metrics()
        self.assertEqual(after.value("nftsvc_pushes_total", result="accepted"), 1)
        self.assertEqual(after.value("nftsvc_pushes_total", result="unchanged"), 1)
        self.assertEqual(after.value("kubeproxy_sync_proxy_rules_duration_seconds_count"), 1)
        self.assertGreater(
            after.value("nftsvc_commit_duration_seconds_count"),
            before.value("nftsvc_commit_duration_seconds_count"),
        )
        self.assertLessEqual(
            after.value("kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds"),
            after.value("kubeproxy_sync_proxy_rules_last_timestamp_seconds"),
        )

    def test_repairs_are_counted_and_a_daemon_out_of_sync_is_not_healthy(self):
        self.push_web()
        self.nft("flush", "map", "ip", "nftsvc", "services")
        self.wait_for(1, "nftsvc_drift_repairs_total")
        for path in ("/healthz", "/readyz", "/livez"):
            status, _, body = web.ask(self.lab.node, path)
            self.assertEqual(status, 200, body)
            self.assertIn("currentTime", json.loads(body))
        # A table that the daemon did not make stands in the way of repairs.
        self.nft("-f", "-", stdin="delete table ip nftsvc\nadd table ip nftsvc\n")
        wait_until(lambda: web.ask(self.lab.node, "/healthz")[0] == 503, "503 from /healthz")
        self.assertEqual(web.ask(self.lab.node, "/readyz")[0], 503)
        self.assertEqual(web.ask(self.lab.node, "/livez")[0], 200)
        problem = json.loads(web.ask(self.lab.node, "/healthz")[2])["problem"]
        self.assertIn("not made by nftsvcd", problem)
        self.wait_for(0, "nftsvc_in_sync")
        self.assertIn("out of sync", web.ask(self.lab.node, "/")[2])
        self.nft("delete", "table", "ip", "nftsvc")
        wait_until(lambda: web.ask(self.lab.node, "/healthz")[0] == 200, "200 from /healthz")

    @unittest.skipIf(shutil.which("promtool") is None, "there is no promtool (package prometheus)")
    def test_prometheus_finds_nothing_to_complain_about(self):
        self.push_web()
        text = web.ask(self.lab.node, "/metrics")[2]
        result = subprocess.run(
            ["promtool", "check", "metrics"], input=text, capture_output=True, text=True
        )
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_the_dashboard_asks_only_for_metrics_that_exist(self):
        self.push_web()
        there = {
            name for name, _ in web.Metrics(web.ask(self.lab.node, "/metrics")[2]).samples
        }
        dashboard = json.loads(_DASHBOARD.read_text())
        queries = [
            target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])
        ]
        self.assertGreater(len(queries), 8)
        asked = set()
        for query in queries + [v["query"] for v in dashboard["templating"]["list"]]:
            asked |= set(re.findall(r"\b(?:nftsvc|kubeproxy|process)_\w+", query))
        self.assertGreater(len(asked), 8)
        self.assertEqual(asked - there, set())

    def test_the_page_shows_services_endpoints_and_changes_and_fetches_nothing(self):
        self.push_web()
        status, headers, page = web.ask(self.lab.node, "/")
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        for text in ("default/web", V4.cluster_ip, V4.pods[0], "push by pid", "in sync"):
            self.assertIn(text, page)
        self.assertNotRegex(page, r"https?://|<script|<link|<img")

    def test_one_line_turns_it_off_and_a_reload_is_enough(self):
        self.daemon.configure(self.CONFIG + "\nhttp { disabled: true }")
        self.daemon.reload()
        self.assertIsNone(web.ask(self.lab.node, "/metrics"))
        self.daemon.configure(self.CONFIG + f'\nhttp {{ listen: "{V4.node}:9100" }}')
        self.daemon.reload()
        self.assertIsNone(web.ask(self.lab.node, "/metrics"))
        self.assertEqual(web.ask(self.lab.client, "/metrics", V4.node, 9100)[0], 200)

    def test_others_cannot_ask_unless_they_may(self):
        self.assertIsNone(web.ask(self.lab.client, "/metrics", V4.node))


class LimitTest(KernelTest):
    CONFIG = config("http { max_series: 40 }")

    def test_series_beyond_the_limit_are_left_off_and_counted(self):
        self.daemon.push(*many_services(V4, 100))
        metrics = web.metrics(self.lab.node)
        self.assertEqual(metrics.count("nftsvc_service_connections_total"), 10)
        self.assertEqual(metrics.count("nftsvc_endpoint_connections_total"), 10)
        self.assertEqual(metrics.value("nftsvc_series_left_off"), 360)
        self.assertIn("And 90 more", web.ask(self.lab.node, "/")[2])


if __name__ == "__main__":
    main()
