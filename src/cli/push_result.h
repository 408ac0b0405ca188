// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "nftsvc/v1/control.pb.h"
#include "src/cli/session.h"
#include "src/cli/style.h"

// What a push did or would do, as push and diff print it.
namespace nftsvc::cli {

// "revision 7: 3 services, 1 added, 1 changed, 0 removed, 14 operations".
std::string RenderCounts(const v1::PushResult& result, const Style& style);

// "checked in 400 us, planned in 90 us, committed in 1.1 ms, saved in 3.0 ms".
std::string RenderDurations(const v1::PushResult& result, const Style& style);

// The changes by service, "+ default/web", and as nft commands.
std::string RenderChanges(const v1::PushResult& result, const Style& style);

// Services that were left out, and a state directory that cannot be written.
void ReportWarnings(Session& session, const v1::PushResult& result);

}  // namespace nftsvc::cli
