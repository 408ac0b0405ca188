// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/base/family.h"
#include "src/base/ip_address.h"
#include "src/nft/inventory.h"
#include "src/nft/ruleset.h"
#include "src/nft/set.h"
#include "src/nft/transaction.h"

namespace nftsvc::reconcile {

// The number of the kernel's ruleset, one for each network namespace: every commit by anyone adds
// one.
using Generation = uint32_t;

// What the loop needs of a kernel. netlink::Kernel is one; the tests have another that fails on
// demand.
//
// Codes of failures, whatever the call:
//   kAborted             somebody else committed meanwhile: observe, plan again
//   kDeadlineExceeded, kResourceExhausted, kUnknown
//                        the outcome is unknown: observe before anything else
//   others               the kernel refused; nothing changed
class RulesetStore {
 public:
  virtual ~RulesetStore() = default;

  virtual absl::StatusOr<Generation> CurrentGeneration() = 0;

  struct Observation {
    nft::Inventory inventory;
    Generation generation = 0;  // that the inventory is of

    // False: somebody committed all the time, and this is not of one generation, but of this one
    // and later ones. It is right nevertheless unless they changed our tables, which they hardly
    // ever do.
    bool whole = true;
  };

  // Reads our tables, with the elements of these sets. `expected` is what they are most likely to
  // hold, each element once: it makes reading faster where it is right, and changes nothing of the
  // result.
  virtual absl::StatusOr<Observation> Observe(const std::vector<nft::Element>& expected,
                                              const nft::SetChoice& sets) = 0;
  absl::StatusOr<Observation> Observe(const std::vector<nft::Element>& expected) {
    return Observe(expected, nft::EverySet());
  }

  // Our tables but for their elements, of which there are only numbers.
  struct Outline {
    nft::Inventory inventory;                                                   // has no elements
    std::array<std::array<std::optional<size_t>, nft::kSetCount>, 2> counts{};  // none: not told
    Generation generation = 0;  // before it was read

    // The sets that show that the kernel does not hold `known` and so many elements; none of them:
    // it looks as if it did. No choice at all: more than sets' elements differs. What services have
    // for themselves is not known, and may look like anything; elements in place of as many others
    // look alike, and so do other data.
    std::optional<nft::SetChoice> OddSets(const nft::Inventory& known,
                                          const nft::SetCounts& known_counts) const;
  };

  virtual absl::StatusOr<Outline> ReadOutline() = 0;

  // Applies all of the transaction, or nothing. Fails with kAborted if the kernel's generation is
  // not `expected`. Returns the generation after it. A failure names the operation that the kernel
  // refused: "commit: delete element ip nftsvc services { … }: no such file or directory".
  virtual absl::StatusOr<Generation> Commit(const nft::Transaction& transaction,
                                            Generation expected) = 0;

  // The same at whatever generation the kernel has by then. Returns one that it had afterwards,
  // which may count commits of others.
  virtual absl::StatusOr<Generation> CommitAtAny(const nft::Transaction& transaction) = 0;

  // The counters of these elements, in order; zeros for one that the kernel lacks.
  virtual absl::StatusOr<std::vector<nft::Counter>> ReadCounters(
      const std::vector<nft::ElementKey>& elements) = 0;

  // Whom an affinity map keeps, and on which endpoint.
  struct Client {
    base::IpAddress address;
    base::IpAddress endpoint;
  };

  // Those of one map, in any order. Clients that come or go meanwhile may be in it or not, and
  // others twice. Empty if there is no such map.
  virtual absl::StatusOr<std::vector<Client>> ReadClients(base::Family family,
                                                          const std::string& map) = 0;
};

}  // namespace nftsvc::reconcile
