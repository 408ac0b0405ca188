# SPDX-License-Identifier: Apache-2.0
"""Who may do what: processes of other users and groups, as the kernel tells them from each other."""

import os
import re

from addresses import V4
from case import PODS_BY_CIDR, KernelTest, config, main
from daemon import program
from snapshot import endpoints, port, service

# Numbers that belong to nobody. The groups are given to processes, not to users.
_WRITER, _READER, _STRANGER = 54321, 54322, 54323
_WRITERS, _READERS, _OTHERS = 54331, 54332, 54333

_SOCKET_FOR_ALL = 'control_socket_access { mode: "0666" }'
_ACCESS = (
    f'access {{ writers: "{_WRITER}" writers: "@{_WRITERS}" '
    f'readers: "{_READER}" readers: "@{_READERS}" }}'
)


class AccessTest(KernelTest):
    CONFIG = config(PODS_BY_CIDR, _SOCKET_FOR_ALL, _ACCESS)

    def setUp(self):
        super().setUp()
        # The socket is open to all; so must be the way to it.
        os.chmod(self.daemon.directory, 0o711)
        self.daemon.push(
            service("web", [port(endpoints(V4.pods[:1]))], cluster_ips=[V4.cluster_ip])
        )

    def attempt_as(self, user: int, group: int, *arguments: str, groups: str = ""):
        """nftsvc, run by a process of that user, group and supplementary groups."""
        supplementary = f"--groups={groups}" if groups else "--clear-groups"
        return self.lab.node.attempt(
            *("setpriv", f"--reuid={user}", f"--regid={group}", supplementary),
            *(program("NFTSVC"), "--socket", str(self.daemon.socket_path), *arguments),
            stdin='{"services": []}',
        )

    def assert_may(self, user: int, group: int, *, read: bool, write: bool, groups: str = ""):
        for arguments, allowed in (
            (("status",), read),
            (("get",), read),
            (("history",), read),
            (("push", "--dry-run", "-"), read),
            (("push", "-"), write),
            (("rollback", "0"), write),
        ):
            result = self.attempt_as(user, group, *arguments, groups=groups)
            with self.subTest(arguments, user=user, group=group, groups=groups):
                self.assertEqual(result.returncode, 0 if allowed else 1, result.stderr)
                if not allowed:
                    self.assertIn(f"user {user} may not", result.stderr)

    def test_writers_may_all(self):
        self.assert_may(_WRITER, _OTHERS, read=True, write=True)
        self.assert_may(_STRANGER, _WRITERS, read=True, write=True)
        self.assert_may(_STRANGER, _OTHERS, read=True, write=True, groups=f"{_OTHERS},{_WRITERS}")

    def test_readers_may_read(self):
        self.assert_may(_READER, _OTHERS, read=True, write=False)
        self.assert_may(_STRANGER, _READERS, read=True, write=False)
        self.assert_may(_STRANGER, _OTHERS, read=True, write=False, groups=f"{_OTHERS},{_READERS}")

    def test_others_may_nothing_and_change_nothing(self):
        before = self.daemon.call("get")
        self.assert_may(_STRANGER, _OTHERS, read=False, write=False)
        # That a user has the number of a group is chance.
        self.assert_may(_WRITERS, _WRITER, read=False, write=False)
        self.assertEqual(self.daemon.call("get"), before)

    def test_root_may_all(self):
        self.assert_may(0, _OTHERS, read=True, write=True)

    def test_refusals_are_logged_with_the_peer_but_not_without_end(self):
        for _ in range(12):
            self.attempt_as(_STRANGER, _OTHERS, "push", "-")
        lines = re.findall(
            rf"push by pid [1-9]\d* uid {_STRANGER} refused: no permission", self.daemon.log
        )
        self.assertEqual(len(lines), 5)

    def test_a_reload_changes_who_may_for_those_connected_too(self):
        self.assertEqual(self.attempt_as(_STRANGER, _OTHERS, "status").returncode, 1)
        self.daemon.configure(config(PODS_BY_CIDR, _SOCKET_FOR_ALL))
        self.daemon.reload()
        self.assert_may(_STRANGER, _OTHERS, read=True, write=True)
        self.daemon.configure(
            config(PODS_BY_CIDR, _SOCKET_FOR_ALL, f'access {{ readers: "{_READER}" }}')
        )
        self.daemon.reload()
        self.assert_may(_READER, _OTHERS, read=True, write=False)
        self.assert_may(_WRITER, _WRITERS, read=False, write=False)

    def test_a_reload_with_a_user_that_does_not_exist_changes_nothing(self):
        self.daemon.configure(config(PODS_BY_CIDR, 'access { writers: "no-such-user" }'))
        self.daemon.reload()
        self.assertIn('access.writers[0]: no such user: "no-such-user"', self.daemon.log)
        self.assert_may(_WRITER, _OTHERS, read=True, write=True)
        self.assert_may(_STRANGER, _OTHERS, read=False, write=False)


if __name__ == "__main__":
    main()
