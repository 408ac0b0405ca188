# SPDX-License-Identifier: Apache-2.0
"""The life of the package in a booted system, from its installation to its purge, with traffic.

Each step builds on those before it. It stops at the first that fails, with the journal; at the end of
all of them it leaves the file /results/told.
"""

import contextlib
import json
import pathlib
import pwd
import re
import time
import traceback

import unit
from download import Downloads
from network import ADDRESSES, Network
from operations import NODE_PORT, Operations, push, snapshot
from waiting import wait_until

_OURS = {"table ip nftsvc", "table ip6 nftsvc"}
_CAP_NET_ADMIN = 1 << 12

# What `systemd-analyze security` may find wrong with the unit, from 0 (nothing) to 10.
_MOST_EXPOSED = 1.5


class Story(Operations):
    def __init__(self, network: Network):
        self.network = network
        self.package = next(pathlib.Path("/package").glob("nftsvc_*.deb"))

    def steps(self):
        return [
            self.installing_starts_the_daemon,
            self.its_process_is_what_the_unit_says,
            self.systemd_finds_little_wrong_with_the_unit,
            self.a_push_serves,
            self.only_root_and_the_group_may_push,
            self.the_socket_may_be_of_another_group,
            self.node_ports_on_loopback_serve,
            self.health_check_ports_answer,
            self.metrics_and_page_are_on_loopback_alone,
            self.earlier_snapshots_come_back,
            self.what_nobody_confirms_is_taken_back,
            self.looking_at_it_tells_what_happens,
            self.a_restart_loses_no_connection,
            self.stopping_leaves_forwarding_in_place,
            self.reloading_takes_the_new_configuration,
            self.reloading_leaves_a_wrong_configuration,
            self.a_wrong_configuration_is_not_tried_again,
            self.a_kill_is_mended_by_systemd,
            self.one_that_hangs_is_started_again,
            self.mode_iptables_runs_with_its_drop_in,
            self.the_socket_starts_the_daemon,
            self.an_upgrade_loses_no_connection,
            self.removing_takes_the_tables_away,
            self.installing_again_serves_again,
            self.purging_leaves_nothing,
        ]

    def assert_serves_nothing(self):
        for address in ADDRESSES:
            try:
                answer = self.network.ask(address)
            except OSError:
                continue
            raise AssertionError(f"{address} answers: {answer}")

    def installing_starts_the_daemon(self):
        unit.run("nft", "add", "table", "ip", "others")
        unit.run("dpkg", "--install", str(self.package))
        found = unit.properties()
        assert found["ActiveState"] == "active", found["ActiveState"]
        assert found["UnitFileState"] == "enabled", found["UnitFileState"]
        assert _OURS <= unit.tables()
        assert unit.nftsvc("status")["in_sync"]

    def its_process_is_what_the_unit_says(self):
        status = unit.process_status()
        assert status["Uid"].split() == [str(pwd.getpwnam("nftsvc").pw_uid)] * 4, status["Uid"]
        for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
            assert int(status[kind], 16) == _CAP_NET_ADMIN, f"{kind}: {status[kind]}"
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2", "no filter of system calls"

    def systemd_finds_little_wrong_with_the_unit(self):
        said = unit.run("systemd-analyze", "--no-pager", "security", "nftsvcd.service")
        exposure = re.search(r"Overall exposure level for nftsvcd\.service: ([\d.]+)", said)
        assert exposure, said
        assert float(exposure[1]) <= _MOST_EXPOSED, said

    def a_push_serves(self):
        result = push(snapshot())
        assert result["services_added"] == 2, result
        assert unit.nftsvc("verify")["in_sync"]
        self.assert_serves()

    def only_root_and_the_group_may_push(self):
        allowed = ("setpriv", "--reuid=nobody", "--regid=nftsvc", "--clear-groups", "nftsvc")
        others = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "nftsvc")
        unit.run(*allowed, "push", "-", stdin=json.dumps(snapshot()))
        refused = unit.attempt(*others, "push", "-", stdin=json.dumps(snapshot()))
        assert refused.returncode == 1, refused
        assert "ermission denied" in refused.stderr, refused.stderr

    def the_socket_may_be_of_another_group(self):
        shipped = unit.CONFIG.read_text()
        drop_in = pathlib.Path("/run/systemd/system/nftsvcd.service.d/group.conf")
        drop_in.parent.mkdir(parents=True)
        drop_in.write_text("[Service]\nGroup=adm\n")
        unit.CONFIG.write_text(
            'control_socket_access { group: "adm" }\naccess { writers: "root" readers: "@adm" }\n'
        )
        unit.run("systemctl", "daemon-reload")
        unit.run("systemctl", "restart", "nftsvcd.service")
        member = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=adm", "nftsvc")
        unit.run(*member, "status")
        refused = unit.attempt(*member, "rollback", "0")
        assert refused.returncode == 1 and "may not change" in refused.stderr, refused
        drop_in.unlink()
        unit.CONFIG.write_text(shipped)
        unit.run("systemctl", "daemon-reload")
        unit.run("systemctl", "restart", "nftsvcd.service")
        self.assert_serves()

    def node_ports_on_loopback_serve(self):
        """For which the daemon sets the one sysctl that its sandbox lets it."""
        switch = pathlib.Path("/proc/sys/net/ipv4/conf/all/route_localnet")
        shipped = unit.CONFIG.read_text()
        assert switch.read_text() == "0\n"
        unit.CONFIG.write_text("node { localhost_node_ports: true }\n")
        unit.run("systemctl", "reload", "nftsvcd.service")
        wait_until(lambda: switch.read_text() == "1\n", "route_localnet is set")
        unit.CONFIG.write_text(shipped)
        unit.run("systemctl", "reload", "nftsvcd.service")
        wait_until(lambda: switch.read_text() == "0\n", "route_localnet is as it was")

    def a_restart_loses_no_connection(self):
        handles = unit.table_handles()
        with Downloads(self.network) as downloads:
            unit.run("systemctl", "restart", "nftsvcd.service")
            downloads.go_on()
            self.assert_serves()
        assert unit.table_handles() == handles, "the tables were made anew"
        assert unit.nftsvc("status").get("commits", "0") == "0", "it wrote to an unchanged kernel"

    def stopping_leaves_forwarding_in_place(self):
        with Downloads(self.network) as downloads:
            unit.run("systemctl", "stop", "nftsvcd.service")
            downloads.go_on()
            self.assert_serves()
        unit.run("systemctl", "start", "nftsvcd.service")

    def reloading_takes_the_new_configuration(self):
        shipped = unit.CONFIG.read_text()
        # No address of this host: node ports are nowhere.
        unit.CONFIG.write_text('node { node_port_addresses: "198.51.100.1/32" }\n')
        assert self.network.ask("192.168.0.1", NODE_PORT).startswith("web-")
        unit.run("systemctl", "reload", "nftsvcd.service")
        wait_until(lambda: not self._has_node_ports(), "node ports are gone")
        unit.CONFIG.write_text(shipped)
        unit.run("systemctl", "reload", "nftsvcd.service")
        wait_until(self._has_node_ports, "node ports are back")

    def _has_node_ports(self) -> bool:
        try:
            return self.network.ask("192.168.0.1", NODE_PORT).startswith("web-")
        except OSError:
            return False

    def reloading_leaves_a_wrong_configuration(self):
        shipped = unit.CONFIG.read_text()
        before = unit.properties()["MainPID"]
        unit.CONFIG.write_text('local_pods { cidrs: "x" }\n')
        unit.run("systemctl", "reload", "nftsvcd.service")
        wait_until(
            lambda: "local_pods.cidrs[0]" in unit.run("journalctl", "-u", "nftsvcd", "-o", "cat"),
            "the mistake is in the journal",
        )
        unit.CONFIG.write_text(shipped)
        assert unit.properties()["MainPID"] == before
        self.assert_serves()

    def a_wrong_configuration_is_not_tried_again(self):
        shipped = unit.CONFIG.read_text()
        unit.CONFIG.write_text("masquerade { mark_bit: 99 }\n")
        with Downloads(self.network) as downloads:
            assert unit.attempt("systemctl", "restart", "nftsvcd.service").returncode != 0
            downloads.go_on()
            self.assert_serves()
        found = unit.properties()
        # One that is to be tried again is "activating".
        assert (found["ActiveState"], found["NRestarts"]) == ("failed", "0"), found
        assert found["ExecMainStatus"] == "78", found["ExecMainStatus"]
        said = unit.run("journalctl", "-u", "nftsvcd", "-o", "cat")
        assert "masquerade.mark_bit: 99 is not a bit" in said, said
        unit.CONFIG.write_text(shipped)
        unit.run("systemctl", "start", "nftsvcd.service")
        self.assert_serves()

    def a_kill_is_mended_by_systemd(self):
        before = unit.properties()["MainPID"]
        with Downloads(self.network) as downloads:
            unit.run("systemctl", "kill", "--signal=KILL", "nftsvcd.service")
            downloads.go_on()
            wait_until(lambda: unit.properties()["MainPID"] not in ("0", before), "a new process")
            unit.wait_until_active()
        assert unit.nftsvc("status")["in_sync"]
        self.assert_serves()

    def the_socket_starts_the_daemon(self):
        unit.run("systemctl", "stop", "nftsvcd.service")
        unit.run("systemctl", "start", "nftsvcd.socket")
        assert unit.properties()["ActiveState"] == "inactive"
        assert unit.nftsvc("status")["in_sync"]
        assert unit.properties()["ActiveState"] == "active"
        unit.run("systemctl", "stop", "nftsvcd.socket", "nftsvcd.service")
        unit.run("systemctl", "start", "nftsvcd.service")
        assert unit.nftsvc("status")["in_sync"]

    def an_upgrade_loses_no_connection(self):
        newer = unit.newer_package(self.package)
        handles = unit.table_handles()
        before = unit.properties()["MainPID"]
        with Downloads(self.network) as downloads:
            unit.run("dpkg", "--install", str(newer))
            downloads.go_on()
            self.assert_serves()
        assert unit.properties()["MainPID"] not in ("0", before), "the old daemon runs on"
        assert unit.table_handles() == handles, "the tables were made anew"

    def removing_takes_the_tables_away(self):
        unit.run("dpkg", "--remove", "nftsvc")
        assert unit.tables() == {"table ip others"}, unit.tables()
        assert unit.properties()["LoadState"] in ("not-found", "masked")
        assert unit.STATE.exists()
        assert not unit.RUNTIME.exists()
        self.assert_serves_nothing()

    def installing_again_serves_again(self):
        unit.run("dpkg", "--install", str(self.package))
        self.assert_serves()

    def purging_leaves_nothing(self):
        unit.run("dpkg", "--purge", "nftsvc")
        assert unit.tables() == {"table ip others"}, unit.tables()
        for path in (unit.CONFIG.parent, unit.STATE, unit.RUNTIME):
            assert not path.exists(), path
        left = unit.attempt("dpkg-query", "--show", "nftsvc")
        assert left.returncode == 1, left.stdout


def main():
    with contextlib.ExitStack() as exits:
        for step in Story(Network(exits)).steps():
            started = time.monotonic()
            step()
            print(f"{time.monotonic() - started:6.1f} s  {step.__name__}", flush=True)
    pathlib.Path("/results/told").touch()


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
        print(unit.attempt("journalctl", "--no-pager", "-b", "-n", "100").stdout, flush=True)
        raise
