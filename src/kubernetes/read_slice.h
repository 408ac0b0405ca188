// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nftsvc/v1/snapshot.pb.h"
#include "src/base/family.h"
#include "src/kubernetes/named_object.h"
#include "src/kubernetes/notes.h"
#include "src/model/service.h"

namespace nftsvc::kubernetes {

struct SlicePort {
  std::string name;
  v1::Protocol protocol = v1::TCP;
  uint32_t port = 0;
};

// An EndpointSlice as kube-proxy understands it: each endpoint answers at each of the ports.
struct Slice {
  std::string name;
  model::ServiceName service;  // that it belongs to
  base::Family family = base::Family::kIPv4;
  std::vector<SlicePort> ports;
  std::vector<v1::Endpoint> endpoints;  // without ports
};

// Nothing for a slice that kube-proxy leaves alone; `notes` say why. When there are new issues,
// what is returned is incomplete.
std::optional<Slice> ReadSlice(const NamedObject& object, Notes& notes,
                               model::IssueCollector& issues);

}  // namespace nftsvc::kubernetes
