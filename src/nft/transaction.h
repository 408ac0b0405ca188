// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/nft/element.h"
#include "src/nft/ruleset.h"

// A difference between two states of the kernel, as a value: what will be sent, in order. It prints
// as the nft commands that would do the same, so that logs, dry runs and tests show one thing.
namespace nftsvc::nft {

struct AddTable {  // exclusive: makes it the sender's; also one that exists, if it is nobody's
  base::Family family;
  bool exclusive = false;
};
struct DeleteTable {
  base::Family family;
};
struct AddChain {
  base::Family family;
  std::string name;
  std::optional<Hook> hook;
};
struct DeleteChain {  // with its rules
  base::Family family;
  std::string name;
};
struct FlushChain {
  base::Family family;
  std::string name;
};
struct AddRule {
  base::Family family;
  std::string chain;
  Rule rule;
};
struct AddSet {
  base::Family family;
  SetId set;
  uint32_t size;          // 0: no limit
  std::string name = {};  // kAffinity only: others have that of their declaration

  absl::string_view Name() const;
};
struct DeleteSet {  // with its elements
  base::Family family;
  std::string name;
};
struct AddElement {
  Element element;

  // The counter's first value: what these elements, which this transaction deletes, had counted,
  // read just before the commit, … (Few have any, and there may be a million elements: hence the
  // pointer.)
  std::shared_ptr<const std::vector<ElementKey>> counters_of;
  // … or this.
  Counter counter;
};
struct DeleteElement {
  ElementKey id;
  Bytes range_end;  // interval sets: the last key of the range
};

// Makes an affinity map forget a client.
struct DeleteClient {
  base::Family family;
  std::string map;
  base::IpAddress client;
};

using Operation = std::variant<AddTable, DeleteTable, AddChain, DeleteChain, FlushChain, AddRule,
                               AddSet, DeleteSet, AddElement, DeleteElement, DeleteClient>;

struct Transaction {
  std::vector<Operation> operations;

  bool empty() const { return operations.empty(); }
};

// "add element ip nftsvc endpoints { 10.0.0.1 . tcp . 80 . 2 : 10.1.0.7 . 80 }".
std::string Print(const Operation& operation);

// One command a line.
std::string Print(const Transaction& transaction);

}  // namespace nftsvc::nft
