// SPDX-License-Identifier: Apache-2.0
//
// Decide says what must happen to a packet; the iptables chains, run by an interpreter that knows
// nothing of services, must do just that, and each endpoint as often as slots hold it.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/forwarding/decide.h"
#include "src/forwarding/resolve.h"
#include "src/iptables/compile.h"
#include "tests/support/brief.h"
#include "tests/support/cases.h"
#include "tests/support/iptables_interpreter.h"
#include "tests/support/random_world.h"

namespace nftsvc::testing {
namespace {

using base::Family;
using forwarding::Decision;
using forwarding::ForwardingTable;
using forwarding::Packet;
using forwarding::Verdict;

using Tally = std::array<size_t, 4>;

size_t FamilyOf(const Packet& packet) { return static_cast<size_t>(packet.destination.family()); }

std::string Expected(const ForwardingTable& table, const Packet& packet, const Decision& decision) {
  return Brief(WithAnyHairpin(decision, packet, table.host));
}

// An endpoint that is the frontend itself: to conntrack such a packet is not translated, so that
// filter chains, of nft no less, take it for one that no service took.
bool IsFrontendItself(const Packet& packet, const Decision& decision) {
  return decision.verdict == Verdict::kForward && decision.address == packet.destination &&
         decision.port == packet.port;
}

struct Interpreters {
  Interpreters(const ForwardingTable& table)  // NOLINT(google-explicit-constructor)
      : rulesets{iptables::Compile(table, Family::kIPv4, {}),
                 iptables::Compile(table, Family::kIPv6, {})},
        families{IptablesInterpreter(rulesets[0], table.host.local_addresses),
                 IptablesInterpreter(rulesets[1], table.host.local_addresses)} {}

  std::array<iptables::Ruleset, 2> rulesets;
  std::array<IptablesInterpreter, 2> families;
};

void ExpectSameChances(const ForwardingTable& table, Interpreters& interpreters,
                       const Packet& packet, Tally& tally) {
  Chances expected;
  size_t slots = 1;
  Decision decision;
  for (size_t slot = 0; slot < slots; ++slot) {
    decision = forwarding::Decide(table, packet, slot);
    if (IsFrontendItself(packet, decision)) return;
    slots = std::max(slots, decision.slot_count);
    expected[Expected(table, packet, decision)] += 1.0 / static_cast<double>(slots);
    ++tally[static_cast<size_t>(decision.verdict)];
  }
  const Chances chances = interpreters.families[FamilyOf(packet)].Run(packet);
  const auto describe = [&] {
    return absl::StrCat(Brief(packet), "\n", absl::StrJoin(decision.reasons, "\n"), "\n",
                        forwarding::Print(table),
                        iptables::Print(interpreters.rulesets[FamilyOf(packet)]));
  };
  const auto outcomes = [](const Chances& c) {
    return absl::StrJoin(
        c, " | ", [](std::string* out, const auto& entry) { absl::StrAppend(out, entry.first); });
  };
  ASSERT_EQ(outcomes(chances), outcomes(expected)) << describe();
  double sum = 0;
  for (const auto& [outcome, chance] : chances) {
    // The bound of cascade.h, and what doubles lose.
    const double error = 1e-9 * static_cast<double>(slots) * expected[outcome] + 1e-12;
    ASSERT_NEAR(chance, expected[outcome], error) << outcome << "\n" << describe();
    sum += chance;
  }
  ASSERT_NEAR(sum, 1, 1e-12) << describe();
}

// A world of services as a table, all of which are balanced so.
ForwardingTable MakeTable(RandomWorld& world, model::Snapshot& snapshot,
                          model::Balancing balancing) {
  snapshot.Apply(world.Add(snapshot, 1 + world.random().Below(8)));
  ForwardingTable table = forwarding::Resolve(snapshot, world.Host(), forwarding::NoSlots);
  for (auto& [name, routes] : table.services) {
    auto changed = std::make_shared<forwarding::ServiceRoutes>(*routes);
    for (forwarding::PortRoutes& port : changed->ports) {
      port.balancing = balancing;
    }
    routes = std::move(changed);
  }
  return table;
}

TEST(IptablesAgreeTest, DecideAndTheInterpretedChainsForwardEveryPacketAlike) {
  Tally tally{};
  for (uint64_t seed = 0; seed < Cases(4000); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    model::Snapshot snapshot;
    const ForwardingTable table = MakeTable(world, snapshot, model::Balancing::kRandom);
    Interpreters interpreters(table);
    for (const Packet& packet : world.Packets(snapshot, table.host, 60)) {
      ExpectSameChances(table, interpreters, packet, tally);
      if (HasFatalFailure()) return;
    }
  }
  for (const Verdict verdict :
       {Verdict::kNone, Verdict::kForward, Verdict::kReject, Verdict::kDrop}) {
    EXPECT_GT(tally[static_cast<size_t>(verdict)], Cases(1000)) << Brief(verdict);
  }
}

// One client after the other gets the slots one after the other, whatever frontends they dial.
TEST(IptablesAgreeTest, ServicesThatTakeTurnsServeTheSlotsInOrder) {
  size_t turns = 0;
  for (uint64_t seed = 0; seed < Cases(1000); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    model::Snapshot snapshot;
    const ForwardingTable table = MakeTable(world, snapshot, model::Balancing::kRoundRobin);
    Interpreters interpreters(table);
    std::map<const forwarding::Slots*, size_t> next;
    for (const Packet& packet : world.Packets(snapshot, table.host, 60)) {
      Decision decision = forwarding::Decide(table, packet, 0);
      if (decision.slots != nullptr) {
        decision = forwarding::Decide(table, packet, next[decision.slots]++);
        if (IsFrontendItself(packet, decision)) break;
        turns += decision.slot_count > 1 ? 1 : 0;
      }
      const Chances expected = {{Expected(table, packet, decision), 1.0}};
      ASSERT_EQ(interpreters.families[FamilyOf(packet)].Run(packet), expected)
          << Brief(packet) << "\n"
          << forwarding::Print(table);
    }
  }
  EXPECT_GT(turns, Cases(1000));
}

}  // namespace
}  // namespace nftsvc::testing
