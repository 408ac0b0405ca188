// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "src/iptables/find_services.h"
#include "src/iptables/found_services.h"
#include "src/iptables/import_notes.h"
#include "src/model/draft.h"
#include "src/model/issue_collector.h"

namespace nftsvc::iptables {

// What a draft of the service would hold, worked out without making it: few rules can ask for much.
struct DraftSize {
  size_t endpoints = 0;
  size_t source_ranges = 0;
};

DraftSize SizeOf(const FoundService& found, const ChainReaders& readers);

// The service as a snapshot says it. Notes tell what the rules leave open, and what was made of it.
// Issues, with paths within the service, are about numbers that contradict each other; the draft is
// incomplete then.
//
// `node` is the name of the node whose rules these are; endpoints in its chains for local ones get
// it. A draft without ports is of a service that only a health check is told of, which has a note.
model::ServiceDraft DraftService(const model::ServiceName& name, const FoundService& found,
                                 const ChainReaders& readers, const std::string& node,
                                 ImportNotes& notes, model::IssueCollector& issues);

}  // namespace nftsvc::iptables
