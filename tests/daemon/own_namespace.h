// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "src/base/log.h"

namespace nftsvc::daemon {

// Each test has a network namespace of its own, which goes with the process, and a log.
class OwnNamespaceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "needs the right to make network namespaces";
    Run("ip link set lo up");
  }

  static void Run(const std::string& command) {
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  base::Log Log() {
    return [this](base::Severity, absl::string_view line) { log_.emplace_back(line); };
  }

  // What another process returns, who is nobody.
  static int AsNobody(const std::function<int()>& body) {
    const pid_t child = fork();
    if (child == 0) _exit(setresuid(65534, 65534, 65534) == 0 ? body() : 99);
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::vector<std::string> log_;
};

}  // namespace nftsvc::daemon
