// SPDX-License-Identifier: Apache-2.0
#include "src/control/watch_queue.h"

#include <utility>

#include "src/control/frame.h"

namespace nftsvc::control {
namespace {

// Who reads at all never gets near: events are made by people and controllers, a few in a second.
constexpr size_t kMostEvents = 1'000;
constexpr size_t kMostBytes = size_t{64} << 10;

std::string EventFrame(uint64_t id, v1::WatchEvent event) {
  v1::Response response;
  response.set_id(id);
  *response.mutable_watch() = std::move(event);
  return EncodeFrame(response);
}

}  // namespace

bool WatchQueue::IsFull() const { return frames_.size() >= kMostEvents || bytes_ >= kMostBytes; }

void WatchQueue::Push(std::string frame) {
  bytes_ += frame.size();
  frames_.push_back(std::move(frame));
}

std::string WatchQueue::TakeMissed() {
  v1::WatchEvent event;
  event.set_time(missed_time_);
  event.set_revision(missed_revision_);
  event.mutable_missed()->set_events(std::exchange(missed_, 0));
  return EventFrame(id_, std::move(event));
}

void WatchQueue::Add(const v1::WatchEvent& event) {
  if (IsFull()) {
    ++missed_;
    missed_time_ = event.time();
    missed_revision_ = event.revision();
    return;
  }
  if (missed_ > 0) Push(TakeMissed());
  Push(EventFrame(id_, event));
}

std::optional<std::string> WatchQueue::Next() {
  if (frames_.empty()) {
    if (missed_ == 0) return std::nullopt;
    return TakeMissed();
  }
  std::string frame = std::move(frames_.front());
  frames_.pop_front();
  bytes_ -= frame.size();
  return frame;
}

}  // namespace nftsvc::control
