// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "nftsvc/v1/snapshot.pb.h"
#include "src/kubernetes/named_object.h"
#include "src/kubernetes/notes.h"

namespace nftsvc::kubernetes {

// A Service as kube-proxy understands it, without endpoints.
struct ServiceObject {
  v1::Service service;  // canonical, as wire::EncodeService has it: lists sorted, no defaults

  // By base::Family: those of its cluster IPs. What it has of another family does not exist.
  std::array<bool, 2> families = {false, false};
};

// Nothing for a Service that kube-proxy leaves alone; `notes` say why. When there are new issues,
// what is returned is incomplete.
std::optional<ServiceObject> ReadService(const NamedObject& object, Notes& notes,
                                         model::IssueCollector& issues);

}  // namespace nftsvc::kubernetes
