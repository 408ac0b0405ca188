// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/model/snapshot.h"

namespace nftsvc::control {

// "+ default/web", "~ default/api", "- default/old".
std::string PrintChange(const model::ServiceChange& change);

}  // namespace nftsvc::control
