// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nftsvc/v1/snapshot.pb.h"
#include "src/kubernetes/fields.h"

namespace nftsvc::kubernetes {

// TCP, UDP or SCTP; absent is TCP.
v1::Protocol ReadProtocol(const Fields& port);

// Fills the ports of a Service, without endpoints.
//
// Requires: its health-check node port is set.
void ReadPorts(const Fields& spec, v1::Service& service, model::IssueCollector& issues);

}  // namespace nftsvc::kubernetes
