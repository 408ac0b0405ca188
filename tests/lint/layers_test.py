# SPDX-License-Identifier: Apache-2.0
"""Includes point only where ARCHITECTURE.md's tables allow."""

import dataclasses
import fnmatch
import pathlib
import re
import unittest

import source_tree

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"][^>"]*[>"])', re.MULTILINE)


@dataclasses.dataclass
class Law:
    """The two tables of ARCHITECTURE.md."""

    may_include: dict[str, list[str]]
    guarded: list[tuple[str, list[str]]]

    @staticmethod
    def read(text: str) -> "Law":
        layers = source_tree.markdown_table(text, "folder")
        edges = source_tree.markdown_table(text, "headers and words")
        return Law(
            may_include={
                source_tree.quoted(row[0])[0]: source_tree.quoted(row[2]) for row in layers
            },
            guarded=[
                (pattern, source_tree.quoted(row[1]))
                for row in edges
                for pattern in source_tree.quoted(row[0])
            ],
        )


def is_in(file: str, places: list[str]) -> bool:
    """Whether a file, 'folder/name', is one of these: folders, files or patterns of files."""
    return any(file.split("/")[0] == place or fnmatch.fnmatch(file, place) for place in places)


def offences(law: Law, file: str, text: str) -> list[str]:
    """What the law has against this text as 'folder/name' under src."""
    folder = file.split("/")[0]
    includes = INCLUDE.findall(text)
    found = []
    for include in includes:
        target = include.strip('<>"')
        if target.startswith("src/"):
            target = target.removeprefix("src/")
            if not is_in(target, [folder, *law.may_include.get(folder, [])]):
                found.append(f"{file} includes {target}, which `{folder}` may not")
    # The first pattern that fits decides: <sys/socket.h> is listed before <sys/*>.
    for include in includes:
        for pattern, places in law.guarded:
            if fnmatch.fnmatch(include, pattern):
                if not is_in(file, places):
                    found.append(f"{file} includes {include}, which belongs in {', '.join(places)}")
                break
    code = re.sub(r"//.*", "", text)
    for pattern, places in law.guarded:
        if pattern[0] not in '<"' and pattern in code and not is_in(file, places):
            found.append(f"{file} uses {pattern}, which belongs in {', '.join(places)}")
    return found


class LayersTest(unittest.TestCase):
    law = Law.read((source_tree.ROOT / "ARCHITECTURE.md").read_text())

    def test_every_folder_of_src_is_a_layer(self):
        folders = {path.parts[1] for path in source_tree.cpp_files("src")}
        self.assertEqual(folders - set(self.law.may_include), set())

    def test_layers_form_no_cycle(self):
        below = {
            folder: {name.split("/")[0] for name in names}
            for folder, names in self.law.may_include.items()
        }
        while below:
            leaves = {folder for folder, names in below.items() if not names & set(below)}
            self.assertTrue(leaves, f"a cycle among {sorted(below)}")
            below = {folder: names for folder, names in below.items() if folder not in leaves}

    def test_includes_point_where_the_tables_allow(self):
        found = []
        for path in source_tree.cpp_files("src"):
            file = str(pathlib.Path(*path.parts[1:]))
            found += offences(self.law, file, (source_tree.ROOT / path).read_text())
        self.assertEqual(found, [])


class OffencesTest(unittest.TestCase):
    """The law has teeth: each of these planted lines is caught."""

    law = LayersTest.law

    def assertCaught(self, file: str, line: str):
        self.assertEqual(len(offences(self.law, file, line + "\n")), 1, f"{file}: {line}")

    def assertAllowed(self, file: str, line: str):
        self.assertEqual(offences(self.law, file, line + "\n"), [])

    def test_an_include_against_the_arrows_is_caught(self):
        self.assertCaught("base/ip_address.cc", '#include "src/model/service.h"')
        self.assertCaught("forwarding/resolve.cc", '#include "src/nft/compile.h"')
        self.assertCaught("nft/compile.h", '#  include "src/netlink/kernel.h"')
        self.assertCaught("control/handler.cc", '#include "src/nft/transaction.h"')
        self.assertAllowed("nft/compile.cc", '#include "src/forwarding/routes.h"')
        self.assertAllowed("nft/compile.cc", '#include "src/nft/compile.h"')

    def test_a_single_file_opens_no_folder(self):
        self.assertAllowed("netlink/kernel.h", '#include "src/reconcile/ruleset_store.h"')
        self.assertCaught("netlink/kernel.h", '#include "src/reconcile/reconciler.h"')
        self.assertCaught("cli/push.cc", '#include "src/control/server.h"')

    def test_kernel_headers_outside_of_netlink_sources_are_caught(self):
        self.assertCaught("nft/set.cc", "#include <linux/netfilter/nf_tables.h>")
        self.assertCaught("netlink/batch.h", "#include <libmnl/libmnl.h>")
        self.assertCaught("daemon/main.cc", "#include <libnftnl/set.h>")
        self.assertAllowed("netlink/batch.cc", "#include <libmnl/libmnl.h>")

    def test_effects_in_pure_folders_are_caught(self):
        self.assertCaught("model/validate.cc", "#include <iostream>")
        self.assertCaught("nft/plan.cc", "#include <sys/socket.h>")
        self.assertCaught("forwarding/decide.cc", '#include "absl/time/clock.h"')
        self.assertCaught("forwarding/decide.cc", '#include "src/base/log.h"')
        self.assertCaught("nft/plan.cc", "auto t = std::chrono::steady_clock::now();")
        self.assertCaught("nft/plan.h", '#include "nftsvc/v1/snapshot.pb.h"')
        self.assertAllowed("wire/snapshot_codec.h", '#include "nftsvc/v1/snapshot.pb.h"')

    def test_threads_outside_of_what_tsan_sees_are_caught(self):
        self.assertCaught("cli/top.cc", "#include <thread>")
        self.assertCaught("control/server.cc", "#include <mutex>")
        self.assertCaught("daemon/run.cc", "pthread_create(&id, nullptr, Run, nullptr);")
        self.assertCaught("netlink/kernel.cc", "auto later = std::async(Observe);")
        self.assertAllowed("cli/progress.h", "#include <thread>")

    def test_words_in_comments_are_free(self):
        self.assertAllowed("nft/plan.cc", "// Reads no absl::Now().")


if __name__ == "__main__":
    unittest.main()
