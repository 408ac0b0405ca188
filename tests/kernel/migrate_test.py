# SPDX-License-Identifier: Apache-2.0
"""`nftsvc migrate`: from kube-proxy's chains to the daemon's tables and back, with both kinds of
iptables, while clients dial all the time.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from addresses import FAMILIES, AddressPlan, host_port
from case import PODS_BY_CIDR, config, in_each_family, main
from daemon import Daemon, program
from dial import Connection, Fate, dial
from dialling import Dialling, DiallingTest
from lab import IptablesLab
from snapshot import NODE, PORT, endpoints, port, service
from waiting import PATIENCE

_TABLES = ("mangle", "filter", "nat")

class _MigrateTest(DiallingTest):
    BACKEND = ""

    def setUp(self):
        self.lab = self.enterContext(IptablesLab())
        self.daemon = self.enterContext(Daemon(self.lab.node, config(PODS_BY_CIDR)))

    # iptables.

    def tool(self, plan: AddressPlan, verb: str = "", backend: str = "") -> str:
        name = "iptables" if plan.is_v4 else "ip6tables"
        return "-".join(filter(None, (name, backend or self.BACKEND, verb)))

    def iptables(self, plan: AddressPlan, table: str, *arguments: str) -> str:
        return self.lab.node.run(self.tool(plan), "-t", table, *arguments)

    def put_up_chains(self, *services: dict):
        """As kube-proxy would, with its canaries."""
        for plan in FAMILIES:
            text = self.lab.node.run(
                program("NFTSVC"),
                *("compile", "--target", "iptables" if plan.is_v4 else "ip6tables"),
                *("--config", str(self.daemon.config_path), "-"),
                stdin=json.dumps({"services": services}),
            )
            self.lab.node.run(self.tool(plan, "restore"), "--noflush", stdin=text)
            for table in _TABLES:
                self.iptables(plan, table, "-N", "KUBE-PROXY-CANARY")

    def put_up_others(self):
        for plan in FAMILIES:
            for arguments in (
                ("filter", "-N", "OTHERS"),
                ("filter", "-A", "OTHERS", "-m", "comment", "--comment", 'a "b" c', "-j", "RETURN"),
                ("filter", "-A", "FORWARD", "-j", "OTHERS"),
                ("nat", "-N", "KUBE-HOSTPORTS"),
                ("nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "99", "-j", "KUBE-HOSTPORTS"),
                ("nat", "-A", "POSTROUTING", "-s", plan.client, "-o", "lo", "-j", "MASQUERADE"),
                ("mangle", "-N", "KUBE-KUBELET-CANARY"),
                ("mangle", "-A", "FORWARD", "-p", "tcp", "-j", "RETURN"),
            ):
                self.iptables(plan, *arguments)

    def saved(self) -> list[str]:
        """Both families, without counters and remarks."""
        text = "".join(self.lab.node.run(self.tool(plan, "save")) for plan in FAMILIES)
        lines = [re.sub(r" \[\d+:\d+\]$", "", line) for line in text.splitlines()]
        return [line for line in lines if not line.startswith("#")]

    # The command.

    def migrate(self, *arguments: str, path: str = os.environ["PATH"]):
        return self.daemon.attempt("migrate", *arguments, path=path)

    def path_with(self, tool: str, script: str) -> str:
        """On which the tool is this script, in which REAL is the tool and MARK a file's name."""
        directory = self.enterContext(tempfile.TemporaryDirectory(prefix="nftsvc-test-"))
        program = pathlib.Path(directory, tool)
        script = script.replace("REAL", f"/usr/sbin/{tool}").replace("MARK", f"{directory}/mark")
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return f"{directory}:{os.environ['PATH']}"

    def forward(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.migrate("--node", NODE, *arguments)

    def back(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.migrate(
            *("--back", "--backend", self.BACKEND),
            *("--config", str(self.daemon.config_path)),
            *arguments,
        )

    def succeed(self, result: subprocess.CompletedProcess) -> str:
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr + self.daemon.log)
        return result.stdout

    # Tests.

    def test_nobody_notices(self):
        self.put_up_others()
        before = self.saved()
        self.put_up_chains(*self.services())
        with self.open_connections(), Dialling(self.dials()) as dialling:
            dialling.wait_for_more(200)
            self.succeed(self.forward("--execute"))
            self.assertEqual(self.saved(), before)
            with self.open_connections():
                dialling.wait_for_more(200)
                self.succeed(self.back("--execute"))
                dialling.wait_for_more(200)
                self.daemon.stop()
                self.daemon.remove()
                self.assertNotIn("table ip nftsvc", self.lab.node.run("nft", "list", "tables"))
                dialling.wait_for_more(200)
        self.assertEqual(dialling.failures, [])
        self.daemon.start()

    def test_a_dry_run_changes_nothing(self):
        self.put_up_chains(*self.services())
        before = self.saved()
        said = self.succeed(self.forward())
        self.assertIn("+ default/web-ip\n", said)
        self.assertRegex(said, r"remove ip6 nat: 3 jumps to, and \d+ chains: .*KUBE-SERVICES")
        self.assertEqual(self.saved(), before)
        self.assertNotIn("services", self.daemon.call("get").get("snapshot", {}))
        self.daemon.push(*self.services())
        self.assertIn("put up ip6: ", self.succeed(self.back()))
        self.assertEqual(self.saved(), before)

    def test_what_accepts_before_a_policy_of_drop_stays(self):
        self.put_up_chains(*self.services())
        for plan in FAMILIES:
            self.iptables(plan, "filter", "-P", "FORWARD", "DROP")
            for source in (plan.pods[0], plan.pods[1]):
                self.iptables(plan, "filter", "-A", "FORWARD", "-s", source, "-j", "ACCEPT")
        client = self.lab.client
        with contextlib.ExitStack() as exits:
            connections = [
                exits.enter_context(Connection(client, plan.cluster_ip, PORT)) for plan in FAMILIES
            ]
            said = self.succeed(self.forward("--execute"))
            self.assertIn("stays ip filter KUBE-FORWARD: ", said)
            self.assertTrue(all(connection.is_alive() for connection in connections))
        for plan in FAMILIES:
            self.assertEqual(dial(client, plan.cluster_ip, PORT).fate, Fate.CONNECTED)
        left = [line for line in self.saved() if line.startswith(":KUBE-")]
        self.assertEqual(left, [":KUBE-FORWARD -"] * len(FAMILIES))

    def test_rules_of_others_that_jump_to_its_chains_keep_them(self):
        self.put_up_chains(*self.services())
        for plan in FAMILIES:
            for target in ("KUBE-MARK-MASQ", "KUBE-NODEPORTS"):
                self.iptables(plan, "nat", "-N", f"BY-{target}")
                self.iptables(plan, "nat", "-A", f"BY-{target}", "-p", "tcp", "-j", target)
        self.succeed(self.forward("--execute"))
        left = [line for line in self.saved() if " KUBE-" in line or line.startswith(":KUBE-")]
        mark = "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000"
        self.assertEqual([line for line in left if line.startswith("-A KUBE-")], [mark] * 2)
        self.assertEqual(
            {line.split()[0] for line in left if line[0] == ":"},
            {":KUBE-MARK-MASQ", ":KUBE-NODEPORTS"},
        )

    def test_what_kube_proxy_of_any_release_made_goes(self):
        saves = pathlib.Path(__file__).parents[1] / "iptables/saves"
        for name in ("early", "before_1_24", "dual_stack", "iptables_nft"):
            with self.subTest(name):
                text = (saves / f"{name}.save").read_text()
                texts = dict.fromkeys(FAMILIES, "")
                for part in re.split(r"^(?=# Generated by)", text, flags=re.M):
                    texts[FAMILIES["ip6tables" in part.split("\n")[0]]] += part
                for plan, part in texts.items():
                    self.lab.node.run(self.tool(plan, "restore"), stdin=part)
                before = self.saved()
                said = self.succeed(self.forward("--execute", "--force"))
                kept = set(re.findall(r"^stays ip6? \w+ (KUBE-\S+): ", said, re.M))
                after = self.saved()
                self.assertLessEqual(
                    {line[1:].split()[0] for line in after if line.startswith(":KUBE-")}, kept
                )
                self.assertLessEqual(
                    kept, {"KUBE-KUBELET-CANARY", "KUBE-MARK-DROP", "KUBE-FIREWALL", "KUBE-FORWARD"}
                )
                self.assertEqual(
                    [line for line in after if "KUBE-" not in line],
                    [line for line in before if "KUBE-" not in line],
                )

    def test_obstacles_stop_it(self):
        self.put_up_chains(*self.services())
        before = self.saved()
        for arguments, why in (
            ((), "give --node"),
            (("--node", NODE), "the daemon serves others already"),
        ):
            if arguments:
                self.daemon.push(service("other", [port([])], cluster_ips=["10.111.0.1"]))
            for mode in ((), ("--execute",)):
                result = self.migrate(*arguments, *mode)
                self.assertEqual(result.returncode, 1)
                self.assertIn(why, result.stderr)
        self.assertEqual(self.saved(), before)
        self.succeed(self.forward("--execute", "--force"))

    def test_rules_that_change_meanwhile_stay(self):
        self.put_up_chains(*self.services())
        before = self.saved()
        # The second look at IPv6 finds a rule more.
        path = self.path_with(
            self.tool(FAMILIES[1], "save"),
            "[ -e MARK ] && "
            f"/usr/sbin/{self.tool(FAMILIES[1])} -t nat -A KUBE-NODEPORTS -p tcp -j RETURN\n"
            'touch MARK\nexec REAL "$@"',
        )
        result = self.migrate("--node", NODE, "--execute", path=path)
        self.assertEqual(result.returncode, 1)
        self.assertIn("rules have changed since they were read, so they stay", result.stderr)
        added = "-A KUBE-NODEPORTS -p tcp -j RETURN"
        self.assertIn(added, self.saved())
        self.assertEqual([line for line in self.saved() if line != added], before)
        self.assertTrue(self.daemon.call("verify")["in_sync"])
        self.iptables(FAMILIES[1], "nat", "-D", *added.split()[1:])
        self.succeed(self.forward("--execute"))

    def test_a_family_that_cannot_be_removed_is_told(self):
        self.put_up_chains(*self.services())
        path = self.path_with(
            self.tool(FAMILIES[1], "restore"), "echo no, not today >&2\nexit 4"
        )
        result = self.migrate("--node", NODE, "--execute", path=path)
        self.assertEqual(result.returncode, 1)
        self.assertIn("no, not today; the daemon serves all the same", result.stderr)
        v4, v6 = (self.lab.node.run(self.tool(plan, "save")) for plan in FAMILIES)
        self.assertNotIn(":KUBE-SERVICES", v4)
        self.assertIn(":KUBE-SERVICES", v6)
        for plan in FAMILIES:
            self.assertEqual(dial(self.lab.client, plan.cluster_ip, PORT).fate, Fate.CONNECTED)
        remove = re.search(r"nftsvc (iptables remove --backend \w+)", result.stderr).group(1)
        self.succeed(self.daemon.attempt(*remove.split()))
        self.assertEqual([line for line in self.saved() if "KUBE-S" in line], [])

    def test_tells_programs_in_json(self):
        self.put_up_chains(*self.services())
        plan = self.daemon.call("migrate", "--node", NODE)
        self.assertEqual((plan["direction"], plan["executed"]), ("forward", False))
        self.assertEqual(plan["services_added"], 4)
        self.assertEqual(plan["obstacles"], [])
        self.assertEqual(
            {(table["family"], table["table"]) for table in plan["remove"]},
            {(plan_.nft_family, table) for plan_ in FAMILIES for table in ("filter", "nat", "mangle")},
        )
        done = self.daemon.call("migrate", "--node", NODE, "--execute")
        self.assertTrue(done["executed"])
        back = self.daemon.call(
            *("migrate", "--back", "--backend", self.BACKEND),
            *("--config", str(self.daemon.config_path)),
        )
        self.assertEqual((back["direction"], back["executed"], back["services"]), ("back", False, 4))
        self.assertEqual([step["family"] for step in back["put_up"]], ["ip", "ip6"])

    def test_another_mark_stops_it(self):
        self.put_up_chains(*self.services())
        self.daemon.configure(config(PODS_BY_CIDR, "masquerade { mark_bit: 15 }"))
        self.daemon.restart()
        result = self.forward("--execute")
        self.assertEqual(result.returncode, 1)
        self.assertIn("marks what is to be masqueraded with 0x4000", result.stderr)
        self.assertIn("the daemon with 0x8000", result.stderr)

    def test_a_kube_proxy_that_runs_is_told(self):
        self.put_up_chains(*self.services())
        self.assertNotIn("kube-proxy runs", self.forward().stderr)
        copy = pathlib.Path(self.daemon.directory, "kube-proxy")
        shutil.copy("/bin/sleep", copy)
        process = subprocess.Popen(self.lab.node.command(str(copy), "60"))
        try:
            deadline = time.monotonic() + PATIENCE
            comm = pathlib.Path(f"/proc/{process.pid}/comm")
            while comm.read_text() != "kube-proxy\n" and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertIn("kube-proxy runs", self.forward().stderr)
        finally:
            process.kill()
            process.wait()

    @in_each_family
    def test_clients_that_affinity_remembers_are_told(self, plan: AddressPlan):
        web = service(
            f"web-{plan.nft_family}",
            [port(endpoints(plan.pods))],
            cluster_ips=[plan.cluster_ip],
            session_affinity={"client_ip_timeout_seconds": 600},
        )
        self.lab.node.run(
            *(program("NFTSVC"), "iptables", "apply", "--backend", self.BACKEND),
            *("--config", str(self.daemon.config_path), "-"),
            stdin=json.dumps({"services": [web]}),
        )
        endpoint = dial(self.lab.client, plan.cluster_ip, PORT).endpoint
        self.assertIn(endpoint, map(host_port, plan.pods))
        self.assertIn("session affinity of 1 client ", self.forward().stderr)


def load_tests(loader: unittest.TestLoader, *_) -> unittest.TestSuite:
    """Everything with each kind of iptables."""
    return unittest.TestSuite(
        loader.loadTestsFromTestCase(
            type(f"{backend.title()}MigrateTest", (_MigrateTest,), {"BACKEND": backend})
        )
        for backend in ("legacy", "nft")
    )


if __name__ == "__main__":
    main()
