// SPDX-License-Identifier: Apache-2.0
#include "src/model/build_endpoints.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "src/model/build_addresses.h"
#include "src/model/check_text.h"
#include "src/model/limits.h"

namespace nftsvc::model {
namespace {

struct Candidate {
  base::HostPortText text;  // "address:port"
  size_t index;             // in the client's list
  Endpoint endpoint;
};

// Best first among those of one text; the last words only make the choice independent of the order
// in which the client listed them.
bool Precedes(const Candidate& a, const Candidate& b) {
  if (const int order = a.text.view().compare(b.text.view()); order != 0) return order < 0;
  const auto rank = [](const Endpoint& e) {
    return std::tuple(e.terminating, !e.ready, !e.serving, e.name.view());
  };
  const auto rank_a = rank(a.endpoint);
  const auto rank_b = rank(b.endpoint);
  return rank_a != rank_b ? rank_a < rank_b : *a.endpoint.placement < *b.endpoint.placement;
}

std::vector<std::string> BuildHints(const std::vector<std::string>& drafts, const Path& endpoint,
                                    absl::string_view field, IssueCollector& issues) {
  if (!CheckCount(drafts.size(), kMaxHints, Path(endpoint, field), issues)) return {};
  for (size_t i = 0; i < drafts.size(); ++i) {
    const Path path(endpoint, field, i);
    if (drafts[i].empty()) issues.Add(path, "is empty");
    CheckText(drafts[i], kEndpointTextRule, path, issues);
  }
  std::vector<std::string> hints = drafts;
  std::sort(hints.begin(), hints.end());
  hints.erase(std::unique(hints.begin(), hints.end()), hints.end());
  return hints;
}

class EndpointsBuilder {
 public:
  EndpointsBuilder(const Path& port, const FamilySet& reachable, PlacementPool& placements,
                   IssueCollector& issues)
      : port_(port), reachable_(reachable), placements_(placements), issues_(issues) {}

  std::vector<Endpoint> Build(const std::vector<EndpointDraft>& drafts) {
    candidates_.reserve(drafts.size());
    for (size_t i = 0; i < drafts.size(); ++i) Read(drafts[i], i);
    std::sort(candidates_.begin(), candidates_.end(), Precedes);
    std::vector<Endpoint> endpoints;
    endpoints.reserve(candidates_.size());
    for (auto run = candidates_.begin(); run != candidates_.end();) {
      const auto end = std::find_if(run, candidates_.end(), [&](const Candidate& c) {
        return c.text.view() != run->text.view();
      });
      CompareWeights({run, end});
      endpoints.push_back(std::move(run->endpoint));
      run = end;
    }
    ReportWeights();
    endpoints.shrink_to_fit();
    return endpoints;
  }

 private:
  // Of an endpoint whose weight is not that of the first one with the same address and port.
  struct OtherWeight {
    size_t index, first;
    uint16_t weight, first_weight;
    std::string text;
  };

  void Read(const EndpointDraft& draft, size_t index) {
    const Path path(port_, "endpoints", index);
    std::optional<base::IpAddress> address =
        BuildAddress(draft.address, Path(path, "address"), issues_);
    if (address.has_value() && !reachable_[static_cast<size_t>(address->family())]) {
      const char* family = address->family() == base::Family::kIPv4 ? "IPv4" : "IPv6";
      issues_.Add(Path(path, "address"), draft.address, " is ", family, ", but the port has no ",
                  family, " frontend");
    }
    const bool port_ok = CheckPort(draft.port, Path(path, "port"));
    if (draft.weight > UINT16_MAX) {
      issues_.Add(Path(path, "weight"), draft.weight, " is more than ", UINT16_MAX);
    }
    CheckText(draft.name, kEndpointTextRule, Path(path, "name"), issues_);
    Placement placement = ReadPlacement(draft, path);
    if (!address.has_value() || !port_ok) return;
    const auto port = static_cast<uint16_t>(draft.port);
    candidates_.push_back({.text = base::HostPortText(*address, port),
                           .index = index,
                           .endpoint = {.address = *address,
                                        .port = port,
                                        .weight = static_cast<uint16_t>(draft.weight),
                                        .ready = draft.ready,
                                        .serving = draft.serving,
                                        .terminating = draft.terminating,
                                        .name = draft.name,
                                        .placement = placements_.Share(std::move(placement))}});
  }

  bool CheckPort(uint32_t port, const Path& path) {
    if (port >= 1 && port <= UINT16_MAX) return true;
    issues_.Add(path, port, " is not a port");
    return false;
  }

  Placement ReadPlacement(const EndpointDraft& draft, const Path& path) {
    CheckText(draft.node, kEndpointTextRule, Path(path, "node"), issues_);
    CheckText(draft.zone, kEndpointTextRule, Path(path, "zone"), issues_);
    return {.node = draft.node,
            .zone = draft.zone,
            .zone_hints = BuildHints(draft.zone_hints, path, "zone_hints", issues_),
            .node_hints = BuildHints(draft.node_hints, path, "node_hints", issues_)};
  }

  void CompareWeights(std::span<const Candidate> same) {
    if (same.size() == 1) return;
    const Candidate& first = *std::min_element(same.begin(), same.end(),
                                               [](auto& a, auto& b) { return a.index < b.index; });
    for (const Candidate& other : same) {
      if (other.endpoint.weight == first.endpoint.weight) continue;
      other_weights_.push_back({.index = other.index,
                                .first = first.index,
                                .weight = other.endpoint.weight,
                                .first_weight = first.endpoint.weight,
                                .text = std::string(other.text.view())});
    }
  }

  void ReportWeights() {
    std::sort(other_weights_.begin(), other_weights_.end(),
              [](auto& a, auto& b) { return a.index < b.index; });
    for (const OtherWeight& other : other_weights_) {
      issues_.Add(Path(Path(port_, "endpoints", other.index), "weight"), other.weight,
                  " differs from ", other.first_weight, " of endpoints[", other.first,
                  "], which is ", other.text, " too");
    }
  }

  const Path& port_;
  const FamilySet& reachable_;
  PlacementPool& placements_;
  IssueCollector& issues_;
  std::vector<Candidate> candidates_;
  std::vector<OtherWeight> other_weights_;
};

}  // namespace

std::vector<Endpoint> BuildEndpoints(const std::vector<EndpointDraft>& drafts, const Path& path,
                                     const FamilySet& reachable, PlacementPool& placements,
                                     IssueCollector& issues) {
  if (!CheckCount(drafts.size(), kMaxEndpointsPerPort, Path(path, "endpoints"), issues)) return {};
  return EndpointsBuilder(path, reachable, placements, issues).Build(drafts);
}

}  // namespace nftsvc::model
