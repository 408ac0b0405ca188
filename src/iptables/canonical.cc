// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/canonical.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "src/base/ip_prefix.h"

namespace nftsvc::iptables {
namespace {

constexpr uint32_t kAllBits = 0xffffffff;

struct Option {
  bool negate = false;
  std::string name;
  std::string value;
};

// An option has what follows it up to the next one as its value.
std::vector<Option> OptionsOf(const Rule& rule) {
  std::vector<Option> options;
  bool negate = false;
  for (const std::string& argument : rule) {
    if (argument == "!") {
      negate = true;
    } else if (absl::StartsWith(argument, "-") || options.empty()) {
      options.push_back({.negate = std::exchange(negate, false), .name = argument, .value = ""});
    } else {
      absl::StrAppend(&options.back().value, options.back().value.empty() ? "" : " ", argument);
    }
  }
  return options;
}

// "0x4000", "16384"; what is no number stays apart from all numbers.
std::string Number(absl::string_view text) {
  uint32_t number = 0;
  const bool is_number = absl::StartsWith(text, "0x") ? absl::SimpleHexAtoi(text, &number)
                                                      : absl::SimpleAtoi(text, &number);
  return is_number ? absl::StrCat(number) : absl::StrCat("?", text);
}

// Value and mask: "0x4000/0x4000". Without a mask, all bits.
std::string Masked(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('/', 1));
  return absl::StrCat(Number(parts[0]), "/",
                      parts.size() > 1 ? Number(parts[1]) : absl::StrCat(kAllBits));
}

// As xt_statistic keeps it.
std::string Probability(absl::string_view text) {
  double probability = 0;
  if (!absl::SimpleAtod(text, &probability)) return std::string(text);
  return absl::StrCat(std::llround(probability * 2147483648.0));
}

// Whether it says only what goes without saying.
bool IsDefault(const Option& option) {
  if (option.name == "-m" || option.name == "--rsource") return true;
  if (option.name == "--packet") return option.value == "0";
  if (option.name == "--reject-with") {
    return option.value == "icmp-port-unreachable" || option.value == "icmp6-port-unreachable";
  }
  if (option.name == "--mask") {  // of xt_recent
    return option.value == "255.255.255.255" ||
           option.value == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  }
  return false;
}

Option Normal(Option option) {
  if (option.name == "-s" || option.name == "-d") {
    const std::optional<base::IpPrefix> prefix = base::IpPrefix::Parse(option.value);
    if (prefix.has_value()) option.value = prefix->ToString();
  } else if (option.name == "--mark" || option.name == "--set-xmark") {
    option.value = Masked(option.value);
  } else if (option.name == "--or-mark") {
    option.name = "--set-xmark";
    option.value = absl::StrCat(Number(option.value), "/", Number(option.value));
  } else if (option.name == "--xor-mark") {
    option.name = "--set-xmark";
    option.value = absl::StrCat(Number(option.value), "/0");
  } else if (option.name == "--probability") {
    option.value = Probability(option.value);
  }
  return option;
}

}  // namespace

std::string Canonical(const Rule& rule) {
  std::vector<std::string> matches;
  std::vector<std::string> target;
  for (const Option& written : OptionsOf(rule)) {
    if (IsDefault(written)) continue;
    const Option option = Normal(written);
    const bool is_target = !target.empty() || option.name == "-j" || option.name == "-g";
    (is_target ? target : matches)
        .push_back(absl::StrCat(option.negate ? "! " : "", option.name, " ", option.value));
  }
  std::sort(matches.begin(), matches.end());
  if (!target.empty()) std::sort(target.begin() + 1, target.end());
  return absl::StrCat(absl::StrJoin(matches, "\n"), "\n\n", absl::StrJoin(target, "\n"));
}

std::string TargetOf(const Rule& rule) {
  for (size_t i = 0; i + 1 < rule.size(); ++i) {
    if (rule[i] == "-j" || rule[i] == "-g") return rule[i + 1];
  }
  return "";
}

}  // namespace nftsvc::iptables
