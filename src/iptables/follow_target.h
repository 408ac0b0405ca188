// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/base/family.h"
#include "src/iptables/chain_reader.h"
#include "src/iptables/found_services.h"
#include "src/iptables/import_notes.h"
#include "src/iptables/saved_rule.h"

namespace nftsvc::iptables {

// A service and one of its ports.
struct FoundServicePort {
  FoundService& service;
  FoundPort* port;
};

// That a rule says the policy is local, or the cluster.
void Vote(bool local, size_t line, FoundPolicy& policy);

// Goes where a rule leads that takes a frontend's packets, from KUBE-FW- and KUBE-EXT- to KUBE-SVC-
// and KUBE-SVL-, and notes what the chains on the way tell about the port, its service and the
// frontend's policy. A chain that contradicts one before it is a note.
void FollowTarget(const SavedRule& rule, base::Family family, const ChainReaders& readers,
                  FoundPolicy& policy, const FoundServicePort& found, ImportNotes& notes);

}  // namespace nftsvc::iptables
