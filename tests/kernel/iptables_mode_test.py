# SPDX-License-Identifier: Apache-2.0
"""The daemon with `mode: IPTABLES`, by both kinds of iptables: chains, drift, and switching modes
while clients dial all the time.
"""

import json
import re
import shlex
import tempfile
import unittest

from addresses import FAMILIES, V4, AddressPlan, host_port
from case import NODE_ADDRESSES, PODS_BY_CIDR, config, in_each_family, main
from daemon import Daemon, program, programs_of
from dial import DROPPED, REFUSED, WHERE_NONE_IS_EXPECTED, Fate, dial, spread
from dialling import Dialling, DiallingTest
from lab import IptablesLab
from outsider import do_not_track, make_outsider
from snapshot import PORT, endpoints, port, service
from waiting import wait_until

_TABLES = ("filter", "nat")
_NFTABLES = config(PODS_BY_CIDR)
_IPTABLES = re.sub(r"^layout: .*$", "mode: IPTABLES", _NFTABLES, flags=re.M)
_ON_LOCALHOST = re.sub(
    r"^layout: .*$",
    "mode: IPTABLES",
    config(PODS_BY_CIDR, node=NODE_ADDRESSES + " localhost_node_ports: true"),
    flags=re.M,
)


class _IptablesModeTest(DiallingTest):
    BACKEND = ""

    def setUp(self):
        self.lab = self.enterContext(IptablesLab())
        directory = self.enterContext(tempfile.TemporaryDirectory(prefix="nftsvc-test-"))
        self.path = programs_of(self.BACKEND, directory)
        self.daemon = self.enterContext(Daemon(self.lab.node, _IPTABLES, self.path))

    # What is there.

    def tool(self, plan: AddressPlan, verb: str = "") -> str:
        name = "iptables" if plan.is_v4 else "ip6tables"
        return "-".join(filter(None, (name, self.BACKEND, verb)))

    def iptables(self, plan: AddressPlan, table: str, *arguments: str) -> str:
        return self.lab.node.run(self.tool(plan), "-t", table, *arguments)

    def saved(self, *flags: str) -> list[str]:
        """Both families, without remarks and, unless they are asked for, counters."""
        text = "".join(self.lab.node.run(self.tool(plan, "save"), *flags) for plan in FAMILIES)
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        return lines if flags else [re.sub(r" \[\d+:\d+\]$", "", line) for line in lines]

    def chains(self) -> set[str]:
        return {line[1:].split()[0] for line in self.saved() if line.startswith(":KUBE-")}

    def has_tables(self) -> bool:
        return "nftsvc" in self.nft("list", "tables")

    def repairs(self) -> int:
        return int(self.daemon.status().get("drift_repairs", 0))

    def switch_to(self, text: str):
        self.daemon.configure(text)
        self.daemon.reload()

    def put_up_others(self):
        for plan in FAMILIES:
            for arguments in (
                ("filter", "-N", "OTHERS"),
                ("filter", "-A", "OTHERS", "-m", "comment", "--comment", 'a "b" c', "-j", "RETURN"),
                ("filter", "-A", "FORWARD", "-j", "OTHERS"),
                ("nat", "-N", "KUBE-HOSTPORTS"),
                ("nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "99", "-j", "KUBE-HOSTPORTS"),
                ("nat", "-A", "POSTROUTING", "-s", plan.client, "-o", "lo", "-j", "MASQUERADE"),
            ):
                self.iptables(plan, *arguments)

    # Tests.

    def test_forwards(self):
        self.daemon.push(*self.services())
        self.assertFalse(self.has_tables())
        status = self.daemon.status()
        self.assertEqual((status["mode"], status["in_sync"]), ("IPTABLES", True))
        self.assertTrue(self.daemon.call("verify")["in_sync"])
        for plan in FAMILIES:
            everybody = {*map(host_port, plan.pods[:2]), host_port(plan.remotes[0])}
            seen = spread(self.lab.client, plan.cluster_ip, PORT, times=60)
            self.assertEqual(set(seen), everybody)
            seen = spread(self.lab.client, plan.external_ip, PORT, times=20)
            self.assertEqual(set(seen), set(map(host_port, plan.pods[:2])))
            said = self.daemon.explain(
                plan.cluster_ip, PORT, "tcp", source=plan.client, interface="uplink"
            )
            self.assertEqual({share["endpoint"] for share in said["shares"]}, everybody)
            self.assertEqual(dial(self.lab.client, plan.cluster_ip, PORT + 1), REFUSED)
        listed = self.daemon.call("list")["services"]
        counts = {s["service"]: int(s["ports"][0]["connections"]) for s in listed}
        for plan in FAMILIES:
            self.assertEqual(counts[f"default/web-{plan.nft_family}"], 60)
            self.assertEqual(counts[f"default/shop-{plan.nft_family}"], 20)
        for summary in listed:
            tcp = summary["ports"][0]
            by_endpoint = sum(int(e.get("connections", 0)) for e in tcp["endpoint_connections"])
            self.assertEqual(by_endpoint, int(tcp["connections"]))

    def test_loopback_is_for_the_host_itself(self):
        private_port = 9999
        self.lab.servers.listen(self.lab.node, V4.loopback, private_port)
        make_outsider(self.lab)
        self.switch_to(_ON_LOCALHOST)
        self.daemon.push(*self.services())
        for protocol in ("tcp", "udp"):
            dialled = (self.lab.client, V4.loopback, private_port, protocol)
            self.assertEqual(dial(*dialled, patience=WHERE_NONE_IS_EXPECTED), DROPPED)
        do_not_track(self.lab, private_port)
        self.assertEqual(dial(*dialled, patience=WHERE_NONE_IS_EXPECTED), DROPPED)
        # It is our rule that does it: nothing else would.
        hook = "INPUT -m comment --comment 'loopback is for this host' -j KUBE-LOCALNET"
        self.iptables(V4, "filter", "-D", *shlex.split(hook))
        self.assertEqual(dial(*dialled).endpoint, host_port(V4.loopback, private_port))
        self.switch_to(_IPTABLES)
        self.assertNotIn("KUBE-LOCALNET", self.chains())

    def test_chains_are_removed_by_a_config_with_mistakes(self):
        self.daemon.push(*self.services())
        self.daemon.stop()
        self.daemon.configure(_IPTABLES.replace("interval_ms: 100", "interval_ms: 1"))
        with self.assertRaisesRegex(AssertionError, "drift_poll_interval_ms"):
            self.daemon.remove()
        self.assertEqual(self.chains(), set())
        self.daemon.configure(_IPTABLES)
        self.daemon.start()

    def test_others_are_left_alone(self):
        self.daemon.stop()
        self.daemon.remove()
        self.put_up_others()
        before = self.saved()
        self.daemon.start()
        self.daemon.push(*self.services())
        self.assertNotEqual(self.chains(), {"KUBE-HOSTPORTS"})
        kept = [line for line in self.saved() if line in before]
        self.assertEqual(kept, before)
        self.daemon.push(*self.services()[1:])
        self.daemon.stop()
        self.daemon.remove()
        self.assertEqual(self.saved(), before)
        self.daemon.start()

    def test_a_push_writes_only_what_it_changes(self):
        services = self.services()
        self.daemon.push(*services)
        plan = FAMILIES[0]
        spread(self.lab.client, plan.external_ip, PORT, times=5)
        shop = [line for line in self.saved("-c") if "shop-ip" in line and "KUBE-SVL" in line]
        self.assertTrue(any(not line.startswith("[0:") for line in shop))
        tcp = services[0]["ports"][0]
        services[0]["ports"][0] = {**tcp, "endpoints": tcp["endpoints"][1:]}
        result = self.daemon.push(*services)
        self.assertGreater(result["operations"], 0)
        again = [line for line in self.saved("-c") if "shop-ip" in line and "KUBE-SVL" in line]
        self.assertEqual(again, shop)
        gone = host_port(plan.pods[0])
        seen = spread(self.lab.client, plan.cluster_ip, PORT, times=50)
        self.assertNotIn(gone, seen)
        self.daemon.push(*services[1:])
        self.assertFalse(any("web-ip:" in line for line in self.saved()))

    def test_packets_in_state_invalid_are_kept_where_the_host_wants_them(self):
        """As kube-proxy does it, which looks when it starts."""

        def invalid() -> list[str]:
            return [line for line in self.saved() if "KUBE-FORWARD" in line and "INVALID" in line]

        self.daemon.push(*self.services())
        self.assertEqual(len(invalid()), len(FAMILIES))
        self.lab.node.set_sysctls({"netfilter/nf_conntrack_tcp_be_liberal": 1})
        self.daemon.restart()
        self.assertEqual(invalid(), [])

    def test_a_restart_writes_nothing(self):
        self.daemon.push(*self.services())
        for plan in FAMILIES:
            spread(self.lab.client, plan.cluster_ip, PORT, times=5)
        self.daemon.stop()
        before = [line for line in self.saved("-c") if "KUBE-SEP" in line]
        self.daemon.start()
        self.assertEqual(int(self.daemon.status().get("commits", 0)), 0)
        self.assertIn("the chains are there already", self.daemon.log)
        self.assertEqual([line for line in self.saved("-c") if "KUBE-SEP" in line], before)

    def test_drift_is_repaired(self):
        self.daemon.push(*self.services())
        before = self.saved()
        v4, v6 = FAMILIES
        endpoint_chain = sorted(c for c in self.chains() if c.startswith("KUBE-SEP-"))[0]
        for plan, *damage in (
            (v4, "nat", "-F"),
            (v4, "filter", "-F", "INPUT"),
            (v4, "nat", "-D", "PREROUTING", "1"),
            (v4, "nat", "-N", "KUBE-SEP-AAAAAAAAAAAAAAAA"),
            (v6, "nat", "-I", "KUBE-SERVICES", "-j", "RETURN"),
            (v6, "filter", "-F", "KUBE-EXTERNAL-SERVICES"),
        ):
            with self.subTest(f"{plan} {damage}"):
                repairs = self.repairs()
                self.iptables(plan, *damage)
                wait_until(lambda: self.repairs() > repairs, f"repaired {damage}")
                self.assertEqual(self.saved(), before)
        self.assertIn(endpoint_chain, self.chains())
        self.assertTrue(self.daemon.call("verify")["in_sync"])

    def test_a_push_onto_damaged_chains_arrives(self):
        """Without waiting for the next look."""
        services = self.services()
        self.daemon.push(*services)
        for plan in FAMILIES:
            # The jumps of KUBE-SERVICES lead to chains that are written no more.
            self.iptables(plan, "nat", "-F")
            self.iptables(plan, "nat", "-X")
        del services[1]
        self.daemon.push(*services)
        wait_until(lambda: self.daemon.call("verify")["in_sync"], "in sync")
        for plan in FAMILIES:
            self.assertEqual(dial(self.lab.client, plan.cluster_ip, PORT).fate, Fate.CONNECTED)

    @in_each_family
    def test_what_iptables_cannot_say_is_refused_by_name(self, plan: AddressPlan):
        before = self.saved()
        ports = [port(endpoints(plan.pods), balancing="MAGLEV")]
        said = self.daemon.push_is_refused(service("web", ports, cluster_ips=[plan.cluster_ip]))
        self.assertIn("default/web", said)
        self.assertIn("MAGLEV has no words in iptables", said)
        self.assertEqual(self.saved(), before)

    def test_chains_of_a_kube_proxy_stay_until_the_first_push(self):
        self.daemon.stop()
        self.daemon.remove()
        for plan in FAMILIES:
            text = self.lab.node.run(
                program("NFTSVC"),
                *("compile", "--target", "iptables" if plan.is_v4 else "ip6tables", "-"),
                stdin=json.dumps({"services": self.services()}),
            )
            self.lab.node.run(self.tool(plan, "restore"), "--noflush", stdin=text)
        before = self.saved()
        # Not even in the other mode.
        for text in (_NFTABLES, _IPTABLES):
            self.daemon.configure(text)
            self.daemon.start()
            self.assertEqual(self.saved(), before)
            if text == _IPTABLES:
                break
            self.daemon.stop()
        self.assertIn("they stay until then", self.daemon.status()["problem"])
        self.daemon.push(*self.services()[:1])
        self.assertTrue(self.daemon.status()["in_sync"])
        self.assertFalse(any("shop-ip" in line for line in self.saved()))

    def test_nobody_notices_a_switch(self):
        """Of the mode, by reloading and by restarting."""
        self.put_up_others()
        self.daemon.push(*self.services())
        with self.open_connections(), Dialling(self.dials()) as dialling:
            dialling.wait_for_more(200)
            self.switch_to(_NFTABLES)
            self.assertEqual(self.daemon.status()["mode"], "NFTABLES")
            self.assertEqual(self.chains(), {"KUBE-HOSTPORTS"})
            self.assertTrue(self.has_tables())
            with self.open_connections():
                dialling.wait_for_more(200)
                self.switch_to(_IPTABLES)
                self.assertFalse(self.has_tables())
                self.assertIn("KUBE-SERVICES", self.chains())
                dialling.wait_for_more(200)
                for text in (_NFTABLES, _IPTABLES):
                    self.daemon.configure(text)
                    self.daemon.restart()
                    self.assertEqual(self.has_tables(), text == _NFTABLES)
                    self.assertEqual("KUBE-SERVICES" in self.chains(), text == _IPTABLES)
                    dialling.wait_for_more(200)
        self.assertEqual(dialling.failures, [])
        self.assertTrue(self.daemon.call("verify")["in_sync"])

    def test_a_switch_to_what_cannot_forward_the_services_is_refused(self):
        self.switch_to(_NFTABLES)
        plan = FAMILIES[0]
        ports = [port(endpoints(plan.pods), balancing="MAGLEV")]
        self.daemon.push(service("web", ports, cluster_ips=[plan.cluster_ip]))
        self.switch_to(_IPTABLES)
        self.assertEqual(self.daemon.status()["mode"], "NFTABLES")
        self.assertIn("MAGLEV", self.daemon.log)
        self.assertEqual(self.chains(), set())
        self.assertEqual(dial(self.lab.client, plan.cluster_ip, PORT).fate, Fate.CONNECTED)


def load_tests(loader: unittest.TestLoader, *_) -> unittest.TestSuite:
    return unittest.TestSuite(
        loader.loadTestsFromTestCase(
            type(f"{backend.title()}IptablesModeTest", (_IptablesModeTest,), {"BACKEND": backend})
        )
        for backend in ("legacy", "nft")
    )


if __name__ == "__main__":
    main()
