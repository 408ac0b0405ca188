// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "src/model/service.h"

// What a service costs, worked out without listing it: a hostile one may cost too much to list.
namespace nftsvc::model {

// How many FrontendsOf lists. Counts what is in the service twice as two.
size_t FrontendCount(const Service& service);

// Of all its ports.
size_t EndpointCount(const Service& service);

// How many elements the kernel needs at most to balance it: each frontend takes one for each slot
// of the port, and a second set of them under an external policy of LOCAL.
size_t EndpointElements(const Service& service);

// How many elements the kernel needs at most to know who may dial it: each load balancer frontend
// takes one for each range of its family, and one for each load balancer IP where a range holds the
// node itself.
size_t SourceElements(const Service& service);

}  // namespace nftsvc::model
