// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nftsvc/v1/config.pb.h"
#include "src/kubernetes/named_object.h"

namespace nftsvc::kubernetes {

// What a Node says about the configuration of the daemon that runs on it: name, zone, addresses,
// and the CIDRs of its pods. All else is left at its default.
v1::Config ReadNode(const NamedObject& object, model::IssueCollector& issues);

}  // namespace nftsvc::kubernetes
