# SPDX-License-Identifier: Apache-2.0
"""What an operator does with nftsvc between its installation and its removal, on the installed system."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import time
import urllib.request

import unit
from network import ADDRESSES, ENDPOINTS, PORT, Network
from waiting import wait_until

NODE_PORT = 30080
_HEALTH_CHECK_PORT = 31080
_DROP_INS = pathlib.Path("/etc/systemd/system/nftsvcd.service.d")
_EXAMPLES = pathlib.Path("/usr/share/doc/nftsvc/examples")
_WEB = "http://127.0.0.1:10256"


def snapshot(**more: object) -> dict:
    """One service for each family, at every endpoint."""
    return {
        "services": [
            {
                "namespace": "default",
                "name": f"web-{family}",
                "cluster_ips": [address],
                "ports": [
                    {
                        "name": "http",
                        "protocol": "TCP",
                        "port": PORT,
                        "node_port": NODE_PORT + i,
                        "endpoints": [
                            {"address": pods.format(number), "port": PORT}
                            for number in ENDPOINTS
                        ],
                    }
                ],
                **(more if i == 0 else {}),
            }
            for i, (family, address, pods) in enumerate(
                zip(("ipv4", "ipv6"), ADDRESSES, ("10.0.0.{}", "fd00:10::{}"))
            )
        ]
    }


def push(services: dict, *arguments: str) -> dict:
    return unit.nftsvc("push", *arguments, "-", stdin=json.dumps(services))


@contextlib.contextmanager
def drop_in(name: str, text: str):
    """Something else in the unit, until the end."""
    _DROP_INS.mkdir(exist_ok=True)
    (_DROP_INS / name).write_text(text)
    unit.run("systemctl", "daemon-reload")
    try:
        yield
    finally:
        (_DROP_INS / name).unlink()
        unit.run("systemctl", "daemon-reload")


class Operations:
    """Steps of the story, which begin and end with the snapshot above being served."""

    network: Network

    def assert_serves(self):
        for address in ADDRESSES:
            seen = {self.network.ask(address) for _ in range(40)}
            assert seen == {f"web-{number}" for number in ENDPOINTS}, f"{address}: {seen}"

    def health_check_ports_answer(self):
        """Whoever comes from outside, which the unit's list of addresses has to let through."""
        local = {
            "external_traffic_policy": "LOCAL",
            "health_check_node_port": _HEALTH_CHECK_PORT,
        }
        push(snapshot(**local))
        for address in ("192.168.0.1", "fd00:c::1"):
            wait_until(
                lambda: self._health(address) == 503, f"no endpoint is here, says {address}"
            )
        push(snapshot())

    def _health(self, address: str) -> int | None:
        try:
            with self.network.client.entered():
                connection = http.client.HTTPConnection(address, _HEALTH_CHECK_PORT, timeout=10)
                connection.connect()
        except ConnectionError:
            return None
        with contextlib.closing(connection):
            connection.request("GET", "/healthz")
            return connection.getresponse().status

    def metrics_and_page_are_on_loopback_alone(self):
        with urllib.request.urlopen(f"{_WEB}/metrics", timeout=10) as answer:
            assert "\nnftsvc_" in answer.read().decode()
        with urllib.request.urlopen(f"{_WEB}/healthz", timeout=10) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(_WEB, timeout=10) as answer:
            assert "default/web-ipv4" in answer.read().decode()
        try:
            self.network.ask("192.168.0.1", 10256)
        except OSError:
            return
        raise AssertionError("others are answered")

    def earlier_snapshots_come_back(self):
        first = unit.nftsvc("status")["revision"]
        fewer = snapshot()
        del fewer["services"][1]
        second = push(fewer)["revision"]
        listed = [entry["revision"] for entry in unit.nftsvc("history")["entries"]]
        assert {first, second} <= set(listed), listed
        # Through a restart too: they are files.
        unit.run("systemctl", "restart", "nftsvcd.service")
        unit.run("nftsvc", "rollback", first)
        self.assert_serves()
        assert all(path.stat().st_mode & 0o077 == 0 for path in unit.STATE.rglob("*"))

    def what_nobody_confirms_is_taken_back(self):
        fewer = snapshot()
        del fewer["services"][1]
        push(fewer, "--confirm-within", "2s")
        assert len(unit.nftsvc("list")["services"]) == 1
        # The daemon that takes it back is another one.
        unit.run("systemctl", "restart", "nftsvcd.service")
        wait_until(lambda: len(unit.nftsvc("list")["services"]) == 2, "it is taken back")
        self.assert_serves()
        push(fewer, "--confirm-within", "60s")
        unit.run("nftsvc", "confirm")
        assert len(unit.nftsvc("list")["services"]) == 1
        push(snapshot())

    def looking_at_it_tells_what_happens(self):
        self.doctor_finds_nothing_wrong()
        top = unit.run("nftsvc", "top", "--once", "--interval", "0.1")
        assert top.startswith("2 services, "), top
        explained = unit.run("nftsvc", "explain", "--from", "192.168.0.9", f"{ADDRESSES[0]}:80/tcp")
        assert "forwarded to one of 2 endpoints" in explained, explained
        traced = unit.begin("nftsvc", "trace", "--count", "1", f"{ADDRESSES[0]}:80/tcp")
        # It tells at once what it follows; a packet that came before is not seen.
        while traced.poll() is None:
            self.network.ask(ADDRESSES[0])
            time.sleep(0.05)
        said = traced.communicate()
        assert traced.returncode == 0 and "10.0.0." in said[0], said

    def doctor_finds_nothing_wrong(self):
        said = unit.attempt("nftsvc", "doctor")
        assert said.returncode == 0, said.stdout + said.stderr

    def one_that_hangs_is_started_again(self):
        with drop_in("watchdog.conf", "[Service]\nWatchdogSec=1s\nTimeoutAbortSec=1s\n"):
            unit.run("systemctl", "restart", "nftsvcd.service")
            before = unit.properties()["MainPID"]
            os.kill(int(before), signal.SIGSTOP)
            self.assert_serves()
            wait_until(lambda: unit.properties()["MainPID"] not in ("0", before), "a new process")
            unit.wait_until_active()
        unit.run("systemctl", "restart", "nftsvcd.service")
        self.assert_serves()

    def mode_iptables_runs_with_its_drop_in(self):
        shipped = unit.CONFIG.read_text()
        with drop_in("iptables-mode.conf", (_EXAMPLES / "iptables-mode.conf").read_text()):
            for program in ("nft", "legacy"):
                for name in ("iptables", "ip6tables"):
                    unit.run("update-alternatives", "--set", name, f"/usr/sbin/{name}-{program}")
                unit.CONFIG.write_text("mode: IPTABLES\n")
                unit.run("systemctl", "restart", "nftsvcd.service")
                assert "KUBE-SVC-" in unit.run("iptables-save", "-t", "nat"), program
                assert unit.process_status()["Seccomp"] == "2"
                assert unit.nftsvc("status")["in_sync"], program
                self.assert_serves()
                fewer = snapshot()
                del fewer["services"][1]
                push(fewer)
                push(snapshot())
                self.assert_serves()
                unit.CONFIG.write_text(shipped)
                unit.run("systemctl", "restart", "nftsvcd.service")
                assert "KUBE-" not in unit.run("iptables-save"), program
                self.assert_serves()
        # What iptables-nft makes for itself.
        for family in ("ip", "ip6"):
            for table in unit.tables() & {f"table {family} {name}" for name in ("nat", "filter")}:
                unit.run("nft", "delete", *table.split())
        unit.run("systemctl", "restart", "nftsvcd.service")
        self.assert_serves()
