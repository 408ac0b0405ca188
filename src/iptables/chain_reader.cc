// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/chain_reader.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "src/iptables/read_weights.h"
#include "src/model/limits.h"

namespace nftsvc::iptables {
namespace {

constexpr char kInexact[] = "chains whose probabilities no weights make exactly";

// Chains and targets that mark, log or drop; which packets meet them follows from the others.
bool IsPassedOver(absl::string_view target) {
  return target.empty() || absl::StartsWith(target, "KUBE-MARK-") || target == "DROP" ||
         target == "MARK";
}

// "10.0.0.1:80", "[fd00::1]:80".
std::optional<Backend> ParseBackend(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  absl::string_view host = text.substr(0, colon);
  const bool bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  const std::optional<base::IpAddress> address = base::IpAddress::Parse(host);
  uint32_t port = 0;
  if (!address.has_value() || !absl::SimpleAtoi(text.substr(colon + 1), &port) || port == 0 ||
      port > UINT16_MAX || bracketed != (address->family() == base::Family::kIPv6)) {
    return std::nullopt;
  }
  return Backend{.address = *address, .port = static_cast<uint16_t>(port)};
}

// One for each address and port, with the sum of the weights, and these without a common divisor.
void Merge(std::vector<Backend>& backends) {
  const auto key = [](const Backend& b) { return std::tie(b.address, b.port); };
  std::sort(backends.begin(), backends.end(),
            [&](const Backend& a, const Backend& b) { return key(a) < key(b); });
  std::vector<Backend> merged;
  merged.reserve(backends.size());
  for (const Backend& backend : backends) {
    if (!merged.empty() && key(merged.back()) == key(backend)) {
      merged.back().weight += backend.weight;
    } else {
      merged.push_back(backend);
    }
  }
  uint32_t divisor = 0;
  for (const Backend& backend : merged) divisor = std::gcd(divisor, backend.weight);
  if (divisor > 1) {
    for (Backend& backend : merged) backend.weight /= divisor;
  }
  backends = std::move(merged);
}

}  // namespace

ChainRole RoleOf(absl::string_view chain) {
  constexpr std::array<std::pair<absl::string_view, ChainRole>, 6> kPrefixes = {{
      {"KUBE-SVC-", ChainRole::kCluster},
      {"KUBE-SVL-", ChainRole::kLocal},
      {"KUBE-EXT-", ChainRole::kExternal},
      {"KUBE-XLB-", ChainRole::kExternalLocal},
      {"KUBE-FW-", ChainRole::kFirewall},
      {"KUBE-SEP-", ChainRole::kEndpoint},
  }};
  for (const auto& [prefix, role] : kPrefixes) {
    if (absl::StartsWith(chain, prefix)) return role;
  }
  return ChainRole::kOther;
}

const KubeChain* ChainReader::Target(const SavedRule& rule) {
  const KubeChain* chain = nat_.Find(rule.target);
  if (chain == nullptr) notes_.AddLine("rules that jump to a chain that is not there", rule.line);
  return chain;
}

const ChainMeaning& ChainReader::Read(const KubeChain& chain) {
  std::unique_ptr<ChainMeaning>& slot = meanings_[static_cast<size_t>(&chain - nat_.chains.data())];
  if (slot != nullptr) return *slot;
  slot = std::make_unique<ChainMeaning>();
  switch (RoleOf(chain.name)) {
    case ChainRole::kCluster:
    case ChainRole::kLocal:
    case ChainRole::kExternalLocal:
      ReadBalance(chain, *slot);
      break;
    case ChainRole::kExternal:
      ReadExternal(chain, *slot);
      break;
    case ChainRole::kFirewall:
      ReadFirewall(chain, *slot);
      break;
    case ChainRole::kEndpoint:
      ReadEndpoint(chain, *slot);
      break;
    case ChainRole::kOther:
      break;
  }
  return *slot;
}

void ChainReader::NoteUnread() {
  for (size_t i = 0; i < meanings_.size(); ++i) {
    const KubeChain& chain = nat_.chains[i];
    if (meanings_[i] != nullptr || RoleOf(chain.name) == ChainRole::kOther) continue;
    notes_.AddLine("chains that no service leads to", chain.line);
  }
}

// Rules to endpoints: those of affinity first, then one for each endpoint with the probability that
// it takes what the ones before left.
void ChainReader::ReadBalance(const KubeChain& chain, ChainMeaning& meaning) {
  std::vector<double> probabilities;
  std::vector<const SavedRule*> rules;
  bool complete = false;  // nothing is left
  for (const SavedRule& rule : chain.rules) {
    if (RoleOf(rule.target) != ChainRole::kEndpoint) {
      const bool leads_on = RoleOf(chain.name) == ChainRole::kExternalLocal;
      if (!IsPassedOver(rule.target) && !(leads_on && Follow(rule, meaning))) Leave(rule);
    } else if (rule.recent_seconds > 0) {
      if (meaning.affinity_seconds == 0) {
        meaning.affinity_seconds = rule.recent_seconds;
        meaning.affinity_line = rule.line;
      } else if (meaning.affinity_seconds != rule.recent_seconds) {
        Leave(rule);
      }
    } else if (complete || !rule.strange.empty() || rule.source.has_value() || rule.from_local) {
      Leave(rule);
    } else {
      probabilities.push_back(rule.probability.value_or(1));
      if (rule.in_turn) meaning.takes_turns = true;
      rules.push_back(&rule);
      complete = !rule.probability.has_value();
    }
  }
  const Shares shares = WeightsOf(probabilities);
  if (!rules.empty() && (!shares.exact || !complete)) notes_.AddLine(kInexact, chain.line);
  for (size_t i = 0; i < rules.size(); ++i) {
    const KubeChain* endpoint = Target(*rules[i]);
    if (endpoint == nullptr) continue;
    for (Backend backend : Read(*endpoint).backends) {
      backend.weight = shares.weights[i];
      meaning.backends.push_back(backend);
    }
  }
  Merge(meaning.backends);
}

void ChainReader::ReadExternal(const KubeChain& chain, ChainMeaning& meaning) {
  for (const SavedRule& rule : chain.rules) {
    if (rule.target == "KUBE-MARK-MASQ" && rule.is_unconditional()) meaning.keeps_source = false;
    const bool is_passed_over = IsPassedOver(rule.target) || rule.target == "ACCEPT";
    if (!is_passed_over && !Follow(rule, meaning)) Leave(rule);
  }
}

// Ranges that return go on to be refused, because there are no endpoints.
void ChainReader::ReadFirewall(const KubeChain& chain, ChainMeaning& meaning) {
  for (const SavedRule& rule : chain.rules) {
    if (IsPassedOver(rule.target) || rule.target == "ACCEPT") continue;
    const bool returns = rule.target == "RETURN" && rule.source.has_value();
    if (!rule.strange.empty() || rule.not_source || (!returns && !Follow(rule, meaning))) {
      Leave(rule);
    } else if (!rule.source.has_value()) {
      meaning.admits_everyone = true;
    } else if (meaning.ranges.size() <= model::kMaxSourceRanges) {
      meaning.ranges.push_back(*rule.source);
    }
  }
}

void ChainReader::ReadEndpoint(const KubeChain& chain, ChainMeaning& meaning) {
  for (const SavedRule& rule : chain.rules) {
    if (rule.target == "KUBE-MARK-MASQ" || rule.target == "MARK") continue;
    const std::optional<Backend> backend =
        rule.target == "DNAT" ? ParseBackend(rule.to_destination) : std::nullopt;
    if (backend.has_value() && meaning.backends.empty()) {
      meaning.backends.push_back(*backend);
    } else {
      Leave(rule);
    }
  }
}

// False if it leads to no chain of a service.
bool ChainReader::Follow(const SavedRule& rule, ChainMeaning& meaning) {
  const KubeChain** link = nullptr;
  switch (RoleOf(rule.target)) {
    case ChainRole::kCluster:
      link = &meaning.cluster;
      break;
    case ChainRole::kLocal:
      link = &meaning.local;
      break;
    case ChainRole::kExternal:
    case ChainRole::kExternalLocal:
      link = &meaning.external;
      break;
    case ChainRole::kFirewall:
    case ChainRole::kEndpoint:
    case ChainRole::kOther:
      return false;
  }
  if (*link == nullptr) *link = Target(rule);
  return *link == nullptr || (*link)->name == rule.target;
}

}  // namespace nftsvc::iptables
