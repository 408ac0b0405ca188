// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "nftsvc/v1/control.pb.h"
#include "nftsvc/v1/report.pb.h"
#include "src/cli/style.h"
#include "src/netlink/trace_message.h"

namespace nftsvc::cli {

// Whether nothing more is to come of a packet: it was dropped, or has come through.
bool IsTraceComplete(const std::vector<netlink::TraceMessage>& messages);

// What happened to a packet, in the names of services. `messages`: of this packet, in order, one at
// least. `explained`: what the daemon says of its destination; empty if it could not be asked.
v1::TraceStory TellStory(const std::vector<netlink::TraceMessage>& messages,
                         const v1::ExplainResult& explained);

std::string RenderStory(const v1::TraceStory& story, const Style& style);

}  // namespace nftsvc::cli
