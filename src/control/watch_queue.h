// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "nftsvc/v1/control.pb.h"

namespace nftsvc::control {

// The events that one watcher has not taken yet, in order. It has room for so many; those that come
// while it is full are left out, and a Missed stands where they would have stood.
class WatchQueue {
 public:
  // `id`: of the request that began the watch.
  explicit WatchQueue(uint64_t id) : id_(id) {}

  void Add(const v1::WatchEvent& event);

  // The next one as a frame.
  std::optional<std::string> Next();

  bool empty() const { return frames_.empty() && missed_ == 0; }
  size_t bytes() const { return bytes_; }

 private:
  bool IsFull() const;
  void Push(std::string frame);
  std::string TakeMissed();

  uint64_t id_;
  std::deque<std::string> frames_;
  size_t bytes_ = 0;     // of frames_
  uint64_t missed_ = 0;  // behind frames_

  // Of the last event that was left out.
  std::string missed_time_;
  uint64_t missed_revision_ = 0;
};

}  // namespace nftsvc::control
