// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "src/model/service.h"
#include "src/model/snapshot.h"
#include "src/model/source.h"

namespace nftsvc::model {

// What a push asks for one service. One of `before` and `after` is not null.
struct Proposal {
  std::string path;
  ServicePtr before = nullptr;  // as it is; null: new
  ServicePtr after = nullptr;   // as asked for; null: remove it

  // Stays as it is. Only set where the rest of the push may go ahead without it.
  bool refused = false;

  const ServiceName& name() const;
  bool unchanged() const { return after == before; }
};

struct PushRules {
  bool unnamed_stay;   // services of the current snapshot that the push does not name
  bool refuse_singly;  // a bad proposal is refused; otherwise it is left to its issue to refuse all
  const Sources* own = nullptr;  // whose services may change; null: everybody's

  bool Owns(const Service& service) const {
    return own == nullptr || own->contains(SourceOf(service));
  }

  // Whether a service that the push does not name stays.
  bool Keeps(const Service& service) const { return unnamed_stay || !Owns(service); }
};

// All that a push asks for, in the client's order, and by name.
class Proposals {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  size_t size() const { return list_.size(); }
  Proposal& operator[](size_t i) { return list_[i]; }
  const Proposal& operator[](size_t i) const { return list_[i]; }

  // Requires: none has its name yet.
  void Add(Proposal proposal);

  // kNone if nothing is asked for it.
  size_t Find(const ServiceName& name) const;

 private:
  struct Hash {
    size_t operator()(const ServiceName* name) const { return absl::HashOf(*name); }
  };
  struct Equal {
    bool operator()(const ServiceName* a, const ServiceName* b) const { return *a == *b; }
  };

  std::vector<Proposal> list_;

  // The names are those within the services, which the proposals hold.
  absl::flat_hash_map<const ServiceName*, uint32_t, Hash, Equal> by_name_;
};

}  // namespace nftsvc::model
