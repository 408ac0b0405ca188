// SPDX-License-Identifier: Apache-2.0
#include "src/cli/terminal.h"

#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "absl/strings/str_split.h"

namespace nftsvc::cli {
namespace {

// What xterm and its descendants understand: another screen without a cursor, and back.
constexpr absl::string_view kEnter = "\x1b[?1049h\x1b[?25l";
constexpr absl::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr absl::string_view kHome = "\x1b[H";
constexpr absl::string_view kClearLine = "\x1b[K";
constexpr absl::string_view kClearBelow = "\x1b[J";

volatile std::sig_atomic_t g_is_ended = 0;

void EndOnSignal(int) { g_is_ended = 1; }
void IgnoreSignal(int) {}

// Without SA_RESTART, so that waiting ends.
void HandleSignal(int number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigaction(number, &action, nullptr);
}

}  // namespace

Terminal::Terminal(std::ostream& out) : out_(out), has_keys_(isatty(STDIN_FILENO) == 1) {
  g_is_ended = 0;
  HandleSignal(SIGTERM, EndOnSignal);
  HandleSignal(SIGINT, EndOnSignal);
  HandleSignal(SIGHUP, EndOnSignal);
  HandleSignal(SIGWINCH, IgnoreSignal);
  if (has_keys_ && tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  out_ << kEnter << std::flush;
}

Terminal::~Terminal() {
  out_ << kLeave << std::flush;
  if (has_keys_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGWINCH}) HandleSignal(number, SIG_DFL);
}

Screen Terminal::screen() const {
  winsize size = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) {
    return {.rows = 24, .columns = 80};
  }
  return {.rows = size.ws_row, .columns = size.ws_col};
}

void Terminal::Draw(absl::string_view text) {
  out_ << kHome;
  absl::string_view gap;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    out_ << gap << line << kClearLine;
    gap = "\r\n";  // none behind the last line, which would scroll
  }
  out_ << kClearBelow << std::flush;
}

Terminal::Event Terminal::Wait(std::chrono::milliseconds time) {
  if (g_is_ended != 0 || !out_) return Event::kQuit;
  fd_set readable;
  FD_ZERO(&readable);
  if (has_keys_) FD_SET(STDIN_FILENO, &readable);
  timeval timeout = {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
  const int ready = select(STDIN_FILENO + 1, &readable, nullptr, nullptr, &timeout);
  if (g_is_ended != 0) return Event::kQuit;
  if (ready < 0) return errno == EINTR ? Event::kResized : Event::kQuit;
  if (ready == 0) return Event::kTimeout;
  char key = 0;
  if (read(STDIN_FILENO, &key, 1) <= 0) return Event::kQuit;
  return key == 'q' || key == 'Q' ? Event::kQuit : Event::kKey;
}

}  // namespace nftsvc::cli
