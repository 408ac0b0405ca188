// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/story.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "src/config/config.h"
#include "src/config/host_facts.h"
#include "src/forwarding/decide.h"
#include "src/forwarding/resolve.h"
#include "src/iptables/compile.h"
#include "src/iptables/plan.h"
#include "src/model/validate.h"
#include "src/nft/compile.h"
#include "src/nft/plan.h"
#include "src/wire/snapshot_codec.h"
#include "src/wire/snapshot_text.h"
#include "tests/support/brief.h"
#include "tests/support/builders.h"
#include "tests/support/iptables_interpreter.h"
#include "tests/support/nft_interpreter.h"

namespace nftsvc::testing {
namespace {

// "10.0.0.9 through cbr0 to 10.96.0.1:80/tcp", "192.168.0.2 to 10.96.0.1:80/tcp".
forwarding::Packet ReadPacket(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> ends =
      absl::StrSplit(text, absl::MaxSplits(" to ", 1));
  const std::pair<absl::string_view, absl::string_view> source =
      absl::StrSplit(ends.first, absl::MaxSplits(" through ", 1));
  return PacketTo(ends.second, source.first, source.second);
}

}  // namespace

std::string Story::Tell(const CaseFile::Section& section) {
  if (section.name == "config") {
    Configure(section.text);
    return section.text;
  }
  if (section.name == "snapshot") {
    TakeSnapshot(section.text);
    return section.text;
  }
  if (section.name == "forwarding") return forwarding::Print(table_);
  if (section.name == "nft") return AdditionToNothing();
  if (section.name == "iptables") return IptablesAdditionToNothing(base::Family::kIPv4);
  if (section.name == "ip6tables") return IptablesAdditionToNothing(base::Family::kIPv6);
  if (section.name == "restore") {
    return iptables::Print(CompileIptables(table_, base::Family::kIPv4));
  }
  if (section.name == "tables") return nft::Print(nft::Compile(table_, settings_.options));
  if (section.name == "transaction") return nft::Print(transaction_);
  if (section.name == "packets") return Packets(section.text);
  ADD_FAILURE() << "no section is called " << section.name;
  return section.text;
}

void Story::Configure(absl::string_view text) {
  const config::ConfigReading reading = config::ParseConfig(text, "config");
  EXPECT_EQ(absl::StrJoin(reading.mistakes, "\n"), "");
  settings_ = reading.config.settings;
  settings_.host = config::HostFactsOf(reading.config, {});
}

void Story::TakeSnapshot(absl::string_view text) {
  const auto message = wire::ParseSnapshot(text, wire::Format::kTextproto);
  ASSERT_EQ(message.status(), absl::OkStatus());
  model::Validator validator(snapshot_, model::Validator::Scope::kSnapshot,
                             model::Validator::Refuse::kAll);
  wire::Upsert(*message, validator);
  const model::Validation validation = std::move(validator).Finish();
  for (const model::Issue& issue : validation.issues) ADD_FAILURE() << issue.ToString();
  snapshot_.Apply(validation.changes);
  const nft::Inventory inventory = kernel_.Observe();
  table_ = forwarding::Resolve(snapshot_, settings_.host, nft::ObservedSlots(inventory));
  transaction_ = nft::Plan(inventory, nft::Compile(table_, settings_.options));
  EXPECT_EQ(kernel_.Apply(transaction_), absl::OkStatus());
}

std::string Story::AdditionToNothing() const {
  forwarding::ForwardingTable empty;
  empty.host = table_.host;
  const nft::Inventory nothing = nft::Inventory::Of(nft::Compile(empty, settings_.options), {});
  return nft::Print(nft::Plan(nothing, nft::Compile(table_, settings_.options)));
}

iptables::Ruleset Story::CompileIptables(const forwarding::ForwardingTable& table,
                                         base::Family family) const {
  return iptables::Compile(
      table, family,
      {.mark_bits = settings_.options.mark_bits, .fully_random = settings_.options.fully_random});
}

std::string Story::IptablesAdditionToNothing(base::Family family) const {
  forwarding::ForwardingTable empty;
  empty.host = table_.host;
  const iptables::SavedTables nothing = iptables::SavedTablesOf(CompileIptables(empty, family));
  return iptables::PlanChanges(nothing, CompileIptables(table_, family)).restore;
}

void Story::ExpectIptablesAgree(const forwarding::Packet& packet,
                                const std::vector<forwarding::Decision>& decisions) const {
  const forwarding::PortRoutes* port = decisions.front().port_routes;
  // Other ways give each client the one answer that its turn or hash has for it.
  if (port != nullptr && port->balancing != model::Balancing::kRandom) return;
  Chances expected;
  for (const forwarding::Decision& decision : decisions) {
    expected[Brief(WithAnyHairpin(decision, packet, settings_.host))] +=
        1.0 / static_cast<double>(decisions.size());
  }
  IptablesInterpreter interpreter(CompileIptables(table_, packet.destination.family()),
                                  settings_.host.local_addresses);
  const Chances chances = interpreter.Run(packet);
  EXPECT_EQ(chances.size(), expected.size()) << Brief(packet);
  for (const auto& [outcome, chance] : chances) {
    EXPECT_NEAR(chance, expected[outcome], 1e-6) << Brief(packet) << ": " << outcome;
  }
}

std::string Story::Packets(absl::string_view lines) const {
  std::string text;
  for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(": ", 1));
    const absl::string_view packet = absl::StripSuffix(parts.front(), ":");
    absl::StrAppend(&text, packet, ": ", Dial(packet), "\n");
  }
  return text;
}

std::string Story::Dial(absl::string_view packet_text) const {
  const forwarding::Packet packet = ReadPacket(packet_text);
  const nft::Ruleset ruleset = nft::Compile(table_, settings_.options);
  const NftInterpreter interpreter(ruleset, settings_.host.local_addresses);
  std::vector<std::string> answers;
  std::vector<forwarding::Decision> decisions;
  size_t slots = 1;
  for (size_t slot = 0; slot < slots; ++slot) {
    const forwarding::Decision decision = forwarding::Decide(table_, packet, slot);
    interpreter.kept(packet.destination.family()).clear();  // a client that has no endpoint yet
    EXPECT_EQ(Brief(interpreter.Run(packet, slot)), Brief(decision)) << packet_text;
    slots = std::max(slots, decision.slot_count);
    answers.push_back(Brief(decision));
    decisions.push_back(decision);
  }
  ExpectIptablesAgree(packet, decisions);
  return absl::StrJoin(answers, " | ");
}

}  // namespace nftsvc::testing
