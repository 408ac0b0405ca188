// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "src/iptables/plan.h"
#include "src/reconcile/enforcer.h"

namespace nftsvc::reconcile {

// The lines of both families that change something: what a plan has in place of operations.
size_t CountCommands(const std::array<iptables::Plan, 2>& plans);

// They, for people: "ip nat: -A KUBE-SERVICES ...". The first 10,000.
Commands CommandsOf(const std::array<iptables::Plan, 2>& plans);

}  // namespace nftsvc::reconcile
