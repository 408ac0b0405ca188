// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/iptables/chain_reader.h"
#include "src/iptables/found_services.h"
#include "src/iptables/import_notes.h"
#include "src/iptables/kube_tables.h"

namespace nftsvc::iptables {

// Follows the rules of KUBE-SERVICES, KUBE-NODEPORTS and KUBE-EXTERNAL-SERVICES. What they say
// about one service in both families comes together under its name.
//
// The chains that it names are those of `tables`, which must outlive them.
FoundServices FindServices(const KubeTables& tables, const ChainReaders& readers,
                           ImportNotes& notes);

}  // namespace nftsvc::iptables
