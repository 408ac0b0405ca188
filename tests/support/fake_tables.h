// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "src/nft/inventory.h"
#include "src/nft/ruleset.h"
#include "src/nft/transaction.h"

// The nftsvc tables as a kernel holds them, with the kernel's rules about changing them. Public
// data: tests that play somebody else's part write to it directly.
namespace nftsvc::testing {

struct FakeChain {
  std::optional<nft::Hook> hook;
  bool policy_accept = true;
  std::vector<std::optional<nft::Rule>> rules;  // none: somebody else's, referring to nothing
};

struct FakeElement {
  nft::Element element;
  nft::Counter counter;
  bool foreign = false;
};

struct FakeSet {
  std::optional<nft::SetId> id;  // none: not declared as one of ours
  uint32_t size = 0;             // 0: no limit
  absl::btree_map<nft::Bytes, FakeElement> elements;
  absl::btree_map<base::IpAddress, base::IpAddress> clients;  // affinity maps: and their endpoints
};

struct FakeTable {
  bool ours = true;
  bool other_objects = false;
  bool dormant = false;
  bool exclusive = false;
  bool is_mine = false;  // of the only one who commits here
  absl::btree_map<std::string, FakeChain> chains;
  absl::btree_map<std::string, FakeSet> sets;
};

class FakeTables {
 public:
  std::array<std::optional<FakeTable>, 2> tables;  // by Family

  // Applies the operations in order, then looks at the whole, as the kernel does. Fails at the
  // first that a kernel would refuse, with the code that netlink makes of the errno, naming it;
  // what was applied until then stays: apply to a copy.
  absl::Status Apply(const nft::Transaction& transaction);

  nft::Inventory Observe() const;

  // Null if there is none.
  FakeTable* Table(base::Family family);
  FakeSet* Set(base::Family family, nft::SetId set);
  FakeElement* Find(const nft::ElementKey& id);
  const FakeElement* Find(const nft::ElementKey& id) const;
};

}  // namespace nftsvc::testing
