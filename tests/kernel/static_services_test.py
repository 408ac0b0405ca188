# SPDX-License-Identifier: Apache-2.0
"""Services of files: served without a controller, beside one, and through restarts."""

import json

from addresses import V4, AddressPlan
from case import KernelTest, in_each_family, main
from dial import Fate, dial
from snapshot import PORT, endpoints, port, service


class StaticServicesTest(KernelTest):
    def setUp(self):
        super().setUp()
        self.daemon.services_directory.mkdir()

    def write(self, name: str, *services: dict):
        path = self.daemon.services_directory / name
        path.write_text(json.dumps({"services": services}))

    def web(self, plan: AddressPlan, name: str = "web", address: str | None = None) -> dict:
        return service(
            name, [port(endpoints(plan.pods))], cluster_ips=[address or plan.cluster_ip]
        )

    def sources(self) -> dict[str, str]:
        listed = self.daemon.call("list").get("services", [])
        return {service["service"]: service["source"] for service in listed}

    def fate(self, address: str) -> Fate:
        return dial(self.lab.client, address, PORT).fate

    @in_each_family
    def test_a_host_without_a_controller_is_served_from_files(self, plan: AddressPlan):
        self.write("web.json", self.web(plan))
        self.daemon.reload()
        self.assertEqual(self.fate(plan.cluster_ip), Fate.CONNECTED)
        self.daemon.restart()
        self.assertEqual(self.fate(plan.cluster_ip), Fate.CONNECTED)

    def test_pushes_and_files_leave_each_other_alone(self):
        self.write("web.json", self.web(V4))
        self.daemon.reload()
        self.daemon.push(self.web(V4, "pushed", V4.other_cluster_ip))
        both = {"default/pushed": "push", "default/web": "files/web.json"}
        self.assertEqual(self.sources(), both)
        self.daemon.reload()
        self.assertEqual(self.sources(), both)
        self.daemon.push()
        self.assertEqual(self.sources(), {"default/web": "files/web.json"})
        self.assertEqual(self.fate(V4.cluster_ip), Fate.CONNECTED)

    def test_a_push_cannot_take_what_a_file_has(self):
        self.write("web.json", self.web(V4))
        self.daemon.reload()
        self.assertIn(
            "services[0]: default/web belongs to source files/web.json",
            self.daemon.push_is_refused(self.web(V4, address=V4.other_cluster_ip)),
        )
        self.assertIn(
            f"services[0]: default/other claims {V4.cluster_ip}:{PORT}/tcp, which default/web of "
            "source files/web.json has",
            self.daemon.push_is_refused(self.web(V4, "other")),
        )

    def test_a_mistake_is_told_with_its_place_and_what_was_there_stays(self):
        good = self.daemon.services_directory / "web.textproto"
        text = (
            "services {\n"
            '  name: "web"\n'
            f'  cluster_ips: "{V4.cluster_ip}"\n'
            "  ports {\n"
            f"    protocol: TCP port: {PORT}\n"
            f'    endpoints {{ address: "{V4.pods[0]}" port: 8080 }}\n'
            "  }\n"
            "}\n"
        )
        good.write_text(text)
        self.daemon.reload()
        self.assertEqual(self.fate(V4.cluster_ip), Fate.CONNECTED)
        good.write_text(text.replace(V4.pods[0], "nowhere"))
        self.daemon.reload()
        mistake = 'web.textproto:6:17: services[0].ports[0].endpoints[0].address: "nowhere"'
        self.assertIn(mistake, self.daemon.log)
        self.assertIn(mistake, self.daemon.status()["services_directory_problem"])
        self.assertEqual(self.fate(V4.cluster_ip), Fate.CONNECTED)
        # Also through a restart.
        self.daemon.restart()
        self.assertEqual(self.fate(V4.cluster_ip), Fate.CONNECTED)
        good.write_text(text)
        self.daemon.reload()
        self.assertNotIn("services_directory_problem", self.daemon.status())

    def test_after_a_restart_all_is_as_before_but_for_files_that_went(self):
        self.write("a.json", self.web(V4))
        self.write("b.json", self.web(V4, "gone", V4.external_ip))
        self.daemon.reload()
        self.daemon.push(self.web(V4, "pushed", V4.other_cluster_ip))
        before = self.sources()
        revision = self.daemon.status()["revision"]
        self.daemon.kill()
        self.daemon.start()
        status = self.daemon.status()
        self.assertEqual((self.sources(), status["revision"]), (before, revision))
        self.assertNotIn("commits", status)
        self.daemon.stop()
        (self.daemon.services_directory / "b.json").unlink()
        self.daemon.start()
        del before["default/gone"]
        self.assertEqual(self.sources(), before)
        self.assertEqual(self.fate(V4.cluster_ip), Fate.CONNECTED)
        self.assertEqual(self.fate(V4.external_ip), Fate.UNREACHABLE)

    def test_controllers_can_own_disjoint_parts(self):
        self.daemon.push(self.web(V4))
        self.daemon.push(
            self.web(V4, "dns", V4.other_cluster_ip), flags=("--source", "dns-controller")
        )
        self.daemon.push(self.web(V4))
        self.assertEqual(
            self.sources(), {"default/dns": "dns-controller", "default/web": "push"}
        )
        own = self.daemon.call("get", "--source", "dns-controller")
        self.assertEqual([s["name"] for s in own["services"]], ["dns"])


if __name__ == "__main__":
    main()
