// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/new_connections.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/nft/ruleset.h"
#include "tests/bench/daemon.h"
#include "tests/bench/node.h"
#include "tests/bench/samples.h"
#include "tests/bench/sender.h"
#include "tests/bench/variants.h"

namespace nftsvc::bench {
namespace {

constexpr int kTurns = 8;  // of each variant in a round
// Batches of a turn: those before fill the processor's caches, which other variants had before.
constexpr int kBatchesBefore = 1;
constexpr int kBatches = 4;
constexpr size_t kDialsOfRound = kTurns * (kBatchesBefore + kBatches) * Sender::kBatch;

// An affinity map takes every new client.
static_assert(kMostConnectionRounds * kDialsOfRound + Sender::kBatch < nft::kUnreservedClients);

// A variant that is being measured.
struct Subject {
  Variant variant;
  Node node;
  Sender sender;
  Samples batches;  // of this round
  ConnectionCost cost;
};

// Whether connections go where the variant says.
absl::Status Check(Subject& subject) {
  Sender& sender = subject.sender;
  // All clients have been here before the measuring begins.
  for (size_t dialled = 0; subject.variant.kept && dialled < subject.variant.traffic.clients;
       dialled += Sender::kBatch) {
    RETURN_IF_ERROR(sender.Dial().status());
  }
  if (subject.variant.kept) sender.StartOver();
  ASSIGN_OR_RETURN(const std::vector<uint32_t> reached, sender.Trace());
  const auto is_endpoint = [](uint32_t address) { return address >> 24 == 10; };
  const auto endpoints = std::count_if(reached.begin(), reached.end(), is_endpoint);
  if (endpoints != (subject.variant.translated ? static_cast<ptrdiff_t>(reached.size()) : 0)) {
    return absl::InternalError(absl::StrCat(subject.variant.name, ": ", endpoints, " of ",
                                            reached.size(), " connections reached an endpoint"));
  }
  if (!subject.variant.kept) return absl::OkStatus();
  sender.StartOver();
  ASSIGN_OR_RETURN(const std::vector<uint32_t> again, sender.Trace());
  if (again == reached) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(subject.variant.name, ": clients are not kept on their endpoints"));
}

absl::StatusOr<Subject> Prepare(const std::string& daemon_path, Variant variant) {
  ASSIGN_OR_RETURN(Node node, Node::Make());
  RETURN_IF_ERROR(variant.rules.empty() ? LoadTables(daemon_path, variant.snapshot, variant.config)
                                        : Run("nft -f -", variant.rules));
  RETURN_IF_ERROR(Run("nft -f -", variant.changes));
  ASSIGN_OR_RETURN(Sender sender, Sender::Open(variant.traffic));
  ConnectionCost cost{variant.name, variant.base, {}, {}, {}};
  Subject subject{std::move(variant), std::move(node), std::move(sender), {}, std::move(cost)};
  RETURN_IF_ERROR(Check(subject));
  return subject;
}

absl::Status TakeTurn(Subject& subject) {
  for (int i = 0; i < kBatchesBefore; ++i) RETURN_IF_ERROR(subject.sender.Dial().status());
  for (int i = 0; i < kBatches; ++i) {
    ASSIGN_OR_RETURN(const absl::Duration taken, subject.sender.Dial());
    subject.batches.Add(taken);
  }
  return absl::OkStatus();
}

// A round must have made all the connections that it was to.
absl::Status FinishRound(Subject& subject) {
  RETURN_IF_ERROR(subject.node.Enter());
  ASSIGN_OR_RETURN(const size_t connections, CountConnections());
  if (connections != kDialsOfRound) {
    return absl::InternalError(
        absl::StrCat(subject.variant.name, ": ", connections, " connections of ", kDialsOfRound));
  }
  subject.cost.nanoseconds.push_back(absl::ToDoubleNanoseconds(subject.batches.Median()) /
                                     Sender::kBatch);
  subject.batches = {};
  return absl::OkStatus();
}

absl::Status MeasureRound(std::vector<Subject>& subjects, size_t round) {
  for (const Subject& subject : subjects) {
    RETURN_IF_ERROR(subject.node.Enter());
    RETURN_IF_ERROR(ForgetConnections());
  }
  for (size_t turn = 0; turn < kTurns; ++turn) {
    for (size_t i = 0; i < subjects.size(); ++i) {
      RETURN_IF_ERROR(TakeTurn(subjects[(round + turn + i) % subjects.size()]));
    }
  }
  for (Subject& subject : subjects) RETURN_IF_ERROR(FinishRound(subject));
  return absl::OkStatus();
}

// The costs, each beside that of its base.
std::vector<ConnectionCost> Compare(std::vector<Subject>& subjects) {
  std::vector<ConnectionCost> costs;
  for (Subject& subject : subjects) {
    const auto base = std::find_if(subjects.begin(), subjects.end(), [&](const Subject& other) {
      return other.variant.name == subject.variant.base;
    });
    ConnectionCost cost = subject.cost;
    for (size_t round = 0; round < cost.nanoseconds.size(); ++round) {
      const double of_base = base->cost.nanoseconds[round];
      cost.ratios.push_back(cost.nanoseconds[round] / of_base);
      cost.differences.push_back(cost.nanoseconds[round] - of_base);
    }
    costs.push_back(std::move(cost));
  }
  return costs;
}

}  // namespace

absl::StatusOr<std::vector<ConnectionCost>> MeasureNewConnections(const std::string& daemon_path,
                                                                  std::span<const uint32_t> sizes,
                                                                  int rounds) {
  std::vector<Subject> subjects;
  for (Variant& variant : MakeVariants(sizes)) {
    ASSIGN_OR_RETURN(Subject subject, Prepare(daemon_path, std::move(variant)));
    subjects.push_back(std::move(subject));
  }
  for (int round = 0; round < std::min(rounds, kMostConnectionRounds); ++round) {
    RETURN_IF_ERROR(MeasureRound(subjects, static_cast<size_t>(round)));
  }
  return Compare(subjects);
}

}  // namespace nftsvc::bench
