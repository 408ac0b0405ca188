// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "src/forwarding/decide.h"
#include "src/forwarding/host_facts.h"
#include "src/model/draft.h"
#include "src/model/snapshot.h"
#include "src/model/validate.h"
#include "src/reconcile/reconciler.h"
#include "tests/support/random.h"

namespace nftsvc::testing {

// A small world of services, changing at random: few addresses and ports, so that it often happens
// that a client is an endpoint, an external IP is the node's own, a node port is some service's
// port. All of it goes through model::Validator, so it holds what users can say and nothing else;
// of services that get into each other's way the later one is refused.
//
// An address is always on the same node. The same seed makes the same world, everywhere.
class RandomWorld {
 public:
  explicit RandomWorld(uint64_t seed) : random_(seed) {}

  // How the node is set up; another way at each call.
  forwarding::HostFacts Host();

  // Up to `count` services more than `current` has.
  std::vector<model::ServiceChange> Add(const model::Snapshot& current, size_t count);

  // One or several small changes of what `current` has, or one service more or less.
  std::vector<model::ServiceChange> Change(const model::Snapshot& current);

  // Packets that begin connections, mostly to what `current` serves.
  std::vector<forwarding::Packet> Packets(const model::Snapshot& current,
                                          const forwarding::HostFacts& host, size_t count);

  Random& random() { return random_; }

 private:
  model::ServiceDraft MakeService(size_t number);
  model::PortDraft MakePort(const model::ServiceDraft& service, size_t index);
  model::EndpointDraft MakeEndpoint(bool ipv6);
  void MutateService(model::ServiceDraft& service);
  void MutatePort(const model::ServiceDraft& service, model::PortDraft& port);
  void MutateEndpoint(model::EndpointDraft& endpoint);

  std::vector<std::string> Some(const std::vector<std::string>& from, size_t most);
  model::FrontendKey Destination(const model::Snapshot& current);

  Random random_;
};

// A host of the world, with either layout.
reconcile::Settings RandomSettings(RandomWorld& world);

}  // namespace nftsvc::testing
