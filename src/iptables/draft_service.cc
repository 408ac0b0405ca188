// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/draft_service.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "src/base/family.h"

namespace nftsvc::iptables {
namespace {

using base::Family;
using model::Path;

// Numbers of proto/nftsvc/v1/snapshot.proto.
constexpr int kLocalPolicy = 2;
constexpr int kRoundRobin = 2;

int NumberOf(base::Protocol protocol) {
  switch (protocol) {
    case base::Protocol::kTcp:
      return 1;
    case base::Protocol::kUdp:
      return 2;
    case base::Protocol::kSctp:
      return 3;
  }
  return 0;
}

class Drafter {
 public:
  Drafter(const FoundService& found, const ChainReaders& readers, const std::string& node,
          ImportNotes& notes, model::IssueCollector& issues)
      : found_(found), readers_(readers), node_(node), notes_(notes), issues_(issues) {}

  model::ServiceDraft Draft(const model::ServiceName& name) {
    draft_.name_space = name.name_space;
    draft_.name = name.name;
    name_ = name.ToString();
    if (found_.is_unnamed) Note("services whose rules have no name, called by their chains");
    AddAddresses();
    AddSourceRanges();
    draft_.internal_traffic_policy =
        PolicyOf(found_.internal, "services with both internal policies, of which LOCAL is taken");
    draft_.external_traffic_policy =
        PolicyOf(found_.external, "services with both external policies, of which LOCAL is taken");
    AddAffinity();
    draft_.health_check_node_port =
        TheOnly(found_.health_checks, Path("health_check_node_port")).value_or(0);
    for (const auto& [port_name, port] : found_.ports) {
      AddPort(port_name.first, port_name.second, port);
    }
    NoteWhatIsNotTold();
    return std::move(draft_);
  }

 private:
  void Note(absl::string_view what) { notes_.AddService(what, name_, found_.line); }
  void Note(absl::string_view what, size_t line) { notes_.AddService(what, name_, line); }

  void AddAddresses() {
    const bool has_node_ports =
        std::any_of(found_.ports.begin(), found_.ports.end(),
                    [](const auto& entry) { return !entry.second.node_ports.empty(); });
    // Services that have node ports too are of the type LoadBalancer more often than not. Where
    // there are source ranges, rules name the addresses that have them.
    const bool has_ranges =
        !found_.more_ranges.empty() || !found_.firewalls[0].empty() || !found_.firewalls[1].empty();
    const bool is_load_balancer = !has_ranges && (has_node_ports || !found_.health_checks.empty());
    for (const auto& [address, kind] : found_.addresses) {
      const bool is_external = kind.external_ip || kind.load_balancer_ip;
      if (kind.cluster_ip + kind.external_ip + kind.load_balancer_ip > 1) {
        Note("addresses of a service with two kinds, of which one is taken", kind.line);
      }
      if (kind.cluster_ip) {
        draft_.cluster_ips.push_back(address.ToString());
      } else if (kind.load_balancer_ip || (!is_external && is_load_balancer)) {
        draft_.load_balancer_ips.push_back(address.ToString());
      } else {
        draft_.external_ips.push_back(address.ToString());
      }
      if (kind.cluster_ip || is_external) continue;
      Note(is_load_balancer ? "addresses taken for load-balancer IPs that may be external IPs"
                            : "addresses taken for external IPs that may be load-balancer IPs",
           kind.line);
    }
  }

  // The address of a load balancer is among its own ranges when the node is: kube-proxy adds it,
  // and so does nftsvcd.
  void AddSourceRanges() {
    for (const Family family : base::kFamilies) {
      const auto index = static_cast<size_t>(family);
      std::set<base::IpPrefix> ranges;
      bool admits_everyone = false;
      for (const KubeChain* chain : found_.firewalls[index]) {
        const ChainMeaning& meaning = readers_[index]->Read(*chain);
        admits_everyone = admits_everyone || meaning.admits_everyone;
        ranges.insert(meaning.ranges.begin(), meaning.ranges.end());
      }
      for (const base::IpPrefix& range : found_.more_ranges) {
        if (range.family() == family) ranges.insert(range);
      }
      if (admits_everyone) continue;
      std::set<base::IpPrefix> without_own = ranges;
      for (const auto& [address, kind] : found_.addresses) {
        if (!kind.load_balancer_ip || address.family() != family) continue;
        without_own.erase(base::IpPrefix(address, SingleLength(family)));
      }
      for (const base::IpPrefix& range : without_own.empty() ? ranges : without_own) {
        draft_.load_balancer_source_ranges.push_back(range.ToString());
      }
    }
  }

  static uint8_t SingleLength(Family family) { return family == Family::kIPv4 ? 32 : 128; }

  int PolicyOf(const FoundPolicy& policy, absl::string_view contradiction) {
    if (policy.local_line == 0) return 0;
    if (policy.cluster_line != 0) Note(contradiction, policy.cluster_line);
    return kLocalPolicy;
  }

  void AddAffinity() {
    if (found_.affinity_seconds.empty()) return;
    const auto& [seconds, line] = *found_.affinity_seconds.rbegin();
    draft_.has_session_affinity = true;
    draft_.client_ip_timeout_seconds = seconds;
    if (found_.affinity_seconds.size() > 1) {
      Note("services with several timeouts of affinity, of which the longest is taken", line);
    }
  }

  template <typename T>
  std::optional<T> TheOnly(const FoundOnLine<T>& values, const Path& path) {
    if (values.empty()) return std::nullopt;
    const auto& [value, line] = *values.begin();
    if (values.size() > 1) {
      const auto& [other, other_line] = *std::next(values.begin());
      issues_.Add(path, "is ", value, " on line ", line, " and ", other, " on line ", other_line);
    }
    return value;
  }

  void AddPort(const std::string& name, base::Protocol protocol, const FoundPort& port) {
    const std::string place = "port " + (name.empty() ? "without a name" : name);
    const Path path(place);
    std::optional<uint16_t> number = TheOnly(port.numbers, Path(path, "port"));
    const std::optional<uint16_t> node_port = TheOnly(port.node_ports, Path(path, "node_port"));
    if (!number.has_value()) {
      if (!node_port.has_value()) return;
      number = node_port;
      Note("ports of which only the node port is told, and taken for both",
           port.node_ports.begin()->second);
    } else if (port.addresses.size() != found_.addresses.size()) {
      Note("ports that have not all addresses of their service, and get them",
           port.numbers.begin()->second);
    }
    model::PortDraft& draft = draft_.ports.emplace_back();
    draft.name = name;
    draft.protocol = NumberOf(protocol);
    draft.port = *number;
    draft.node_port = node_port.value_or(0);
    if (TakesTurns(port)) draft.balancing = kRoundRobin;
    for (const Family family : base::kFamilies) {
      const auto index = static_cast<size_t>(family);
      AddEndpoints(BackendsOf(port.cluster[index], family), BackendsOf(port.local[index], family),
                   draft.endpoints);
    }
  }

  bool TakesTurns(const FoundPort& port) const {
    for (size_t family = 0; family < base::kFamilies.size(); ++family) {
      for (const KubeChain* chain : {port.cluster[family], port.local[family]}) {
        if (chain != nullptr && readers_[family]->Read(*chain).takes_turns) return true;
      }
    }
    return false;
  }

  const std::vector<Backend>* BackendsOf(const KubeChain* chain, Family family) const {
    if (chain == nullptr) return nullptr;
    return &readers_[static_cast<size_t>(family)]->Read(*chain).backends;
  }

  // Both sorted by address and port; null: there is no such chain.
  void AddEndpoints(const std::vector<Backend>* cluster, const std::vector<Backend>* local,
                    std::vector<model::EndpointDraft>& drafts) {
    static const std::vector<Backend> kNone;
    const auto precedes = [](const Backend& a, const Backend& b) {
      return std::tie(a.address, a.port) < std::tie(b.address, b.port);
    };
    if (cluster == nullptr && local != nullptr) {
      Note("services of which only endpoints on this node are told");
      for (const Backend& backend : *local) drafts.push_back(DraftOf(backend, true));
      return;
    }
    const std::vector<Backend>& all = cluster == nullptr ? kNone : *cluster;
    const std::vector<Backend>& here = local == nullptr ? kNone : *local;
    const Backend* same = nullptr;  // the first that is in both, and its weight here
    uint64_t same_weight = 0;
    bool weighs_otherwise = false;
    auto at = here.begin();
    const auto add_only_here = [&] {
      Note("endpoints on this node that are not among all of their service");
      drafts.push_back(DraftOf(*at++, true));
    };
    for (const Backend& backend : all) {
      while (at != here.end() && precedes(*at, backend)) add_only_here();
      const bool is_here = at != here.end() && !precedes(backend, *at);
      drafts.push_back(DraftOf(backend, is_here));
      if (!is_here) continue;
      if (same == nullptr) same = &backend, same_weight = at->weight;
      weighs_otherwise |= backend.weight * same_weight != uint64_t{at->weight} * same->weight;
      ++at;
    }
    while (at != here.end()) add_only_here();
    if (weighs_otherwise) Note("services whose endpoints on this node weigh otherwise among all");
  }

  model::EndpointDraft DraftOf(const Backend& backend, bool is_here) const {
    model::EndpointDraft draft;
    draft.address = backend.address.ToString();
    draft.port = backend.port;
    draft.weight = backend.weight;
    if (is_here) draft.node = node_;
    return draft;
  }

  void NoteWhatIsNotTold() {
    const bool has_endpoints =
        std::any_of(draft_.ports.begin(), draft_.ports.end(),
                    [](const model::PortDraft& port) { return !port.endpoints.empty(); });
    if (draft_.ports.empty()) {
      Note("services of which only the health check is told, left out");
    } else if (!has_endpoints) {
      const bool is_local = found_.internal.local_line != 0 || found_.external.local_line != 0;
      Note(is_local ? "services without endpoints here, of which those elsewhere are not told"
                    : "services without endpoints, whose policies and affinity the rules do not "
                      "tell");
    }
  }

  const FoundService& found_;
  const ChainReaders& readers_;
  const std::string& node_;
  ImportNotes& notes_;
  model::IssueCollector& issues_;
  model::ServiceDraft draft_;
  std::string name_;
};

}  // namespace

DraftSize SizeOf(const FoundService& found, const ChainReaders& readers) {
  DraftSize size;
  for (size_t family = 0; family < base::kFamilies.size(); ++family) {
    const auto backends = [&](const KubeChain* chain) {
      return chain == nullptr ? 0 : readers[family]->Read(*chain).backends.size();
    };
    for (const auto& [name, port] : found.ports) {
      size.endpoints += backends(port.cluster[family]) + backends(port.local[family]);
    }
    for (const KubeChain* chain : found.firewalls[family]) {
      size.source_ranges += readers[family]->Read(*chain).ranges.size();
    }
  }
  return size;
}

model::ServiceDraft DraftService(const model::ServiceName& name, const FoundService& found,
                                 const ChainReaders& readers, const std::string& node,
                                 ImportNotes& notes, model::IssueCollector& issues) {
  return Drafter(found, readers, node, notes, issues).Draft(name);
}

}  // namespace nftsvc::iptables
