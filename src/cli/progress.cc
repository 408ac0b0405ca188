// SPDX-License-Identifier: Apache-2.0
#include "src/cli/progress.h"

#include <array>
#include <chrono>
#include <utility>

#include "absl/strings/str_format.h"

namespace nftsvc::cli {
namespace {

// Below this nobody wonders whether something hangs.
constexpr std::chrono::milliseconds kPatience(300);
constexpr std::chrono::milliseconds kFrame(100);
constexpr std::array<const char*, 4> kSpinner = {"|", "/", "-", "\\"};

// Carriage return, erase to the end of the line (ECMA-48).
constexpr char kErase[] = "\r\x1b[K";

}  // namespace

Progress::Progress(std::ostream& out, std::string text, bool shown)
    : out_(out), text_(std::move(text)) {
  if (shown) thread_ = std::thread([this] { Run(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Progress::Run() {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, kPatience, [this] { return done_; })) return;
  for (size_t frame = 0; !done_; ++frame) {
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
    out_ << kErase
         << absl::StrFormat("%s %s %.1f s", kSpinner[frame % kSpinner.size()], text_,
                            waited.count())
         << std::flush;
    changed_.wait_for(lock, kFrame, [this] { return done_; });
  }
  out_ << kErase << std::flush;
}

}  // namespace nftsvc::cli
