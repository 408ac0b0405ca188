// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "src/kubernetes/mistakes.h"
#include "src/kubernetes/notes.h"
#include "src/kubernetes/read_service.h"
#include "src/kubernetes/read_slice.h"

namespace nftsvc::kubernetes {

// Gives the ports of services the endpoints of their slices, by name and protocol of the port.
// Order: bytewise by "address:port", each once; of several with one address and port, one that is
// not terminating, then one that is ready, then one that is serving. Does not depend on the order
// of the slices.
//
// Requires: each service's name is its own.
void JoinEndpoints(std::vector<Slice> slices, std::vector<ServiceObject>& services, Notes& notes,
                   Mistakes& mistakes);

}  // namespace nftsvc::kubernetes
