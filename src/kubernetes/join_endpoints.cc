// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/join_endpoints.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/model/limits.h"
#include "src/model/quoted.h"
#include "src/model/service.h"

namespace nftsvc::kubernetes {
namespace {

using Endpoints = google::protobuf::RepeatedPtrField<v1::Endpoint>;

// A port of a service, and where the endpoints of a slice answer for it.
struct Match {
  v1::Port* port;
  uint32_t number;
};

std::vector<Match> MatchPorts(v1::Service& service, const Slice& slice) {
  std::vector<Match> matches;
  for (const SlicePort& answers : slice.ports) {
    for (v1::Port& port : *service.mutable_ports()) {
      if (port.name() != answers.name || port.protocol() != answers.protocol) continue;
      matches.push_back({.port = &port, .number = answers.port});
    }
  }
  return matches;
}

struct Candidate {
  std::string text;  // "address:port"
  v1::Endpoint* endpoint;
};

std::string AddressAndPort(const v1::Endpoint& endpoint) {
  const bool is_v6 = absl::StrContains(endpoint.address(), ':');
  return absl::StrCat(is_v6 ? "[" : "", endpoint.address(), is_v6 ? "]:" : ":", endpoint.port());
}

// The bytes only make the choice independent of the order of the slices.
bool IsBetter(const Candidate& a, const Candidate& b) {
  const auto rank = [](const v1::Endpoint& e) {
    return std::tuple(e.terminating(), e.has_ready(), e.has_serving());  // set only to false
  };
  const auto rank_a = rank(*a.endpoint), rank_b = rank(*b.endpoint);
  if (rank_a != rank_b) return rank_a < rank_b;
  return a.endpoint->SerializeAsString() < b.endpoint->SerializeAsString();
}

void SortAndDeduplicate(Endpoints& endpoints) {
  std::vector<Candidate> candidates;
  candidates.reserve(static_cast<size_t>(endpoints.size()));
  for (v1::Endpoint& endpoint : endpoints) {
    candidates.push_back({.text = AddressAndPort(endpoint), .endpoint = &endpoint});
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.text < b.text; });
  Endpoints chosen;
  chosen.Reserve(endpoints.size());
  for (auto run = candidates.begin(); run != candidates.end();) {
    const auto end = std::find_if(run, candidates.end(),
                                  [&](const Candidate& c) { return c.text != run->text; });
    chosen.Add(std::move(*std::min_element(run, end, IsBetter)->endpoint));
    run = end;
  }
  endpoints.Swap(&chosen);
}

class Joiner {
 public:
  Joiner(std::vector<ServiceObject>& services, Notes& notes, Mistakes& mistakes)
      : services_(services), notes_(notes), mistakes_(mistakes) {
    by_name_.reserve(services.size());
    for (ServiceObject& object : services) {
      by_name_.emplace(model::ServiceName{.name_space = object.service.namespace_(),
                                          .name = object.service.name()},
                       &object);
    }
  }

  void Join(std::vector<Slice> slices) {
    if (!CheckSize(slices)) return;
    for (Slice& slice : slices) {
      // Freed one by one, because what they hold moves over.
      Join(std::exchange(slice, {}));
    }
    for (ServiceObject& object : services_) Finish(object.service);
  }

 private:
  ServiceObject* Find(const Slice& slice) const {
    const auto found = by_name_.find(slice.service);
    return found == by_name_.end() ? nullptr : found->second;
  }

  // Each endpoint is there once for each port of its slice, so that few bytes can ask for many.
  bool CheckSize(const std::vector<Slice>& slices) {
    size_t size = 0;
    for (const Slice& slice : slices) {
      ServiceObject* object = Find(slice);
      if (object == nullptr) continue;
      size += slice.endpoints.size() * MatchPorts(object->service, slice).size();
      if (size <= model::kMaxEndpointElements) continue;
      mistakes_.Add(absl::StrCat("EndpointSlice ", slice.service.name_space, "/", slice.name),
                    absl::StrCat("brings the endpoints of all ports to ", size, ", at most ",
                                 model::kMaxEndpointElements, " are allowed"));
      return false;
    }
    return true;
  }

  void Join(Slice slice) {
    const auto leave = [&](absl::string_view what) {
      notes_.Add(what, absl::StrCat(slice.service.name_space, "/", slice.name));
    };
    ServiceObject* object = Find(slice);
    if (object == nullptr) return leave("EndpointSlices of services that are not here");
    if (!object->families[static_cast<size_t>(slice.family)]) {
      return leave("EndpointSlices of a family in which the service has no cluster IP");
    }
    const std::vector<Match> matches = MatchPorts(object->service, slice);
    for (const Match& match : matches) {
      const bool last = &match == &matches.back();
      for (v1::Endpoint& endpoint : slice.endpoints) {
        v1::Endpoint& added = *match.port->add_endpoints();
        if (last) {
          added = std::move(endpoint);
        } else {
          added = endpoint;
        }
        added.set_port(match.number);
      }
    }
  }

  void Finish(v1::Service& service) {
    for (v1::Port& port : *service.mutable_ports()) {
      SortAndDeduplicate(*port.mutable_endpoints());
      const auto count = static_cast<size_t>(port.endpoints_size());
      if (count <= model::kMaxEndpointsPerPort) continue;
      mistakes_.Add(
          absl::StrCat("Service ", service.namespace_(), "/", service.name()),
          absl::StrCat("port ", model::Quoted{port.name()}.ToString(), " has ", count,
                       " endpoints, at most ", model::kMaxEndpointsPerPort, " are allowed"));
    }
  }

  std::vector<ServiceObject>& services_;
  Notes& notes_;
  Mistakes& mistakes_;
  absl::flat_hash_map<model::ServiceName, ServiceObject*> by_name_;
};

}  // namespace

void JoinEndpoints(std::vector<Slice> slices, std::vector<ServiceObject>& services, Notes& notes,
                   Mistakes& mistakes) {
  Joiner(services, notes, mistakes).Join(std::move(slices));
}

}  // namespace nftsvc::kubernetes
