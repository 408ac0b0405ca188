# SPDX-License-Identifier: Apache-2.0
"""The status page in a real browser. With NFTSVC_SCREENSHOT=FILE it leaves a picture there."""

import os
import pathlib
import shutil
import struct
import sys
import tempfile
import unittest
import zlib

import web
from addresses import V4
from case import PODS_BY_CIDR, KernelTest, config, main
from dial import Dial, dial_all
from snapshot import PORT, endpoint, endpoints, port, service
from waiting import wait_until

_CHROMIUM = shutil.which("chromium")
_WIDTH, _HEIGHT = 1240, 1000

# --bg of the style sheet.
_LIGHT, _DARK = (0xF6, 0xF7, 0xF9), (0x12, 0x16, 0x1B)


def _top_left_pixel(png: bytes) -> tuple[int, ...]:
    """Of the first row no filter (PNG specification, section 9) refers to anything but its left."""
    position, data, depth, kind = 8, b"", 0, 0
    while position < len(png):
        length, name = struct.unpack(">I4s", png[position : position + 8])
        body = png[position + 8 : position + 8 + length]
        if name == b"IHDR":
            depth, kind = body[8], body[9]
        if name == b"IDAT":
            data += body
        position += 12 + length
    assert depth == 8 and kind in (2, 6), (depth, kind)
    return tuple(zlib.decompressobj().decompress(data, 4)[1:4])


@unittest.skipIf(_CHROMIUM is None, "there is no chromium; ./dev screenshot installs it")
class StatusPageTest(KernelTest):
    CONFIG = config(PODS_BY_CIDR, "http {}")

    def setUp(self):
        super().setUp()
        self.daemon.services_directory.mkdir()
        (self.daemon.services_directory / "dns.textproto").write_text(
            "services {\n"
            '  namespace: "kube-system" name: "dns"\n'
            f'  cluster_ips: "{V4.other_cluster_ip}"\n'
            "  ports {\n"
            '    name: "dns" protocol: UDP port: 53\n'
            f'    endpoints {{ address: "{V4.pods[0]}" port: 8080 name: "dns-1" }}\n'
            f'    endpoints {{ address: "{V4.pods[1]}" port: 8080 name: "dns-2" }}\n'
            "  }\n"
            "}\n"
        )
        self.daemon.reload()
        web_ports = [
            port(
                [endpoint(pod, name=f"web-{i}") for i, pod in enumerate(V4.pods)],
                name="http",
                node_port=30080,
            )
        ]
        api = service(
            "api",
            [port(endpoints(V4.pods[:2]) + [endpoint(V4.pods[2], ready=False)], number=8443)],
            cluster_ips=[V4.external_ip],
        )
        shop = service("shop", web_ports, cluster_ips=[V4.cluster_ip])
        self.daemon.push(shop)
        self.daemon.push(shop, api)
        self.daemon.push_is_refused(shop, service("oops", [port([endpoint("10.0.0.300")])]))
        dials = [Dial(self.lab.client, V4.cluster_ip, PORT)] * 240
        dials += [Dial(self.lab.client, V4.external_ip, 8443)] * 90
        dials += [Dial(self.lab.client, V4.other_cluster_ip, 53, "udp")] * 60
        dial_all(dials)
        wait_until(lambda: ">240<" in web.ask(self.lab.node, "/")[2], "the connections on the page")

    def browse(self, *flags: str) -> str:
        with tempfile.TemporaryDirectory(prefix="nftsvc-test-") as profile:
            return self.lab.node.run(
                _CHROMIUM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                f"--window-size={_WIDTH},{_HEIGHT}",
                *flags,
                f"http://127.0.0.1:{web.PORT}/",
                timeout=180,
            )

    def picture(self, *flags: str) -> bytes:
        with tempfile.TemporaryDirectory(prefix="nftsvc-test-") as directory:
            path = pathlib.Path(directory, "page.png")
            self.browse(f"--screenshot={path}", *flags)
            return path.read_bytes()

    def test_a_browser_shows_it_with_its_style(self):
        document = self.browse("--dump-dom")
        for text in ("default/shop", "kube-system/dns", "files/dns.textproto", "refused:"):
            self.assertIn(text, document)
        light = self.picture()
        # The policy allows the style sheet, or the background would be white.
        self.assertEqual(_top_left_pixel(light), _LIGHT)
        dark = self.picture("--blink-settings=preferredColorScheme=0")
        self.assertEqual(_top_left_pixel(dark), _DARK)
        if path := os.environ.get("NFTSVC_SCREENSHOT"):
            pathlib.Path(path).write_bytes(light)


if __name__ == "__main__":
    if _CHROMIUM is None:
        print("skipped: there is no chromium; ./dev screenshot installs it", file=sys.stderr)
        sys.exit(77)
    main()
