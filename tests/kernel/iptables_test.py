# SPDX-License-Identifier: Apache-2.0
"""The iptables chains on the kernel, by both kinds of iptables, without the daemon."""

import ipaddress
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from addresses import FAMILIES, AddressPlan, host_port
from case import PODS_BY_CIDR, config, in_each_family, main
from daemon import program
from dial import DROPPED, REFUSED, UNREACHABLE, WHERE_NONE_IS_EXPECTED, dial, spread
from lab import IptablesLab
from servers import PROTOCOLS
from snapshot import NODE, OTHER_NODE, PORT, endpoints, port, service

_NODE_PORT = 30080

_TABLES = ("filter", "nat")


def iptables_name(plan: AddressPlan) -> str:
    return "iptables" if plan.is_v4 else "ip6tables"


class _IptablesTest(unittest.TestCase):
    """Each test has a network of its own, and a node on which nothing runs."""

    BACKEND = ""

    def setUp(self):
        self.lab = self.enterContext(IptablesLab())
        directory = self.enterContext(tempfile.TemporaryDirectory(prefix="nftsvc-test-"))
        self.config_path = pathlib.Path(directory, "nftsvcd.textproto")
        self.config_path.write_text(config(PODS_BY_CIDR))

    def tool(self, plan: AddressPlan, verb: str = "") -> str:
        """"iptables-legacy", "ip6tables-nft-save"."""
        return "-".join(filter(None, (iptables_name(plan), self.BACKEND, verb)))

    def attempt(self, verb: str, *services: dict) -> subprocess.CompletedProcess:
        """`nftsvc iptables VERB` with these services."""
        source = () if verb == "remove" else ("--config", str(self.config_path), "-")
        return self.lab.node.attempt(
            program("NFTSVC"),
            "iptables",
            verb,
            "--backend",
            self.BACKEND,
            *source,
            stdin=json.dumps({"services": services}),
        )

    def do(self, verb: str, *services: dict) -> str:
        result = self.attempt(verb, *services)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def apply(self, *services: dict) -> str:
        return self.do("apply", *services)

    def iptables(self, plan: AddressPlan, table: str, *arguments: str) -> str:
        return self.lab.node.run(self.tool(plan), "-t", table, *arguments)

    def saved(self, plan: AddressPlan, table: str) -> list[str]:
        """The table's lines without counters and remarks."""
        text = self.lab.node.run(self.tool(plan, "save"), "-t", table)
        return [
            re.sub(r" \[\d+:\d+\]$", "", line)
            for line in text.splitlines()
            if not line.startswith("#")
        ]

    def chains(self, plan: AddressPlan, table: str) -> set[str]:
        return {line[1:].split()[0] for line in self.saved(plan, table) if line[0] == ":"}

    def endpoint_chains(self, plan: AddressPlan) -> set[str]:
        return {chain for chain in self.chains(plan, "nat") if chain.startswith("KUBE-SEP-")}

    def web(self, plan: AddressPlan, addresses: tuple[str, ...], **fields) -> dict:
        ports = [
            port(endpoints(addresses), protocol, node_port=_NODE_PORT) for protocol in PROTOCOLS
        ]
        return service("web", ports, cluster_ips=[plan.cluster_ip], **fields)

    def local_web(self, plan: AddressPlan, *policies: str) -> dict:
        """With an endpoint on this node and one elsewhere."""
        everybody = endpoints(plan.pods[:1], node=NODE) + endpoints(plan.remotes[:1], node=OTHER_NODE)
        return service(
            "web",
            [port(everybody)],
            cluster_ips=[plan.cluster_ip],
            external_ips=[plan.external_ip],
            **{policy: "LOCAL" for policy in policies},
        )


class _CompiledTest(_IptablesTest):
    """What `nftsvc compile` prints."""

    def compile(self, plan: AddressPlan, *services: dict) -> str:
        return self.lab.node.run(
            program("NFTSVC"),
            "compile",
            "--target",
            iptables_name(plan),
            "--config",
            str(self.config_path),
            "-",
            stdin=json.dumps({"services": services}),
        )

    @in_each_family
    def test_iptables_restore_takes_it(self, plan: AddressPlan):
        text = self.compile(plan, self.web(plan, plan.pods + plan.remotes))
        restore = self.tool(plan, "restore")
        self.lab.node.run(restore, "--test", stdin=text)
        self.assertEqual(self.endpoint_chains(plan), set())
        self.lab.node.run(restore, stdin=text)
        listing = self.iptables(plan, "nat", "-L", "KUBE-SERVICES", "-n", "-v")
        for protocol in PROTOCOLS:
            self.assertRegex(
                listing,
                rf"KUBE-SVC-.* {plan.cluster_ip} +/\* default/web:{protocol}-80 cluster IP \*/",
            )
        seen = spread(self.lab.client, plan.cluster_ip, PORT, times=100)
        self.assertEqual(set(seen), set(map(host_port, plan.pods + plan.remotes)))


class _ForwardingTest(_IptablesTest):
    """Where connections go."""

    @in_each_family
    def test_every_endpoint_serves_with_every_protocol(self, plan: AddressPlan):
        everybody = plan.pods + plan.remotes
        self.apply(self.web(plan, everybody))
        for address, number in ((plan.cluster_ip, PORT), (plan.node, _NODE_PORT)):
            for protocol in PROTOCOLS:
                for source in (self.lab.client, self.lab.node, self.lab.pods[0]):
                    seen = spread(source, address, number, protocol, times=100)
                    self.assertEqual(set(seen), set(map(host_port, everybody)))

    @in_each_family
    def test_node_ports_are_at_addresses_that_the_host_has(self, plan: AddressPlan):
        network = ipaddress.ip_interface(f"{plan.node}/{plan.link_length}").network
        self.config_path.write_text(config(PODS_BY_CIDR, node=f'node_port_addresses: "{network}"'))
        self.apply(self.web(plan, plan.pods))
        seen = spread(self.lab.client, plan.node, _NODE_PORT, times=10)
        self.assertLessEqual(set(seen), set(map(host_port, plan.pods)))

    @in_each_family
    def test_weights_are_shares(self, plan: AddressPlan):
        weighted = [
            {**endpoint, "weight": weight}
            for endpoint, weight in zip(endpoints(plan.pods), (1, 2, 5))
        ]
        self.apply(service("web", [port(weighted)], cluster_ips=[plan.cluster_ip]))
        times = 600
        seen = spread(self.lab.client, plan.cluster_ip, PORT, times=times)
        for pod, weight in zip(plan.pods, (1, 2, 5)):
            self.assertAlmostEqual(seen[host_port(pod)] / times, weight / 8, delta=0.12)

    @in_each_family
    def test_endpoints_take_turns(self, plan: AddressPlan):
        ports = [port(endpoints(plan.pods), balancing="ROUND_ROBIN")]
        self.apply(service("web", ports, cluster_ips=[plan.cluster_ip]))
        seen = spread(self.lab.client, plan.cluster_ip, PORT, times=9)
        self.assertEqual(seen, {host_port(pod): 3 for pod in plan.pods})

    @in_each_family
    def test_a_client_stays_with_its_endpoint(self, plan: AddressPlan):
        web = self.web(plan, plan.pods + plan.remotes)
        web["session_affinity"] = {"client_ip_timeout_seconds": 600}
        self.apply(web)
        for source in (self.lab.client, self.lab.pods[0], self.lab.pods[1]):
            first = dial(source, plan.cluster_ip, PORT).endpoint
            seen = spread(source, plan.cluster_ip, PORT, times=30)
            self.assertEqual(seen, {first: 30})

    @in_each_family
    def test_pods_keep_their_address_and_strangers_do_not(self, plan: AddressPlan):
        self.apply(self.web(plan, plan.remotes[:1]))
        pod = self.lab.pods[1]
        self.assertEqual(dial(pod, plan.cluster_ip, PORT).source, plan.pods[1])
        self.assertEqual(dial(self.lab.client, plan.cluster_ip, PORT).source, plan.node_to_far)

    @in_each_family
    def test_a_pod_reaches_itself(self, plan: AddressPlan):
        self.apply(self.web(plan, plan.pods[:1]))
        outcome = dial(self.lab.pods[0], plan.cluster_ip, PORT)
        self.assertEqual(outcome.endpoint, host_port(plan.pods[0]))
        self.assertNotEqual(outcome.source, plan.pods[0])

    @in_each_family
    def test_an_external_policy_of_local_keeps_clients_on_this_node(self, plan: AddressPlan):
        self.apply(self.local_web(plan, "external_traffic_policy"))
        for _ in range(10):
            outcome = dial(self.lab.client, plan.external_ip, PORT)
            self.assertEqual(outcome.endpoint, host_port(plan.pods[0]))
            self.assertEqual(outcome.source, plan.client)
        for source in (self.lab.pods[1], self.lab.node):
            seen = spread(source, plan.external_ip, PORT, times=100)
            self.assertEqual(set(seen), {host_port(plan.pods[0]), host_port(plan.remotes[0])})

    @in_each_family
    def test_without_endpoints_everybody_is_refused(self, plan: AddressPlan):
        self.apply(self.web(plan, (), external_ips=[plan.external_ip]))
        for source in (self.lab.client, self.lab.node, self.lab.pods[0]):
            for address, number in (
                (plan.cluster_ip, PORT),
                (plan.external_ip, PORT),
                (plan.node, _NODE_PORT),
            ):
                for protocol in ("tcp", "udp"):
                    outcome = dial(source, address, number, protocol)
                    self.assertEqual(outcome, REFUSED, f"{source.name} {address} {protocol}")

    @in_each_family
    def test_what_belongs_to_no_service_is_refused_or_left_alone(self, plan: AddressPlan):
        self.apply(self.web(plan, plan.pods))
        self.assertEqual(dial(self.lab.client, plan.cluster_ip, PORT + 1), REFUSED)
        self.assertEqual(dial(self.lab.client, plan.unassigned_ip, PORT), UNREACHABLE)

    @in_each_family
    def test_sources_outside_of_the_ranges_are_dropped(self, plan: AddressPlan):
        fields = {
            "load_balancer_ips": [plan.load_balancer_ip],
            "load_balancer_source_ranges": [f"{plan.pods[0]}/{plan.host_length}"],
        }
        self.apply(self.web(plan, plan.remotes[:1], **fields))
        allowed = dial(self.lab.pods[0], plan.load_balancer_ip, PORT)
        self.assertEqual(allowed.endpoint, host_port(plan.remotes[0]))
        stranger = dial(
            self.lab.client, plan.load_balancer_ip, PORT, patience=WHERE_NONE_IS_EXPECTED
        )
        self.assertEqual(stranger, DROPPED)


class _ApplyTest(_IptablesTest):
    """What is written, and what is left alone."""

    def assertInSync(self, *services: dict):
        self.assertEqual(self.do("diff", *services), "# ip: unchanged\n# ip6: unchanged\n")

    def in_both_families(self) -> list[dict]:
        """Services that use all there is."""
        services = []
        for plan in FAMILIES:
            web = self.local_web(plan, "external_traffic_policy", "internal_traffic_policy")
            web["name"] = f"local-{plan.nft_family}"
            web["load_balancer_ips"] = [plan.load_balancer_ip]
            web["load_balancer_source_ranges"] = [f"{plan.client}/{plan.host_length}"]
            services.append(web)
            many = port(endpoints(plan.pods + plan.remotes), node_port=_NODE_PORT)
            few = port([], "udp", node_port=_NODE_PORT)
            name = f"web-{plan.nft_family}"
            services.append(service(name, [many, few], cluster_ips=[plan.other_cluster_ip]))
        return services

    def add_others_rules(self, plan: AddressPlan):
        for arguments in (
            ("filter", "-N", "OTHERS"),
            ("filter", "-A", "OTHERS", "-m", "comment", "--comment", 'a "b" c', "-j", "RETURN"),
            ("filter", "-A", "FORWARD", "-j", "OTHERS"),
            ("nat", "-N", "KUBE-HOSTPORTS"),
            ("nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "99", "-j", "KUBE-HOSTPORTS"),
            ("nat", "-A", "POSTROUTING", "-s", plan.client, "-o", "lo", "-j", "MASQUERADE"),
        ):
            self.iptables(plan, *arguments)

    def test_twice_is_once(self):
        services = self.in_both_families()
        self.assertNotIn("unchanged", self.apply(*services))
        self.assertInSync(*services)
        self.assertEqual(self.apply(*services), "ip: unchanged\nip6: unchanged\n")

    def test_diff_prints_what_apply_would_do_and_does_nothing(self):
        services = self.in_both_families()
        commands = self.do("diff", *services)
        self.assertEqual(self.endpoint_chains(FAMILIES[0]), set())
        for text in re.split(r"^# ip6?\n", commands, flags=re.MULTILINE)[1:]:
            plan = FAMILIES[0 if "10.104." in text else 1]
            self.lab.node.run(self.tool(plan, "restore"), "--noflush", "--wait", stdin=text)
        self.assertInSync(*services)

    def test_only_what_changed_is_written(self):
        services = self.in_both_families()
        self.apply(*services)
        counted = []
        for plan in FAMILIES:
            spread(self.lab.client, plan.external_ip, PORT, times=5)
            counted.append(self.local_counters(plan))
            self.assertIn(5, counted[-1].values())
        for web in (services[1], services[3]):
            del web["ports"][0]["endpoints"][0]
        said = self.apply(*services)
        # The dispatch is the same; the endpoints' shares are not.
        for line in said.splitlines():
            self.assertRegex(line, r"^ip6?: 1 chain written, 1 chain removed, jumps of 0 hooks set$")
        self.assertInSync(*services)
        for plan, before in zip(FAMILIES, counted):
            self.assertEqual(self.local_counters(plan), before)

    def local_counters(self, plan: AddressPlan) -> dict[str, int]:
        """How many connections the chains of local endpoints have taken."""
        text = self.lab.node.run(self.tool(plan, "save"), "-c", "-t", "nat")
        return {
            rule: int(packets)
            for packets, rule in re.findall(r"^\[(\d+):\d+\] -A (KUBE-SVL-.*)$", text, re.MULTILINE)
        }

    def test_stale_chains_go(self):
        services = self.in_both_families()
        self.apply(*services)
        self.apply(*services[2:])
        v4, v6 = FAMILIES
        self.assertEqual(self.endpoint_chains(v4), set())
        self.assertNotEqual(self.endpoint_chains(v6), set())
        self.assertInSync(*services[2:])

    def test_what_is_others_stays(self):
        before = {}
        for plan in FAMILIES:
            self.add_others_rules(plan)
            before[plan.name] = {table: self.saved(plan, table) for table in _TABLES}
        services = self.in_both_families()
        self.apply(*services)
        for plan in FAMILIES:
            for table in _TABLES:
                kept = [line for line in self.saved(plan, table) if line in before[plan.name][table]]
                self.assertEqual(kept, before[plan.name][table])
        self.apply(*services[1:])
        self.do("remove")
        for plan in FAMILIES:
            for table in _TABLES:
                self.assertEqual(self.saved(plan, table), before[plan.name][table])

    def test_drift_is_repaired(self):
        services = self.in_both_families()
        self.apply(*services)
        v4, v6 = FAMILIES
        service_chain = sorted(c for c in self.chains(v4, "nat") if c.startswith("KUBE-SVC-"))[0]
        endpoint_chain = sorted(self.endpoint_chains(v4))[0]
        local_chain = sorted(c for c in self.chains(v6, "nat") if c.startswith("KUBE-SVL-"))[0]
        damages = (
            (v4, "nat", "-F", endpoint_chain),
            (v4, "nat", "-D", service_chain, "1"),
            (v4, "nat", "-A", "KUBE-POSTROUTING", "-j", "RETURN"),
            (v4, "nat", "-D", "PREROUTING", "1"),
            (v4, "filter", "-D", "FORWARD", "1"),
            (v4, "filter", "-F", "INPUT"),
            (v4, "filter", "-F"),
            (v4, "nat", "-F"),
            (v4, "nat", "-N", "KUBE-SEP-AAAAAAAAAAAAAAAA"),
            (v6, "nat", "-I", local_chain, "-j", "RETURN"),
            (v6, "filter", "-F", "KUBE-EXTERNAL-SERVICES"),
            (v6, "filter", "-D", "OUTPUT", "2"),
        )
        for plan, *damage in damages:
            with self.subTest(f"{plan} {damage}"):
                self.iptables(plan, *damage)
                self.assertIn("COMMIT", self.do("diff", *services))
                self.apply(*services)
                self.assertInSync(*services)

    def test_a_duplicate_jump_is_drift(self):
        self.apply()
        plan = FAMILIES[0]
        jump = ("-m", "comment", "--comment", "kubernetes service portals", "-j", "KUBE-SERVICES")
        self.iptables(plan, "nat", "-A", "PREROUTING", *jump)
        self.apply()
        self.assertEqual(sum("PREROUTING -m" in line for line in self.saved(plan, "nat")), 1)

    def test_a_chain_that_others_use_is_emptied_and_kept(self):
        plan = FAMILIES[0]
        self.apply(self.web(plan, plan.pods[:1]))
        chain = sorted(self.endpoint_chains(plan))[0]
        self.iptables(plan, "nat", "-A", "OUTPUT", "-p", "99", "-j", chain)
        result = self.attempt("remove")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(chain, result.stderr)
        ours = {c for c in self.chains(plan, "nat") if c.startswith("KUBE-")}
        self.assertEqual(ours, {chain})

    def test_a_refused_snapshot_changes_nothing(self):
        plan = FAMILIES[0]
        good = self.web(plan, plan.pods)
        self.apply(good)
        bad = self.web(plan, plan.pods, external_ips=["nonsense"])
        result = self.attempt("apply", bad)
        self.assertEqual(result.returncode, 1)
        self.assertIn("external_ips[0]", result.stderr)
        self.assertInSync(good)


def _with_each_backend(*cases: type) -> list[type]:
    """A test case for each kind of iptables."""
    return [
        type(f"{backend.title()}{case.__name__[1:]}", (case,), {"BACKEND": backend})
        for backend in ("legacy", "nft")
        for case in cases
    ]


def load_tests(loader: unittest.TestLoader, *_) -> unittest.TestSuite:
    return unittest.TestSuite(
        loader.loadTestsFromTestCase(case)
        for case in _with_each_backend(_CompiledTest, _ForwardingTest, _ApplyTest)
    )


if __name__ == "__main__":
    main()
