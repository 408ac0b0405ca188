// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/web/facts.h"

namespace nftsvc::web {

// All metrics, in Prometheus' text format. Names that kube-proxy has mean what they mean there;
// docs/metrics.md lists them.
std::string PrintMetrics(const Facts& facts);

}  // namespace nftsvc::web
