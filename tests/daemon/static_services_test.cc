// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/static_services.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/control/temporary_directory.h"
#include "tests/support/loop.h"

// Files on a real disk, and a reconciler whose kernel is in memory.
namespace nftsvc::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StaticServicesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(loop_.Start().ok()); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
  }
  void WriteWeb(const std::string& port = "80") {
    Write("web.textproto",
          "services { name: 'web' cluster_ips: '10.96.0.7' ports { protocol: TCP "
          "port: " +
              port + " } }");
  }
  void LoadFiles() { services_.Load(directory_.path()); }
  size_t Served() { return loop_->snapshot().services().size(); }

  testing::TemporaryDirectory directory_;
  testing::Loop loop_;
  control::PushLog pushes_;
  std::vector<std::string> log_;
  StaticServices services_{
      *loop_, pushes_, [this] { return loop_.now; },
      [this](base::Severity, absl::string_view line) { log_.emplace_back(line); }};
};

TEST_F(StaticServicesTest, FilesAreServedAndSaved) {
  WriteWeb();
  LoadFiles();
  EXPECT_EQ(Served(), 1u);
  EXPECT_EQ(loop_.state.services.size(), 1u);
  EXPECT_THAT(log_, ElementsAre(HasSubstr("services of files: revision 1, +1 ~0 -0 services")));
  EXPECT_EQ(pushes_.count(control::PushRecord::kAccepted), 1u);
}

TEST_F(StaticServicesTest, TheSameFilesAgainChangeNothing) {
  WriteWeb();
  LoadFiles();
  LoadFiles();
  EXPECT_EQ(loop_->revision(), 1u);
  EXPECT_EQ(log_.size(), 1u);
}

TEST_F(StaticServicesTest, AMistakeIsLoggedAndShownUntilItIsMended) {
  WriteWeb();
  LoadFiles();
  log_.clear();
  WriteWeb("0");
  LoadFiles();
  EXPECT_EQ(Served(), 1u);
  EXPECT_THAT(log_,
              ElementsAre(HasSubstr("web.textproto:1:71: services[0].ports[0].port: 0 is not"),
                          HasSubstr("stay")));
  EXPECT_THAT(services_.problem(), HasSubstr("0 is not a port"));
  WriteWeb();
  LoadFiles();
  EXPECT_EQ(services_.problem(), "");
}

TEST_F(StaticServicesTest, ADirectoryThatCannotBeListedTakesNothingAway) {
  WriteWeb();
  LoadFiles();
  services_.Load(directory_ / "web.textproto");
  EXPECT_EQ(Served(), 1u);
  EXPECT_THAT(services_.problem(), HasSubstr("not a directory"));
}

TEST_F(StaticServicesTest, WhatTheKernelWouldNotTakeIsTriedAgain) {
  WriteWeb();
  // Every commit of this push fails.
  for (size_t i = 0; i < 100; ++i) {
    loop_.kernel.FailCall(loop_.kernel.calls().size() + i,
                          {.status = absl::UnavailableError("no memory")});
  }
  LoadFiles();
  EXPECT_EQ(Served(), 0u);
  EXPECT_THAT(log_, ElementsAre(HasSubstr("no memory; trying again")));
  for (int i = 0; i < 200 && Served() == 0; ++i) {
    loop_.PollWhenDue();
    services_.Retry();
  }
  EXPECT_EQ(Served(), 1u);
  EXPECT_THAT(log_.back(), HasSubstr("revision 1"));
}

TEST_F(StaticServicesTest, WhatTheKernelRefusesDisturbsNothingElse) {
  loop_.kernel.RefuseTransactionsWith("10.96.0.7");
  WriteWeb();
  LoadFiles();
  EXPECT_THAT(services_.problem(), HasSubstr("operation not supported"));
  const absl::Time begin = loop_.now;
  const size_t calls = loop_.kernel.calls().size();
  int polls = 0;
  for (; loop_.now < begin + absl::Minutes(10); ++polls) {
    EXPECT_LE(services_.next_try(), loop_.now + absl::Seconds(30));
    loop_.PollWhenDue();
    services_.Retry();
    EXPECT_TRUE(loop_->health().in_sync) << loop_->health().problem;
  }
  EXPECT_THAT(services_.problem(), HasSubstr("operation not supported"));
  EXPECT_EQ(log_.size(), 1u);
  EXPECT_LT(loop_.kernel.calls().size(), calls + polls + 300) << "it is tried ever more rarely";
  loop_.kernel.RefuseTransactionsWith("");
  loop_.now += absl::Minutes(1);
  services_.Retry();
  EXPECT_EQ(Served(), 1u);
  EXPECT_EQ(services_.problem(), "");
  EXPECT_EQ(services_.next_try(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace nftsvc::daemon
