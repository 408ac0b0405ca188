// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "src/cli/commands.h"
#include "src/cli/terminal.h"
#include "src/cli/top_meter.h"
#include "src/wire/json.h"

namespace nftsvc::cli {
namespace {

constexpr char kTopExamples[] =
    R"(Asks the daemon for its counters every now and then, and shows by how much they grew: connections that were
opened, for each port and each of its endpoints. With session affinity an endpoint's numbers are "new" clients only.
On a terminal it draws in place until q is pressed; else it prints a table each time.

All services are asked for at most a tenth of the time; where there are very many, those that were busiest are
asked for meanwhile.

Examples:
  nftsvc top
  nftsvc top --once --interval 5
  nftsvc top --count 60 --output json >minute.json
)";

// How many services are asked for when all of them would take too long: more than a screen shows.
constexpr size_t kBusiest = 100;

// All are asked for at most this share of the time.
constexpr double kAllShare = 0.1;

struct TopFlags {
  double interval = 1;
  uint64_t count = 0;  // 0: no end
  bool once = false;
};

double SecondsNow() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Top {
 public:
  Top(Session& session, const TopFlags& flags) : session_(session), flags_(flags) {
    if (session.out_is_terminal && !session.json && !flags.once) terminal_.emplace(session.out);
  }

  int Run() {
    const uint64_t count = flags_.once ? 1 : flags_.count;
    if (!Read()) return Failed();
    for (uint64_t i = 0; count == 0 || i < count; ++i) {
      if (!Wait()) break;
      if (!Read()) return Failed();
      Show();
      if (!session_.out) break;
    }
    return kDone;
  }

 private:
  // An error is not for the screen that goes away.
  int Failed() {
    terminal_.reset();
    return session_.Report(error_);
  }

  bool Read() {
    const double start = SecondsNow();
    const bool all = start >= next_all_;
    v1::Request request;
    v1::ListRequest& list = *request.mutable_list();
    if (!all) {
      for (std::string& name : meter_.Busiest(kBusiest)) list.add_services(std::move(name));
    }
    absl::StatusOr<v1::Response> response = session_.call(session_.socket, std::move(request));
    if (!response.ok()) {
      error_.set_message(std::string(response.status().message()));
      return false;
    }
    if (response->has_error()) {
      error_ = response->error();
      return false;
    }
    if (all) {
      meter_.ReadAll(response->list(), start);
      next_all_ = start + (SecondsNow() - start) / kAllShare;
    } else {
      meter_.ReadSome(response->list(), start);
    }
    return true;
  }

  // False: the user has seen enough.
  bool Wait() {
    next_ = std::max(next_ + flags_.interval, SecondsNow());
    if (first_) next_ = SecondsNow() + flags_.interval;
    first_ = false;
    while (true) {
      const std::chrono::milliseconds left(
          static_cast<int64_t>(std::max(0.0, (next_ - SecondsNow()) * 1000)));
      if (!terminal_.has_value()) {
        absl::SleepFor(absl::FromChrono(left));
        return true;
      }
      switch (terminal_->Wait(left)) {
        case Terminal::Event::kQuit:
          return false;
        case Terminal::Event::kTimeout:
          return true;
        case Terminal::Event::kKey:
        case Terminal::Event::kResized:
          Show();
      }
    }
  }

  void Show() {
    const Screen screen = terminal_.has_value() ? terminal_->screen() : Screen();
    // Every port has a line at least.
    v1::TopSample sample = meter_.Sample(screen.rows == 0 ? SIZE_MAX : screen.rows);
    if (session_.json) {
      sample.set_time(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone()));
      session_.out << wire::PrintJsonLine(sample) << std::flush;
      return;
    }
    const std::string title = absl::StrCat(
        Count(meter_.service_count(), "service"), ", ",
        absl::StrFormat("%.1f", sample.connections_per_second()), " connections/s, every ",
        absl::StrFormat("%g s", flags_.interval), terminal_.has_value() ? "; q: quit" : "");
    const std::string text = RenderTop(sample, title, screen, session_.out_style);
    if (terminal_.has_value()) {
      terminal_->Draw(text);
    } else {
      session_.out << text << std::flush;
    }
  }

  Session& session_;
  const TopFlags& flags_;
  std::optional<Terminal> terminal_;
  TopMeter meter_;
  v1::Error error_;
  double next_all_ = 0;
  double next_ = 0;
  bool first_ = true;
};

}  // namespace

void AddTop(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<TopFlags>();
  CLI::App* command =
      app.add_subcommand("top", "Watch connections per second, by service and endpoint");
  command->add_option("--interval", flags->interval, "Seconds between two looks")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.05, 86400.0))
      ->capture_default_str();
  command->add_option("--count", flags->count, "How many times to show; 0: until stopped")
      ->type_name("NUMBER")
      ->capture_default_str();
  command->add_flag("--once", flags->once, "Show once, after one interval, as lines");
  command->footer(kTopExamples);
  command->callback([&session, &exit_code, flags] { exit_code = Top(session, *flags).Run(); });
}

}  // namespace nftsvc::cli
