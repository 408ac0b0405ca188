// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/saved_rule.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace nftsvc::iptables {
namespace {

// Options that choose nothing between the packets that services are about, or repeat what the
// target says, with how many values they have.
struct Passed {
  absl::string_view name;
  size_t values;
};

constexpr std::array kPassed = {
    Passed{"-m", 1},
    Passed{"--match", 1},
    Passed{"--mode", 1},
    Passed{"--name", 1},
    Passed{"--mask", 1},
    Passed{"--rsource", 0},
    Passed{"--reap", 0},
    Passed{"--rcheck", 0},
    Passed{"--set", 0},
    Passed{"--ctstate", 1},
    Passed{"--state", 1},
    Passed{"--ctstatus", 1},
    Passed{"--mark", 1},
    Passed{"--nfacct-name", 1},
    Passed{"--physdev-is-in", 0},
    Passed{"--reject-with", 1},
    Passed{"--random", 0},
    Passed{"--persistent", 0},
    Passed{"--physdev-is-out", 0},
    Passed{"--physdev-is-bridged", 0},
};

class RuleReader {
 public:
  RuleReader(const std::vector<absl::string_view>& arguments, size_t line) : arguments_(arguments) {
    rule_.line = line;
  }

  SavedRule Read() {
    while (at_ < arguments_.size()) ReadOption();
    return rule_;
  }

 private:
  void ReadOption() {
    negated_ = arguments_[at_] == "!";
    if (negated_ && ++at_ == arguments_.size()) return Strange("!");
    option_ = arguments_[at_++];
    // Before iptables 1.4.3: "-s ! 10.0.0.0/8".
    if (at_ + 1 < arguments_.size() && arguments_[at_] == "!" &&
        !absl::StartsWith(arguments_[at_ + 1], "-")) {
      negated_ = true;
      ++at_;
    }
    if (!ReadCondition() && !ReadTarget() && !Pass()) SkipUnknown();
  }

  bool ReadCondition() {
    if (Is("-s", "--source")) {
      rule_.not_source = negated_;
      ReadPrefix(rule_.source);
    } else if (Is("-d", "--destination")) {
      rule_.not_destination = negated_;
      ReadPrefix(rule_.destination);
    } else if (Is("-i", "--in-interface")) {
      rule_.not_in_interface = negated_;
      rule_.in_interface = Value();
    } else if (Is("-p", "--protocol")) {
      rule_.protocol = base::ParseProtocol(Value());
      if (!rule_.protocol.has_value() || negated_) Strange(option_);
    } else if (Is("--dport", "--destination-port")) {
      uint32_t port = 0;
      const bool read = absl::SimpleAtoi(Value(), &port) && port >= 1 && port <= UINT16_MAX;
      if (read) rule_.port = static_cast<uint16_t>(port);
      if (!read || negated_) Strange(option_);
    } else if (Is("--src-type") || Is("--dst-type")) {
      ReadAddressType(option_ == "--src-type" ? rule_.from_local : rule_.to_local);
    } else if (Is("--probability")) {
      double probability = 0;
      const bool read = absl::SimpleAtod(Value(), &probability) && std::isfinite(probability) &&
                        probability >= 0 && probability <= 1;
      if (read) rule_.probability = probability;
      if (!read || negated_) Strange(option_);
    } else if (Is("--every")) {
      uint32_t every = 0;
      const bool read = absl::SimpleAtoi(Value(), &every) && every >= 1;
      if (read) rule_.probability = 1.0 / every;
      rule_.in_turn = true;
      if (!read || negated_) Strange(option_);
    } else if (Is("--packet")) {
      if (Value() != "0") Strange(option_);
    } else if (Is("--seconds")) {
      if (!absl::SimpleAtoi(Value(), &rule_.recent_seconds)) Strange(option_);
    } else if (Is("--comment")) {
      rule_.comment = Value();
    } else {
      return false;
    }
    return true;
  }

  bool ReadTarget() {
    if (Is("-j", "--jump") || Is("-g", "--goto")) {
      rule_.target = Value();
    } else if (Is("--to-destination")) {
      rule_.to_destination = Value();
    } else if (Is("--set-xmark", "--or-mark") || Is("--set-mark")) {
      rule_.mark = Value();
    } else if (Is("--random-fully")) {
      rule_.random_fully = true;
    } else {
      return false;
    }
    return true;
  }

  bool Pass() {
    const auto* found = std::find_if(kPassed.begin(), kPassed.end(),
                                     [&](const Passed& passed) { return passed.name == option_; });
    if (found == kPassed.end()) return false;
    at_ = std::min(at_ + found->values, arguments_.size());
    return true;
  }

  // How many values it has is not known; none looks like an option.
  void SkipUnknown() {
    Strange(option_);
    while (at_ < arguments_.size() && arguments_[at_] != "!" &&
           !absl::StartsWith(arguments_[at_], "-")) {
      ++at_;
    }
  }

  bool Is(absl::string_view name, absl::string_view other_name = "") const {
    return option_ == name || (!other_name.empty() && option_ == other_name);
  }

  absl::string_view Value() {
    if (at_ < arguments_.size()) return arguments_[at_++];
    Strange(option_);
    return "";
  }

  void ReadPrefix(std::optional<base::IpPrefix>& prefix) {
    prefix = base::IpPrefix::Parse(Value());
    if (!prefix.has_value()) Strange(option_);
  }

  // kube-proxy asks for "! --src-type LOCAL" where a bridge might deliver a packet twice.
  void ReadAddressType(bool& local) {
    const bool is_local = Value() == "LOCAL";
    if (is_local && !negated_) local = true;
    if (!is_local) Strange(option_);
  }

  void Strange(absl::string_view option) {
    if (rule_.strange.empty()) rule_.strange = option.empty() ? "\"\"" : option;
  }

  const std::vector<absl::string_view>& arguments_;
  size_t at_ = 0;
  absl::string_view option_;
  bool negated_ = false;
  SavedRule rule_;
};

}  // namespace

SavedRule ReadRule(const std::vector<absl::string_view>& arguments, size_t line) {
  return RuleReader(arguments, line).Read();
}

}  // namespace nftsvc::iptables
