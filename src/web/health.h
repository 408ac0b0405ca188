// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/web/facts.h"

namespace nftsvc::web {

struct HealthAnswer {
  unsigned status = 200;  // or 503
  std::string body;       // JSON
};

// Whether load balancers may send traffic to this node: the kernel holds the accepted snapshot. In
// the form of kube-proxy's /healthz, with the reason where it does not.
HealthAnswer Healthz(const Facts& facts);

// Whether the daemon is alive: 200 from whoever can answer. In the form of kube-proxy's /livez.
HealthAnswer Livez(const Facts& facts);

// As Healthz, for those who wait for a start.
HealthAnswer Readyz(const Facts& facts);

}  // namespace nftsvc::web
