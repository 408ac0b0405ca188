// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "src/netlink/kernel.h"

namespace nftsvc::netlink {

// Each test has the real kernel in a network namespace of its own, which goes with the process. The
// host's is never touched.
class KernelTest : public ::testing::Test {
 protected:
  void SetUp() override;

  // Leaves the namespace for another new one, and opens `kernel` there.
  void EnterNewNamespace();

  // The kernel's generation; fails the test if there is none.
  reconcile::Generation Now();

  // Commits over whatever is there; fails the test if the kernel refuses.
  void MustCommit(const nft::Transaction& transaction);

  // What the kernel says to a commit over whatever is there: "OK" or "CODE: message".
  std::string TryCommit(const nft::Transaction& transaction);

  reconcile::RulesetStore::Observation MustObserve();

  std::unique_ptr<Kernel> kernel;
};

// Runs `body` in a child process, without what it does to itself reaching the test, and returns
// what it returned.
std::string InChild(const std::function<std::string()>& body);

// "OK" or "CODE: message".
std::string StatusText(const absl::Status& status);

}  // namespace nftsvc::netlink
