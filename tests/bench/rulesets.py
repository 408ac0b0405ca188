# SPDX-License-Identifier: Apache-2.0
"""Rules of others for the services of `nftsvc_bench - snapshot`, as text for their tools."""

import ipaddress
import re
from collections.abc import Iterable

_FIRST_SERVICE = ipaddress.IPv4Address("172.16.0.0")
_FIRST_ENDPOINT = ipaddress.IPv4Address("10.0.0.0")
SPARE = "11.0.0.1"  # an endpoint that no service has


def service_address(index: int) -> str:
    return str(_FIRST_SERVICE + index)


def endpoint_addresses(index: int, endpoints: int) -> list[str]:
    return [str(_FIRST_ENDPOINT + index * endpoints + i) for i in range(endpoints)]


class KubeProxyShape:
    """A chain for each service and each endpoint, and an anonymous map of verdicts in each service's
    chain: how kube-proxy lays its nftables rules out.
    """

    HEAD = """
add table ip kube
add map ip kube service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
add chain ip kube mark-for-masquerade
add rule ip kube mark-for-masquerade meta mark set meta mark or 0x4000
add chain ip kube services
add rule ip kube services ip daddr . meta l4proto . th dport vmap @service-ips
add chain ip kube nat-prerouting { type nat hook prerouting priority -100; }
add rule ip kube nat-prerouting jump services
add chain ip kube nat-output { type nat hook output priority -100; }
add rule ip kube nat-output jump services
add chain ip kube nat-postrouting { type nat hook postrouting priority 100; }
add rule ip kube nat-postrouting meta mark and 0x4000 != 0 masquerade fully-random
"""

    def __init__(self, endpoints: int):
        self._endpoints = endpoints

    def services(self, indexes: Iterable[int]) -> str:
        """Commands that add them to the table."""
        return "".join(map(self._service, indexes))

    def _service(self, index: int) -> str:
        addresses = endpoint_addresses(index, self._endpoints)
        return (
            "".join(self._endpoint(index, address) for address in addresses)
            + f"add chain ip kube {self._chain(index)}\n"
            + self._rules(index, addresses)
            + f"add element ip kube service-ips {{ {service_address(index)} . tcp . 80 : "
            + f"goto {self._chain(index)} }}\n"
        )

    def with_spare(self, index: int) -> str:
        """Gives a service one endpoint more, as kube-proxy does: its chain is written anew."""
        addresses = [*endpoint_addresses(index, self._endpoints), SPARE]
        return (
            self._endpoint(index, SPARE)
            + f"flush chain ip kube {self._chain(index)}\n"
            + self._rules(index, addresses)
        )

    def without_spare(self, index: int) -> str:
        """Takes it away again."""
        chain = f"{self._chain(index)}/{SPARE}"
        return (
            f"flush chain ip kube {self._chain(index)}\n"
            + self._rules(index, endpoint_addresses(index, self._endpoints))
            + f"flush chain ip kube {chain}\ndelete chain ip kube {chain}\n"
        )

    @staticmethod
    def _chain(index: int) -> str:
        return f"service-{index}-bench/service-{index}/tcp/http"

    def _endpoint(self, index: int, address: str) -> str:
        chain = f"{self._chain(index)}/{address}"
        return (
            f"add chain ip kube {chain}\n"
            f"add rule ip kube {chain} ip saddr {address} jump mark-for-masquerade\n"
            f"add rule ip kube {chain} meta l4proto tcp dnat to {address}:8080\n"
        )

    def _rules(self, index: int, addresses: list[str]) -> str:
        chain = self._chain(index)
        verdicts = ", ".join(
            f"{slot} : goto {chain}/{address}" for slot, address in enumerate(addresses)
        )
        return (
            f"add rule ip kube {chain} ip daddr {service_address(index)} tcp dport 80 "
            f"ip saddr != 10.0.0.0/8 jump mark-for-masquerade\n"
            f"add rule ip kube {chain} numgen random mod {len(addresses)} vmap {{ {verdicts} }}\n"
        )


class IptablesChange:
    """One endpoint more for one service of what `nftsvc compile --target=iptables` prints, as
    kube-proxy does it: the service's chain is written anew, with restore --noflush.
    """

    _SPARE_CHAIN = "KUBE-SEP-SPARESPARESPARES"

    def __init__(self, rules: str):
        self._chain = re.search(r"^-A (KUBE-SVC-\w+)", rules, re.MULTILINE)[1]
        self._rules = re.findall(rf"^-A {self._chain} .*\n", rules, re.MULTILINE)

    def with_spare(self) -> str:
        return (
            f"*nat\n:{self._chain} - [0:0]\n:{self._SPARE_CHAIN} - [0:0]\n"
            f"-A {self._SPARE_CHAIN} -p tcp -m tcp -j DNAT --to-destination {SPARE}:8080\n"
            f"-A {self._chain} -m statistic --mode random --probability 0.1666666 "
            f"-j {self._SPARE_CHAIN}\n" + "".join(self._rules) + "COMMIT\n"
        )

    def without_spare(self) -> str:
        return (
            f"*nat\n:{self._chain} - [0:0]\n:{self._SPARE_CHAIN} - [0:0]\n"
            + "".join(self._rules)
            + f"-X {self._SPARE_CHAIN}\nCOMMIT\n"
        )


def nftlb_farm(index: int, endpoints: list[str]) -> dict:
    """A service as nftlb's API takes it."""
    return {
        "name": f"service-{index}",
        "family": "ipv4",
        "virtual-addr": service_address(index),
        "virtual-ports": "80",
        "mode": "snat",
        "protocol": "tcp",
        "scheduler": "rr",
        "state": "up",
        "backends": [
            {"name": f"endpoint-{i}", "ip-addr": address, "port": "8080", "state": "up"}
            for i, address in enumerate(endpoints)
        ],
    }
