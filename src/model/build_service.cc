// SPDX-License-Identifier: Apache-2.0
#include "src/model/build_service.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "src/model/build_addresses.h"
#include "src/model/build_endpoints.h"
#include "src/model/check_text.h"
#include "src/model/limits.h"

namespace nftsvc::model {
namespace {

// Drafts carry the numbers of the enums in proto/nftsvc/v1/snapshot.proto; 0 is the default.
std::optional<base::Protocol> ReadProtocol(int number) {
  switch (number) {
    case 1:
      return base::Protocol::kTcp;
    case 2:
      return base::Protocol::kUdp;
    case 3:
      return base::Protocol::kSctp;
    default:
      return std::nullopt;
  }
}

std::optional<TrafficPolicy> ReadTrafficPolicy(int number) {
  switch (number) {
    case 0:
    case 1:
      return TrafficPolicy::kCluster;
    case 2:
      return TrafficPolicy::kLocal;
    default:
      return std::nullopt;
  }
}

std::optional<Balancing> ReadBalancing(int number) {
  switch (number) {
    case 0:
    case 1:
      return Balancing::kRandom;
    case 2:
      return Balancing::kRoundRobin;
    case 3:
      return Balancing::kSourceHash;
    case 4:
      return Balancing::kFlowHash;
    case 5:
      return Balancing::kMaglev;
    default:
      return std::nullopt;
  }
}

class ServiceBuilder {
 public:
  ServiceBuilder(const ServiceDraft& draft, const Path& path, PlacementPool& placements,
                 IssueCollector& issues)
      : draft_(draft), path_(path), placements_(placements), issues_(issues) {}

  Service Build() {
    BuildLabels();
    BuildAddresses();
    service_.internal_traffic_policy =
        BuildPolicy(draft_.internal_traffic_policy, "internal_traffic_policy");
    service_.external_traffic_policy =
        BuildPolicy(draft_.external_traffic_policy, "external_traffic_policy");
    BuildAffinity();
    service_.health_check_node_port =
        BuildNodePort(draft_.health_check_node_port, Path(path_, "health_check_node_port"));
    if (service_.health_check_node_port != 0) {
      node_ports_.emplace(std::pair(base::Protocol::kTcp, service_.health_check_node_port),
                          kHealthCheck);
    }
    BuildPorts();
    return std::move(service_);
  }

 private:
  void BuildLabels() {
    const Path path(path_, "labels");
    if (!CheckCount(draft_.labels.size(), kMaxLabels, path, issues_)) return;
    for (const auto& [key, value] : draft_.labels) {
      CheckText(key, kLabelRule, path, issues_);
      CheckText(value, kLabelRule, path, issues_);
    }
    service_.labels = {draft_.labels.begin(), draft_.labels.end()};
  }

  void BuildAddresses() {
    const size_t before = issues_.count();
    model::BuildAddresses(draft_, path_, service_, issues_);
    families_known_ = issues_.count() == before;
    for (const auto* list :
         {&service_.cluster_ips, &service_.external_ips, &service_.load_balancer_ips}) {
      for (const base::IpAddress& ip : *list)
        has_address_in_[static_cast<size_t>(ip.family())] = true;
    }
  }

  TrafficPolicy BuildPolicy(int number, absl::string_view field) {
    const std::optional<TrafficPolicy> policy = ReadTrafficPolicy(number);
    if (!policy.has_value()) {
      issues_.Add(Path(path_, field), number, " is not a traffic policy");
    }
    return policy.value_or(TrafficPolicy::kCluster);
  }

  void BuildAffinity() {
    if (!draft_.has_session_affinity) return;
    uint32_t seconds = draft_.client_ip_timeout_seconds;
    if (seconds == 0) seconds = kDefaultAffinitySeconds;
    if (seconds > kMaxAffinitySeconds) {
      const Path affinity(path_, "session_affinity");
      issues_.Add(Path(affinity, "client_ip_timeout_seconds"), seconds, " is more than ",
                  kMaxAffinitySeconds);
    }
    service_.client_ip_affinity = std::chrono::seconds(seconds);
  }

  // 0: none.
  uint16_t BuildNodePort(uint32_t number, const Path& path) {
    if (number <= UINT16_MAX) return static_cast<uint16_t>(number);
    issues_.Add(path, number, " is not a port");
    return 0;
  }

  void BuildPorts() {
    const Path path(path_, "ports");
    if (draft_.ports.empty()) issues_.Add(path, "a service needs at least one");
    if (!CheckCount(draft_.ports.size(), kMaxPortsPerService, path, issues_)) return;
    service_.ports.reserve(draft_.ports.size());
    for (size_t i = 0; i < draft_.ports.size(); ++i) {
      BuildPort(draft_.ports[i], i, Path(path_, "ports", i));
    }
    std::sort(service_.ports.begin(), service_.ports.end(), [](const Port& a, const Port& b) {
      return std::tie(a.name, a.protocol, a.port) < std::tie(b.name, b.protocol, b.port);
    });
  }

  void BuildPort(const PortDraft& draft, size_t index, const Path& path) {
    Port port;
    port.name = BuildPortName(draft.name, index, Path(path, "name"));
    const std::optional<base::Protocol> protocol = BuildProtocol(draft.protocol, path);
    const bool has_port = draft.port >= 1 && draft.port <= UINT16_MAX;
    if (!has_port) issues_.Add(Path(path, "port"), draft.port, " is not a port");
    port.port = static_cast<uint16_t>(draft.port);
    port.node_port = BuildNodePort(draft.node_port, Path(path, "node_port"));
    if (protocol.has_value()) {
      port.protocol = *protocol;
      CheckUnique(port, has_port, index, path);
    }
    const std::optional<Balancing> balancing = ReadBalancing(draft.balancing);
    if (!balancing.has_value()) {
      issues_.Add(Path(path, "balancing"), draft.balancing, " is not a way of balancing");
    }
    port.balancing = balancing.value_or(Balancing::kRandom);
    if (draft_.has_session_affinity && IsByHash(port.balancing)) {
      issues_.Add(Path(path, "balancing"), "a hash cannot be combined with session_affinity");
    }
    CheckHasFrontend(draft, path);
    port.endpoints = BuildEndpoints(draft.endpoints, path, Reachable(draft), placements_, issues_);
    if (draft_.has_session_affinity) CheckPortNumbers(port.endpoints, Path(path, "endpoints"));
    if (protocol.has_value() && has_port) service_.ports.push_back(std::move(port));
  }

  void CheckPortNumbers(const std::vector<Endpoint>& endpoints, const Path& path) {
    absl::flat_hash_set<uint16_t> numbers;
    for (const Endpoint& endpoint : endpoints) numbers.insert(endpoint.port);
    if (numbers.size() <= kMaxAffinityPortNumbers) return;
    issues_.Add(path, "have ", numbers.size(), " different port numbers, at most ",
                kMaxAffinityPortNumbers, " are allowed with session_affinity");
  }

  std::string BuildPortName(const std::string& name, size_t index, const Path& path) {
    if (!CheckText(name, kPortNameRule, path, issues_)) return "";
    if (name.empty() && draft_.ports.size() > 1) {
      issues_.Add(path, "is needed, because the service has several ports");
      return "";
    }
    const auto [first, is_new] = port_names_.emplace(name, index);
    if (!is_new) issues_.Add(path, Quoted{name}, " is the name of ports[", first->second, "] too");
    return name;
  }

  std::optional<base::Protocol> BuildProtocol(int number, const Path& port) {
    const std::optional<base::Protocol> protocol = ReadProtocol(number);
    if (number == 0) {
      issues_.Add(Path(port, "protocol"), "is needed: TCP, UDP or SCTP");
    } else if (!protocol.has_value()) {
      issues_.Add(Path(port, "protocol"), number, " is not a protocol");
    }
    return protocol;
  }

  void CheckUnique(const Port& port, bool has_port, size_t index, const Path& path) {
    const absl::string_view protocol = base::ProtocolName(port.protocol);
    if (has_port) {
      const auto [first, is_new] = ports_.emplace(std::pair(port.protocol, port.port), index);
      if (!is_new) {
        issues_.Add(Path(path, "port"), port.port, "/", protocol, " is ports[", first->second,
                    "] too");
      }
    }
    if (port.node_port == 0) return;
    const auto [first, is_new] =
        node_ports_.emplace(std::pair(port.protocol, port.node_port), index);
    if (is_new) return;
    const Path at(path, "node_port");
    if (first->second == kHealthCheck) {
      issues_.Add(at, port.node_port, "/", protocol, " is health_check_node_port too");
    } else {
      issues_.Add(at, port.node_port, "/", protocol, " is that of ports[", first->second, "] too");
    }
  }

  bool HasAddressDrafts() const {
    return !draft_.cluster_ips.empty() || !draft_.external_ips.empty() ||
           !draft_.load_balancer_ips.empty();
  }

  void CheckHasFrontend(const PortDraft& draft, const Path& path) {
    if (draft.node_port != 0 || HasAddressDrafts()) return;
    issues_.Add(path, "has no frontend: the service has no address and the port no node_port");
  }

  // Everything, where issues about the frontends say more than issues about the endpoints would.
  FamilySet Reachable(const PortDraft& draft) const {
    if (!families_known_ || (draft.node_port == 0 && !HasAddressDrafts())) return {true, true};
    FamilySet families = has_address_in_;
    for (const base::Family family : base::kFamilies) {
      if (draft.node_port != 0 && HasNodePortsIn(service_, family)) {
        families[static_cast<size_t>(family)] = true;
      }
    }
    return families;
  }

  const ServiceDraft& draft_;
  const Path& path_;
  PlacementPool& placements_;
  IssueCollector& issues_;

  Service service_;
  FamilySet has_address_in_ = {false, false};
  bool families_known_ = true;

  // Index of the port that was first to have it.
  static constexpr size_t kHealthCheck = static_cast<size_t>(-1);
  absl::flat_hash_map<absl::string_view, size_t> port_names_;
  absl::flat_hash_map<std::pair<base::Protocol, uint16_t>, size_t> ports_, node_ports_;
};

}  // namespace

ServiceName BuildName(const ServiceDraft& draft, const Path& path, IssueCollector& issues) {
  const bool space_ok =
      CheckText(draft.name_space, kNamespaceRule, Path(path, "namespace"), issues);
  const bool name_ok = CheckText(draft.name, kServiceNameRule, Path(path, "name"), issues);
  if (draft.name.empty()) issues.Add(Path(path, "name"), "is needed");
  return space_ok && name_ok && !draft.name.empty()
             ? ServiceName{.name_space = draft.name_space, .name = draft.name}
             : ServiceName{};
}

Service BuildService(const ServiceDraft& draft, const Path& path, PlacementPool& placements,
                     IssueCollector& issues) {
  return ServiceBuilder(draft, path, placements, issues).Build();
}

BuiltService BuildDraft(const ServiceDraft& draft, absl::string_view path,
                        PlacementPool& placements, size_t most_issues) {
  IssueCollector issues(most_issues);
  const Path at(path);
  issues.Begin(0, nullptr);
  ServiceName name = BuildName(draft, at, issues);
  issues.Begin(0, name.name.empty() ? nullptr : &name);
  for (const Issue& issue : draft.issues) issues.Add(Path(at, issue.path), issue.message);
  BuiltService built;
  built.service = std::make_shared<Service>(BuildService(draft, at, placements, issues));
  built.issue_count = issues.count();
  built.issues = std::move(issues).Take();
  built.service->name = std::move(name);
  return built;
}

}  // namespace nftsvc::model
