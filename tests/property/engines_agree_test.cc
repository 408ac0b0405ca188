// SPDX-License-Identifier: Apache-2.0
//
// Decide says what must happen to a packet; the compiled ruleset, run by an interpreter that knows
// nothing of services, must do just that, whichever slot is drawn.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/forwarding/decide.h"
#include "src/forwarding/resolve.h"
#include "src/nft/compile.h"
#include "tests/support/brief.h"
#include "tests/support/cases.h"
#include "tests/support/nft_interpreter.h"
#include "tests/support/random_world.h"

namespace nftsvc::testing {
namespace {

using forwarding::Verdict;

// How many packets had which verdict: a world in which nothing happens would prove nothing.
using Tally = std::array<size_t, 4>;

// A port with affinity keeps the client where it went, whatever is drawn for its next connection.
void ExpectKept(const NftInterpreter& interpreter, const forwarding::Packet& packet, size_t slot,
                const Outcome& first) {
  const Outcome second = interpreter.Run(packet, slot + 1);
  ASSERT_EQ(Brief(second), Brief(first)) << Brief(packet);
}

void ExpectSameForEverySlot(const forwarding::ForwardingTable& table,
                            const NftInterpreter& interpreter, const forwarding::Packet& packet,
                            Tally& tally) {
  size_t slots = 1;
  for (size_t slot = 0; slot<slots; slot += slots> 1'000 ? 997 : 1) {
    const forwarding::Decision decision = forwarding::Decide(table, packet, slot);
    interpreter.kept(packet.destination.family()).clear();
    const Outcome outcome = interpreter.Run(packet, slot);
    ++tally[static_cast<size_t>(decision.verdict)];
    slots = std::max(slots, decision.slot_count);
    ASSERT_EQ(Brief(outcome), Brief(decision)) << Brief(packet) << ", slot " << slot << "\n"
                                               << absl::StrJoin(decision.reasons, "\n") << "\n"
                                               << forwarding::Print(table);
    const std::vector<uint32_t> draws =
        decision.verdict == Verdict::kForward
            ? std::vector<uint32_t>{static_cast<uint32_t>(decision.slot_count)}
            : std::vector<uint32_t>{};
    ASSERT_EQ(outcome.draws, draws) << Brief(packet) << "\n" << forwarding::Print(table);
    if (decision.verdict == Verdict::kForward &&
        decision.port_routes->client_ip_affinity.has_value()) {
      ExpectKept(interpreter, packet, slot, outcome);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(EnginesAgreeTest, DecideAndTheInterpretedRulesetForwardEveryPacketAlike) {
  Tally tally{};
  for (uint64_t seed = 0; seed < Cases(15000); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    const forwarding::HostFacts host = world.Host();
    model::Snapshot snapshot;
    snapshot.Apply(world.Add(snapshot, 1 + world.random().Below(8)));
    const forwarding::ForwardingTable table =
        forwarding::Resolve(snapshot, host, forwarding::NoSlots);
    nft::CompileOptions options;
    if (seed % 2 == 1) options.layout = nft::Layout::kVerdictMaps;
    const nft::Ruleset ruleset = nft::Compile(table, options);
    const NftInterpreter interpreter(ruleset, host.local_addresses);
    for (const forwarding::Packet& packet : world.Packets(snapshot, host, 60)) {
      ExpectSameForEverySlot(table, interpreter, packet, tally);
      if (HasFatalFailure()) return;
    }
  }
  for (const Verdict verdict :
       {Verdict::kNone, Verdict::kForward, Verdict::kReject, Verdict::kDrop}) {
    EXPECT_GT(tally[static_cast<size_t>(verdict)], Cases(1000)) << Brief(verdict);
  }
}

}  // namespace
}  // namespace nftsvc::testing
