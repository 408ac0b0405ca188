// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "src/netlink/socket.h"
#include "src/reconcile/ruleset_store.h"

namespace nftsvc::netlink {

// The kernel's nf_tables, in the network namespace of the thread that calls Open. Needs
// CAP_NET_ADMIN there, for reading too. Not thread-safe.
class Kernel final : public reconcile::RulesetStore {
 public:
  static absl::StatusOr<std::unique_ptr<Kernel>> Open();

  absl::StatusOr<reconcile::Generation> CurrentGeneration() override;
  using RulesetStore::Observe;
  absl::StatusOr<Observation> Observe(const std::vector<nft::Element>& expected,
                                      const nft::SetChoice& sets) override;
  absl::StatusOr<Outline> ReadOutline() override;
  absl::StatusOr<reconcile::Generation> Commit(const nft::Transaction& transaction,
                                               reconcile::Generation expected) override;
  absl::StatusOr<reconcile::Generation> CommitAtAny(const nft::Transaction& transaction) override;
  absl::StatusOr<std::vector<nft::Counter>> ReadCounters(
      const std::vector<nft::ElementKey>& elements) override;
  absl::StatusOr<std::vector<Client>> ReadClients(base::Family family,
                                                  const std::string& map) override;

 private:
  explicit Kernel(Socket socket) : socket_(std::move(socket)) {}

  // Replaces a socket that has died.
  absl::Status Reconnect();

  // Encoded for the generation at which it is to be committed (0: any).
  absl::Status Send(const nft::Transaction& transaction, reconcile::Generation expected);

  Socket socket_;
};

}  // namespace nftsvc::netlink
