// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <termios.h>

#include <chrono>
#include <ostream>

#include "absl/strings/string_view.h"
#include "src/cli/top_meter.h"

namespace nftsvc::cli {

// The whole of a terminal, for as long as it lives: what it draws replaces what it drew before, and
// what was on the screen is there again afterwards, also after SIGTERM and SIGINT. One at a time.
class Terminal {
 public:
  // `out` is standard output, a terminal.
  explicit Terminal(std::ostream& out);
  ~Terminal();

  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  Screen screen() const;

  void Draw(absl::string_view text);

  enum class Event { kTimeout, kKey, kResized, kQuit };

  // Waits for a key (q and Ctrl-C quit), a signal or the end of the time.
  Event Wait(std::chrono::milliseconds time);

 private:
  std::ostream& out_;
  bool has_keys_ = false;  // standard input is a terminal too
  termios before_ = {};
};

}  // namespace nftsvc::cli
