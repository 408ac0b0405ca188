// SPDX-License-Identifier: Apache-2.0
#include "tests/support/iptables_interpreter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/support/brief.h"

namespace nftsvc::testing {

using forwarding::Verdict;
using iptables::TableId;

namespace {

// A probability of xt_statistic is a number out of this (libxt_statistic.c).
constexpr double kWhole = 2147483648.0;

// Jumps deep; the kernel counts the chains of a table, ours go no deeper than this.
constexpr int kMostIptablesJumps = 16;

enum class Flow : uint8_t { kNext, kReturn, kAccept, kDrop, kReject };

uint32_t NumberIn(absl::string_view text) {
  // Base 0 as strtoul(3) has it: marks are hexadecimal.
  return static_cast<uint32_t>(std::strtoul(std::string(text).c_str(), nullptr, 0));
}

// The module that an option of a match belongs to; empty: of iptables itself.
absl::string_view ModuleOf(absl::string_view option, absl::string_view protocol) {
  if (option == "--dport") return protocol;
  if (option == "--comment") return "comment";
  if (option == "--ctstate") return "conntrack";
  if (option == "--mark") return "mark";
  if (option == "--src-type" || option == "--dst-type") return "addrtype";
  if (option == "--mode" || option == "--probability" || option == "--every" ||
      option == "--packet") {
    return "statistic";
  }
  if (option == "--name" || option == "--rcheck" || option == "--seconds" || option == "--reap" ||
      option == "--set") {
    return "recent";
  }
  if (option != "-p" && option != "-s" && option != "-d" && option != "-i") {
    ADD_FAILURE() << "iptables has no option " << option << " that this interpreter knows";
  }
  return "";
}

bool TakesValue(absl::string_view option) {
  return option != "--rcheck" && option != "--reap" && option != "--set" &&
         option != "--random-fully";
}

}  // namespace

// One packet on its way through the hooks, along one of its ways.
class IptablesWalk {
 public:
  // `choices`: how the draws come out; those that it lacks come out as matches and are added.
  IptablesWalk(IptablesInterpreter& tables, const forwarding::Packet& packet,
               std::vector<bool>& choices)
      : tables_(tables), packet_(packet), choices_(choices) {}

  Outcome Run() {
    if (packet_.in_interface.empty()) {
      Sent();
    } else {
      Received();
    }
    if (outcome_.verdict == Verdict::kNone && translated_) {
      outcome_.verdict = Verdict::kForward;
      outcome_.address = packet_.destination;
      outcome_.port = packet_.port;
      outcome_.masquerade = masqueraded_;
    }
    return outcome_;
  }

  double probability() const { return probability_; }

 private:
  using ParsedRule = IptablesInterpreter::ParsedRule;
  using Step = IptablesInterpreter::Step;

  void Received() {
    if (!Pass(TableId::kNat, "PREROUTING")) return;
    if (tables_.IsLocal(packet_.destination)) {
      Pass(TableId::kFilter, "INPUT");
    } else if (Pass(TableId::kFilter, "FORWARD")) {
      Pass(TableId::kNat, "POSTROUTING");
    }
  }

  void Sent() {
    if (!Pass(TableId::kNat, "OUTPUT") || !Pass(TableId::kFilter, "OUTPUT") ||
        !Pass(TableId::kNat, "POSTROUTING")) {
      return;
    }
    if (!tables_.IsLocal(packet_.destination)) return;
    // It comes back in through lo, still new, but its destination has been translated or not
    // (nf_nat_inet_fn: nf_nat_initialized).
    packet_.in_interface = "lo";
    Pass(TableId::kFilter, "INPUT");
  }

  // Whether the packet comes out at the other end of the hook.
  bool Pass(TableId table, const char* hook) {
    table_ = table;
    hook_ = hook;
    const Flow flow = RunChain(hook, 0);
    if (flow != Flow::kDrop && flow != Flow::kReject) return true;
    outcome_.verdict = flow == Flow::kDrop ? Verdict::kDrop : Verdict::kReject;
    return false;
  }

  Flow RunChain(const std::string& name, int depth) {
    const auto chain = tables_.chains_.find({table_, name});
    if (chain == tables_.chains_.end()) {
      // A hook without rules of ours.
      if (depth > 0) ADD_FAILURE() << "no chain " << name;
      return Flow::kReturn;
    }
    if (depth > kMostIptablesJumps) {
      ADD_FAILURE() << "more than " << kMostIptablesJumps << " jumps deep at " << name;
      return Flow::kDrop;
    }
    for (ParsedRule& rule : chain->second) {
      const bool matches =
          std::all_of(rule.matches.begin(), rule.matches.end(),
                      [&](const Step& step) { return Matches(step, rule) != step.negate; });
      if (!matches) continue;
      const Flow flow = Target(rule, depth);
      if (flow != Flow::kNext) return flow;
    }
    return Flow::kReturn;
  }

  bool Matches(const Step& step, ParsedRule& rule) {
    if (step.option == "-s") return step.prefix->Contains(packet_.source);
    if (step.option == "-d") return step.prefix->Contains(packet_.destination);
    if (step.option == "-p") return step.value == base::ProtocolName(packet_.protocol);
    if (step.option == "-i") {
      absl::string_view name = step.value;
      return absl::ConsumeSuffix(&name, "+") ? absl::StartsWith(packet_.in_interface, name)
                                             : packet_.in_interface == name;
    }
    if (step.option == "--dport") return packet_.port == step.number;
    if (step.option == "--ctstate") return IsInState(step.value);
    if (step.option == "--mark") return HasMark(step.value);
    if (step.option == "--src-type") return tables_.IsLocal(packet_.source);
    if (step.option == "--dst-type") return tables_.IsLocal(packet_.destination);
    if (step.option == "--probability") return Draw(step.number);
    if (step.option == "--every") return IsTurn(step.number, rule);
    if (step.option == "--rcheck") {
      return tables_.remembered_.contains({step.value, packet_.source.ToString()});
    }
    if (step.option == "--set") {
      tables_.told_.insert({step.value, packet_.source.ToString()});
    }
    return true;
  }

  bool IsInState(absl::string_view states) const {
    const std::vector<absl::string_view> any = absl::StrSplit(states, ',');
    return std::any_of(any.begin(), any.end(), [this](absl::string_view state) {
      return state == "NEW" || (state == "DNAT" && has_other_destination_);
    });
  }

  bool HasMark(absl::string_view value) const {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(value, '/');
    return (mark_ & NumberIn(parts.second)) == NumberIn(parts.first);
  }

  bool Draw(uint32_t number) {
    if (draws_ == choices_.size()) choices_.push_back(true);
    const bool matches = choices_[draws_++];
    const double chance = number / kWhole;
    probability_ *= matches ? chance : 1 - chance;
    return matches;
  }

  // As in net/netfilter/xt_statistic.c: statistic_mt, XT_STATISTIC_MODE_NTH.
  static bool IsTurn(uint32_t every, ParsedRule& rule) {
    rule.turn = rule.turn == every - 1 ? 0 : rule.turn + 1;
    return rule.turn == 0;
  }

  Flow Target(const ParsedRule& rule, int depth) {
    if (rule.target.empty()) return Flow::kNext;
    if (rule.target == "RETURN") return Flow::kReturn;
    if (rule.target == "ACCEPT") return Flow::kAccept;
    if (rule.target == "DROP") return Flow::kDrop;
    if (rule.target == "REJECT") {
      Expect(table_ == TableId::kFilter, rule);
      return Flow::kReject;
    }
    if (rule.target == "MARK") return SetMark(rule);
    if (rule.target == "DNAT") {
      Expect(table_ == TableId::kNat && (hook_ == "PREROUTING" || hook_ == "OUTPUT"), rule);
      return Translate(rule);
    }
    if (rule.target == "MASQUERADE") {
      Expect(table_ == TableId::kNat && hook_ == "POSTROUTING", rule);
      masqueraded_ = true;
      return Flow::kAccept;
    }
    const Flow flow = RunChain(rule.target, depth + 1);
    return flow == Flow::kReturn ? Flow::kNext : flow;
  }

  Flow SetMark(const ParsedRule& rule) {
    for (const auto& [option, value] : rule.options) {
      if (option == "--or-mark") {
        mark_ |= NumberIn(value);
      } else if (option == "--xor-mark") {
        mark_ ^= NumberIn(value);
      } else {
        Expect(false, rule);
      }
    }
    return Flow::kNext;
  }

  Flow Translate(const ParsedRule& rule) {
    const std::string& to = rule.options.at("--to-destination");
    const size_t colon = to.rfind(':');
    absl::string_view address = absl::string_view(to).substr(0, colon);
    absl::ConsumePrefix(&address, "[");
    absl::ConsumeSuffix(&address, "]");
    const std::optional<base::IpAddress> parsed = base::IpAddress::Parse(address);
    Expect(parsed.has_value() && parsed->family() == tables_.family_, rule);
    const auto port = static_cast<uint16_t>(NumberIn(to.substr(colon + 1)));
    // nf_nat_setup_info sets IPS_DST_NAT only if the translation changes anything.
    has_other_destination_ = packet_.destination != *parsed || packet_.port != port;
    packet_.destination = *parsed;
    packet_.port = port;
    translated_ = true;
    return Flow::kAccept;
  }

  static void Expect(bool right, const ParsedRule& rule) {
    if (!right) ADD_FAILURE() << "iptables would refuse " << rule.text;
  }

  IptablesInterpreter& tables_;
  forwarding::Packet packet_;
  std::vector<bool>& choices_;
  size_t draws_ = 0;
  double probability_ = 1;

  TableId table_ = TableId::kNat;
  std::string hook_;
  uint32_t mark_ = 0;
  bool translated_ = false;
  bool has_other_destination_ = false;
  bool masqueraded_ = false;
  Outcome outcome_;
};

IptablesInterpreter::IptablesInterpreter(const iptables::Ruleset& ruleset,
                                         std::vector<base::IpAddress> local_addresses)
    : family_(ruleset.family), local_addresses_(std::move(local_addresses)) {
  for (const TableId id : iptables::kTables) {
    const iptables::Table& table = ruleset.table(id);
    for (const iptables::Chain& chain : table.chains) {
      const auto [parsed, is_new] = chains_.try_emplace({id, chain.name});
      if (!is_new) ADD_FAILURE() << "twice in its table: " << chain.name;
      for (const iptables::Rule& rule : chain.rules) parsed->second.push_back(Parse(rule));
    }
    for (const iptables::BuiltInRule& jump : table.jumps) {
      chains_[{id, jump.chain}].push_back(Parse(jump.rule));
    }
  }
}

IptablesInterpreter::ParsedRule IptablesInterpreter::Parse(const iptables::Rule& rule) {
  ParsedRule parsed;
  parsed.text = iptables::PrintRule(rule);
  std::set<std::string> modules;
  std::string protocol;
  std::string list;  // of xt_recent
  bool negate = false;
  for (size_t i = 0; i < rule.size(); ++i) {
    const std::string& option = rule[i];
    if (option == "!") {
      negate = true;
      continue;
    }
    std::string value;
    if (TakesValue(option)) {
      if (i + 1 == rule.size()) {
        ADD_FAILURE() << option << " without a value: " << parsed.text;
        break;
      }
      value = rule[++i];
    }
    if (option == "-m") {
      modules.insert(value);
    } else if (option == "-j") {
      parsed.target = value;
    } else if (!parsed.target.empty()) {
      parsed.options[option] = value;
    } else {
      if (option == "-p") protocol = value;
      if (option == "--name") list = value;
      const absl::string_view module = ModuleOf(option, protocol);
      if (!module.empty() && !modules.contains(std::string(module))) {
        ADD_FAILURE() << option << " without -m " << module << ": " << parsed.text;
      }
      Step step{.option = option, .value = value, .negate = negate, .prefix = std::nullopt};
      if (option == "-s" || option == "-d") {
        step.prefix = base::IpPrefix::Parse(value);
        if (!step.prefix.has_value()) ADD_FAILURE() << "no address: " << parsed.text;
      }
      if (option == "--dport" || option == "--every") step.number = NumberIn(value);
      if (option == "--every") parsed.turn = step.number - 1;  // --packet 0
      if (option == "--probability") {
        step.number =
            static_cast<uint32_t>(std::lround(kWhole * std::strtod(value.c_str(), nullptr)));
      }
      if (option == "--rcheck" || option == "--set") step.value = list;
      if (option == "--comment" && value.size() > 255) {
        ADD_FAILURE() << "too long a comment: " << parsed.text;
      }
      parsed.matches.push_back(std::move(step));
    }
    negate = false;
  }
  return parsed;
}

Chances IptablesInterpreter::Run(const forwarding::Packet& packet) {
  Chances chances;
  std::vector<bool> choices;
  do {
    IptablesWalk walk(*this, packet, choices);
    const Outcome outcome = walk.Run();
    chances[Brief(outcome)] += walk.probability();
    // The next way: the last draw that matched does not.
    while (!choices.empty() && !choices.back()) choices.pop_back();
    if (!choices.empty()) choices.back() = false;
  } while (!choices.empty());
  return chances;
}

void IptablesInterpreter::Remember(const std::string& list, const base::IpAddress& client) {
  remembered_.insert({list, client.ToString()});
}

forwarding::Decision WithAnyHairpin(forwarding::Decision decision, const forwarding::Packet& packet,
                                    const forwarding::HostFacts& host) {
  const bool comes_in = !packet.in_interface.empty() && host.IsLocal(decision.address);
  if (decision.verdict == Verdict::kForward && decision.address == packet.source && !comes_in) {
    decision.masquerade = true;
  }
  return decision;
}

bool IptablesInterpreter::IsLocal(const base::IpAddress& address) const {
  return address.is_loopback() || std::find(local_addresses_.begin(), local_addresses_.end(),
                                            address) != local_addresses_.end();
}

}  // namespace nftsvc::testing
