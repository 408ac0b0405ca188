// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>

namespace nftsvc::cli {

// While it lives, a line on a terminal says what is being waited for and for how long; short waits
// show nothing. The line is gone when it ends.
class Progress {
 public:
  // `shown`: whether `out` is a terminal. Nobody else may write to `out` meanwhile.
  Progress(std::ostream& out, std::string text, bool shown);
  ~Progress();

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void Run();

  std::ostream& out_;
  std::string text_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace nftsvc::cli
