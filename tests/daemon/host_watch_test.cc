// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/host_watch.h"

#include <memory>
#include <utility>

#include "tests/daemon/own_namespace.h"

namespace nftsvc::daemon {
namespace {

class HostWatchTest : public OwnNamespaceTest {
 protected:
  void SetUp() override {
    OwnNamespaceTest::SetUp();
    if (IsSkipped()) return;
    sd_event* event = nullptr;
    ASSERT_GE(sd_event_new(&event), 0);
    event_.reset(event);
    auto watch = HostWatch::Start(event, [this] { ++calls_; });
    ASSERT_TRUE(watch.ok()) << watch.status();
    watch_ = *std::move(watch);
  }

  // How often it calls until nothing is left to hear.
  int Calls() {
    const int before = calls_;
    for (int turn = 0; turn < 1'000 && sd_event_run(event_.get(), 500'000) > 0; ++turn) {
    }
    return calls_ - before;
  }

  control::EventLoop event_;
  int calls_ = 0;
  std::unique_ptr<HostWatch> watch_;
};

TEST_F(HostWatchTest, CallsWhenAnAddressComesAndWhenItGoes) {
  EXPECT_EQ(Calls(), 0);
  Run("ip addr add 192.0.2.1/32 dev lo");
  EXPECT_EQ(Calls(), 1);
  Run("ip addr del 192.0.2.1/32 dev lo");
  EXPECT_EQ(Calls(), 1);
}

TEST_F(HostWatchTest, CallsOnceForWhatComesTogether) {
  Run("for i in $(seq 200); do echo addr add 192.0.2.$i/32 dev lo; done | ip -batch -");
  EXPECT_EQ(Calls(), 1);
}

}  // namespace
}  // namespace nftsvc::daemon
