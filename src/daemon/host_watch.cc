// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/host_watch.h"

#include <sys/epoll.h>
#include <time.h>

#include <algorithm>
#include <utility>

#include "src/base/status_macros.h"
#include "src/control/system_error.h"

namespace nftsvc::daemon {
namespace {

// An interface that comes up gets several addresses and routes within this.
constexpr uint64_t kTogetherUs = 50'000;

// What is called back rests this many times as long as it worked.
constexpr uint64_t kRest = 20;

uint64_t NowUs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1'000;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HostWatch>> HostWatch::Start(sd_event* event, OnChange on_change) {
  ASSIGN_OR_RETURN(netlink::AddressWatch opened, netlink::AddressWatch::Open());
  std::unique_ptr<HostWatch> watch(new HostWatch(std::move(opened), std::move(on_change)));
  const auto on_readable = [](sd_event_source*, int, uint32_t, void* self) {
    static_cast<HostWatch*>(self)->Hear();
    return 0;
  };
  const auto on_time = [](sd_event_source*, uint64_t, void* self) {
    static_cast<HostWatch*>(self)->Tell();
    return 0;
  };
  sd_event_source* source = nullptr;
  int result =
      sd_event_add_io(event, &source, watch->watch_.fd(), EPOLLIN, on_readable, watch.get());
  if (result < 0) return control::SystemError(-result, "watch changes of addresses");
  watch->readable_.reset(source);
  result = sd_event_add_time(event, &source, CLOCK_MONOTONIC, 0, /*accuracy=*/1'000, on_time,
                             watch.get());
  if (result < 0) return control::SystemError(-result, "time changes of addresses");
  watch->timer_.reset(source);
  sd_event_source_set_enabled(source, SD_EVENT_OFF);
  return watch;
}

void HostWatch::Hear() {
  if (!watch_.TakeChange() || std::exchange(armed_, true)) return;
  sd_event_source_set_time(timer_.get(), std::max(NowUs() + kTogetherUs, not_before_us_));
  sd_event_source_set_enabled(timer_.get(), SD_EVENT_ONESHOT);
}

void HostWatch::Tell() {
  armed_ = false;
  const uint64_t start = NowUs();
  on_change_();
  const uint64_t end = NowUs();
  not_before_us_ = end + kRest * (end - start);
}

}  // namespace nftsvc::daemon
