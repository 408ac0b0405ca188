// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nftsvc/v1/snapshot.pb.h"
#include "src/model/service.h"

namespace nftsvc::iptables {

// Of a service, what rules can tell, as wire::EncodeService has it: fields with their default are
// left out.
v1::Service EncodeService(const model::Service& service);

}  // namespace nftsvc::iptables
