// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/forwarding/decide.h"
#include "src/forwarding/routes.h"
#include "src/iptables/ruleset.h"
#include "src/model/snapshot.h"
#include "src/nft/transaction.h"
#include "src/reconcile/reconciler.h"
#include "tests/golden/case_file.h"
#include "tests/support/fake_tables.h"

namespace nftsvc::testing {

// Follows a snapshot through every stage. Sections that say something are taken in:
//
//   config       the daemon's configuration, as in nftsvcd.textproto; before any snapshot
//   snapshot     textproto; replaces the one before, and the kernel goes on to it
//
// Sections that ask something get their answer as text, of the last snapshot:
//
//   forwarding   the forwarding table
//   nft          what the tables hold besides what they hold for an empty snapshot, as the commands
//                that add it
//   tables       all that they hold, as nft lists it
//   iptables     what IPv4's chains hold besides what they hold for an empty snapshot, as
//                iptables-restore --noflush reads it
//   ip6tables    likewise of IPv6
//   restore      all that IPv4's tables hold, as iptables-restore reads it
//   transaction  what was sent to the kernel to get here from the snapshot before
//   packets      lines "10.0.0.9 through cbr0 to 10.96.0.1:80/tcp: " (without "through": sent by
//                the host), completed by what happens for each slot that can be drawn
class Story {
 public:
  // The section's text as it should be.
  std::string Tell(const CaseFile::Section& section);

 private:
  void Configure(absl::string_view text);
  void TakeSnapshot(absl::string_view text);
  std::string AdditionToNothing() const;
  iptables::Ruleset CompileIptables(const forwarding::ForwardingTable& table,
                                    base::Family family) const;
  std::string IptablesAdditionToNothing(base::Family family) const;
  void ExpectIptablesAgree(const forwarding::Packet& packet,
                           const std::vector<forwarding::Decision>& decisions) const;
  std::string Packets(absl::string_view lines) const;
  std::string Dial(absl::string_view packet) const;

  reconcile::Settings settings_;
  model::Snapshot snapshot_;
  forwarding::ForwardingTable table_;
  nft::Transaction transaction_;
  FakeTables kernel_;
};

}  // namespace nftsvc::testing
