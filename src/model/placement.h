// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace nftsvc::model {

// Where an endpoint runs, and the places whose clients should prefer it. Empty: unknown.
struct Placement {
  std::string node = {};
  std::string zone = {};
  std::vector<std::string> zone_hints = {};
  std::vector<std::string> node_hints = {};

  friend auto operator<=>(const Placement&, const Placement&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const Placement& p) {
    return H::combine(std::move(h), p.node, p.zone, p.zone_hints, p.node_hints);
  }
};

// A placement that copies share: a host has few of them and hundreds of thousands of endpoints.
// Reads like a pointer, is never null, compares by value.
//
//   endpoint.placement = model::Placement{.node = "node-a"};
//   if (endpoint.placement->node == host.node_name) ...
class SharedPlacement {
 public:
  SharedPlacement() = default;          // all empty
  SharedPlacement(Placement placement)  // NOLINT(google-explicit-constructor)
      : placement_(std::make_shared<const Placement>(std::move(placement))) {}

  const Placement& operator*() const { return placement_ ? *placement_ : Empty(); }
  const Placement* operator->() const { return &**this; }

  friend bool operator==(const SharedPlacement& a, const SharedPlacement& b) {
    return a.placement_ == b.placement_ || *a == *b;
  }

 private:
  static const Placement& Empty() {
    static const Placement* const empty = new Placement;
    return *empty;
  }

  std::shared_ptr<const Placement> placement_;  // null: all empty
};

}  // namespace nftsvc::model
