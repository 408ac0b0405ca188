# SPDX-License-Identifier: Apache-2.0
"""`nftsvc doctor` finds what is wrong with a host, each time something else."""

import json

from addresses import V4
from case import KernelTest, main
from dial import dial
from running import Running
from snapshot import PORT, endpoints, port, service

_OUR_CHECKS = {
    "daemon", "kernel", "nft", "forwarding", "rp_filter", "conntrack", "kube-proxy", "ipvs",
    "others", "policies", "nat order", "listeners", "clock",
}  # fmt: skip


class DoctorTest(KernelTest):
    def examine(self) -> tuple[int, dict[str, list[dict]]]:
        """Its exit code, and the findings of each check."""
        result = self.daemon.attempt("--output", "json", "doctor")
        findings: dict[str, list[dict]] = {}
        for finding in json.loads(result.stdout)["findings"]:
            findings.setdefault(finding["check"], []).append(finding)
        return result.returncode, findings

    def check(self, name: str, severity: str, what: str):
        """That this is found, and told with advice."""
        code, findings = self.examine()
        found = [f for f in findings[name] if what in f["what"]]
        self.assertEqual([f["severity"] for f in found], [severity], findings[name])
        self.assertTrue(found[0]["advice"])
        self.assertEqual(code, 1 if severity == "BROKEN" else 0, findings)

    def test_a_host_on_which_services_work(self):
        self.daemon.push(
            service("web", [port(endpoints(V4.pods[:1]))], cluster_ips=[V4.cluster_ip])
        )
        dial(self.lab.client, V4.cluster_ip, PORT)
        code, findings = self.examine()
        self.assertEqual(code, 0, findings)
        self.assertEqual(set(findings) - {"bridge"}, _OUR_CHECKS)
        for name in ("daemon", "kernel", "forwarding", "policies", "nat order", "listeners"):
            self.assertEqual([f["severity"] for f in findings[name]], ["OK"], findings[name])

    def test_forwarding_that_is_off(self):
        self.lab.node.set_sysctls({"ipv4/ip_forward": 0})
        self.check("forwarding", "BROKEN", "net.ipv4.ip_forward")

    def test_a_daemon_that_is_gone(self):
        self.daemon.stop()
        self.check("daemon", "BROKEN", str(self.daemon.socket_path))

    def test_a_kernel_that_cannot_be_made_right(self):
        self.nft("-f", "-", stdin="delete table ip nftsvc\nadd table ip nftsvc")
        with self.daemon.begin("watch") as running:
            running.wait_for("out of sync")
        self.check("daemon", "BROKEN", "out of sync")
        self.nft("delete", "table", "ip", "nftsvc")

    def test_a_policy_that_drops(self):
        self.nft(
            "-f", "-",
            stdin="table inet theirs { chain f {\n"
            "type filter hook forward priority 0; policy drop;\n}\n}",
        )  # fmt: skip
        self.check("policies", "WARNING", "inet theirs f")

    def test_somebody_who_translates_before_us(self):
        self.nft(
            "-f", "-",
            stdin="table ip theirs { chain c {\ntype nat hook prerouting priority -101;\n}\n}",
        )  # fmt: skip
        self.check("nat order", "WARNING", "ip theirs c")

    def test_what_kube_proxy_left(self):
        self.nft("-f", "-", stdin="table ip nat { chain KUBE-SERVICES {\n}\n}")
        self.check("kube-proxy", "WARNING", "KUBE-SERVICES")

    def test_somebody_who_listens(self):
        with Running(self.lab.node, "nft", "monitor") as monitor:
            # It has to have begun.
            while not (listeners := self.examine()[1]["listeners"])[0].get("advice"):
                self.assertIsNone(monitor.process.poll())
            self.assertIn("(nft)", listeners[0]["what"])

    def test_it_changes_nothing(self):
        before = self.nft("list", "ruleset")
        commits = self.daemon.status()["commits"]
        self.examine()
        self.assertEqual(self.nft("list", "ruleset"), before)
        self.assertEqual(self.daemon.status()["commits"], commits)

    def test_a_table_for_people(self):
        result = self.daemon.attempt("doctor")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertRegex(result.stdout, r"\nok +daemon +in sync, revision 0, 0 services\n")


if __name__ == "__main__":
    main()
