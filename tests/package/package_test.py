# SPDX-License-Identifier: Apache-2.0
"""The Debian package under a real systemd: inside/story.py, told in a container that boots for it."""

from booted import BootedTest, main


class PackageTest(BootedTest):
    def test_it_serves_through_all_that_a_package_goes_through(self):
        self.run_inside("story.py", result="told")


if __name__ == "__main__":
    main()
