// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/nft/ruleset.h"
#include "src/nft/transaction.h"

// Rulesets that have some of everything, and pieces of them.
namespace nftsvc::netlink {

// "10.0.0.1" for IPv4, "fd00::1" for IPv6.
base::IpAddress Address(base::Family family, uint8_t last);

model::FrontendKey Frontend(base::Family family, uint8_t last, uint16_t port = 80);

// services { … : goto `chain` }
nft::Element Service(base::Family family, uint8_t last, const std::string& chain,
                     const std::string& comment = "");

// endpoints { … . slot : 10.0.0.`last` . 8080 }
nft::Element Endpoint(const model::FrontendKey& frontend, uint32_t slot, uint8_t last);

// Each kind of element, statement, chain and data in both families.
nft::Ruleset SampleRuleset();

// Makes the ruleset, out of nothing.
nft::Transaction Creation(const nft::Ruleset& ruleset);

// Both tables with all their sets, empty and with room for `size` elements, and some chains
// ("pick-1", "pick-2").
nft::Transaction EmptyTables(uint32_t size);

nft::DeleteElement Deletion(const nft::Element& element);

}  // namespace nftsvc::netlink
