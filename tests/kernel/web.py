# SPDX-License-Identifier: Apache-2.0
"""Asks a daemon by HTTP from a namespace, and reads what Prometheus would read of it."""

import http.client
import re
import socket

from netns import Namespace
from waiting import PATIENCE

PORT = 10256

_SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)$')
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)')
_UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class _Connection(http.client.HTTPConnection):
    def __init__(self, source: Namespace, address: str, port: int):
        super().__init__(address, port, timeout=PATIENCE)
        self._source = source

    def connect(self):
        with self._source.entered():
            self.sock = socket.create_connection((self.host, self.port), self.timeout)


def ask(source: Namespace, path: str, address: str = "127.0.0.1", port: int = PORT):
    """Status, headers and body, or None where nobody listens."""
    connection = _Connection(source, address, port)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()
    except ConnectionRefusedError:
        return None
    finally:
        connection.close()


class Metrics:
    """Read as strictly as the format is written: every line, each family once, no series twice."""

    def __init__(self, text: str):
        assert text.endswith("\n")
        self.types: dict[str, str] = {}
        self.samples: dict[tuple[str, frozenset], float] = {}
        helped, family = set(), None
        for line in text.splitlines():
            if line.startswith("# HELP "):
                family = line.split(" ")[2]
                assert family not in helped, f"{family} comes twice"
                assert len(line.split(" ", 3)[3]) > 3, line
                helped.add(family)
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name == family and name not in self.types, line
                assert kind in ("counter", "gauge", "histogram"), line
                self.types[name] = kind
            else:
                self._add(line, family)
        assert helped == set(self.types)
        self._check_histograms()

    def _add(self, line: str, family: str):
        match = _SAMPLE.match(line)
        assert match, f"not a sample: {line}"
        name, labels, value = match.groups()
        base = re.sub("_(bucket|sum|count)$", "", name)
        assert family == (base if self.types[family] == "histogram" else name), line
        pairs, rest = [], labels or ""
        while rest:
            label = _LABEL.match(rest)
            assert label, f"not a label: {rest}"
            value_ = re.sub(r'\\[\\"n]', lambda m: _UNESCAPED[m[0]], label[2])
            pairs.append((label[1], value_))
            rest = rest[label.end() :]
        key = (name, frozenset(pairs))
        assert key not in self.samples, f"comes twice: {line}"
        self.samples[key] = float(value)

    def _check_histograms(self):
        for name in (n for n, kind in self.types.items() if kind == "histogram"):
            buckets = sorted(
                (float(dict(labels)["le"]), count)
                for (sample, labels), count in self.samples.items()
                if sample == f"{name}_bucket"
            )
            counts = [count for _, count in buckets]
            assert counts == sorted(counts), buckets
            assert buckets[-1] == (float("inf"), self.value(f"{name}_count")), buckets

    def values(self, name: str, **labels: str) -> list[float]:
        return [
            value
            for (sample, of_sample), value in self.samples.items()
            if sample == name and set(labels.items()) <= of_sample
        ]

    def value(self, name: str, **labels: str) -> float:
        """Of the only series with these labels, among others."""
        found = self.values(name, **labels)
        assert len(found) == 1, f"{name} {labels}: {found}"
        return found[0]

    def count(self, name: str) -> int:
        return sum(sample == name for sample, _ in self.samples)


def metrics(source: Namespace) -> Metrics:
    status, headers, body = ask(source, "/metrics")
    assert status == 200, body
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4"), headers
    return Metrics(body)
