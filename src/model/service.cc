// SPDX-License-Identifier: Apache-2.0
#include "src/model/service.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace nftsvc::model {

std::string ServiceName::ToString() const {
  if (name_space.empty()) return name;
  return absl::StrCat(name_space, "/", name);
}

bool HasNodePortsIn(const Service& service, base::Family family) {
  return service.cluster_ips.empty() ||
         std::any_of(service.cluster_ips.begin(), service.cluster_ips.end(),
                     [&](const base::IpAddress& ip) { return ip.family() == family; });
}

}  // namespace nftsvc::model
