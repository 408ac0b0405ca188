// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/web/facts.h"

namespace nftsvc::web {

// The page at "/": one HTML document that needs nothing else, to be served with
// kContentSecurityPolicy. Shows the loop, the first services with the spread of their connections,
// and the last changes.
std::string PrintStatusPage(const Facts& facts);

}  // namespace nftsvc::web
