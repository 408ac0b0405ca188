// SPDX-License-Identifier: Apache-2.0
#include "tests/netlink/net_namespace.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace nftsvc::netlink {

void KernelTest::SetUp() {
  if (geteuid() != 0) GTEST_SKIP() << "making a network namespace takes root";
  EnterNewNamespace();
}

void KernelTest::EnterNewNamespace() {
  ASSERT_EQ(unshare(CLONE_NEWNET), 0) << std::strerror(errno);
  absl::StatusOr<std::unique_ptr<Kernel>> opened = Kernel::Open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  kernel = *std::move(opened);
}

reconcile::Generation KernelTest::Now() {
  const absl::StatusOr<reconcile::Generation> generation = kernel->CurrentGeneration();
  EXPECT_TRUE(generation.ok()) << generation.status();
  return generation.value_or(0);
}

void KernelTest::MustCommit(const nft::Transaction& transaction) {
  ASSERT_EQ(TryCommit(transaction), "OK");
}

std::string KernelTest::TryCommit(const nft::Transaction& transaction) {
  return StatusText(kernel->Commit(transaction, Now()).status());
}

reconcile::RulesetStore::Observation KernelTest::MustObserve() {
  absl::StatusOr<reconcile::RulesetStore::Observation> observation = kernel->Observe({});
  EXPECT_TRUE(observation.ok()) << observation.status();
  if (!observation.ok()) return {};
  return *std::move(observation);
}

std::string StatusText(const absl::Status& status) {
  if (status.ok()) return "OK";
  return absl::StatusCodeToString(status.code()) + ": " + std::string(status.message());
}

std::string InChild(const std::function<std::string()>& body) {
  std::array<int, 2> ends;
  if (pipe(ends.data()) != 0) return std::strerror(errno);
  const pid_t child = fork();
  if (child == 0) {
    const std::string result = body();
    const ssize_t written = write(ends[1], result.data(), result.size());
    _exit(written == static_cast<ssize_t>(result.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string result;
  std::array<char, 4096> part;
  for (ssize_t size; (size = read(ends[0], part.data(), part.size())) > 0;) {
    result.append(part.data(), static_cast<size_t>(size));
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return result;
}

}  // namespace nftsvc::netlink
