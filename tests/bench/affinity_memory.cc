// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/affinity_memory.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/nft/ruleset.h"
#include "tests/bench/daemon.h"
#include "tests/bench/kernel_memory.h"
#include "tests/bench/node.h"
#include "tests/bench/sender.h"
#include "tests/bench/workload.h"

namespace nftsvc::bench {
namespace {

constexpr int kAffinityMemoryRounds = 3;
constexpr uint32_t kServices = 200;
constexpr size_t kAffinityBatches = 938;  // of clients
constexpr size_t kClients = kAffinityBatches * Sender::kBatch;
constexpr size_t kBatchesAtOnce = 16;  // before their connections are forgotten

static_assert(kClients < nft::kUnreservedClients);

v1::Snapshot Services(uint32_t services, bool affinity) {
  v1::Snapshot snapshot = MakeSnapshot(services, 1);
  UseUdp(snapshot);
  for (v1::Service& service : *snapshot.mutable_services()) {
    if (affinity) service.mutable_session_affinity();
  }
  return snapshot;
}

std::string RoomFor(uint32_t clients) {
  return absl::StrCat("limits { affinity_clients_per_port: ", clients, " }");
}

// Bytes for each of kServices services. Adds to `nodes` the one that has them: giving its memory
// back takes time, and would be seen by who measures next.
absl::StatusOr<double> MeasureServices(const std::string& daemon_path, bool affinity,
                                       const std::string& config, std::vector<Node>& nodes) {
  ASSIGN_OR_RETURN(Node node, Node::Make());
  nodes.push_back(std::move(node));
  RETURN_IF_ERROR(LoadTables(daemon_path, {}, config));
  const double before = KernelBytes();
  RETURN_IF_ERROR(LoadTables(daemon_path, Services(kServices, affinity), config));
  return (KernelBytes() - before) / kServices;
}

// Bytes for each of kClients connections that `clients` clients make to one service.
absl::StatusOr<double> MeasureConnections(uint32_t clients) {
  ASSIGN_OR_RETURN(Sender sender,
                   Sender::Open({.dialled = {ServiceAddress(0)}, .clients = clients}));
  const double before = KernelBytes();
  for (size_t batch = 0; batch < kAffinityBatches; ++batch) {
    RETURN_IF_ERROR(sender.Dial().status());
    if (batch % kBatchesAtOnce == 0) RETURN_IF_ERROR(ForgetConnections());
  }
  RETURN_IF_ERROR(ForgetConnections());
  return (KernelBytes() - before) / kClients;
}

absl::Status MeasureRound(const std::string& daemon_path, std::vector<Node>& nodes,
                          std::vector<MemoryUse>& uses) {
  auto add = [&, next = size_t{0}](const std::string& what, double bytes) mutable {
    if (next == uses.size()) uses.push_back({what, {}});
    uses[next++].bytes.push_back(bytes);
  };
  ASSIGN_OR_RETURN(const double plain, MeasureServices(daemon_path, false, "", nodes));
  add("service without affinity", plain);
  ASSIGN_OR_RETURN(const double unreserved, MeasureServices(daemon_path, true, "", nodes));
  add("service with affinity, map without a size", unreserved);
  for (const uint32_t room : {1'000u, 49'000u, 50'000u}) {
    ASSIGN_OR_RETURN(const double bytes, MeasureServices(daemon_path, true, RoomFor(room), nodes));
    add(absl::StrCat("service with affinity, map for ", room), bytes);
  }
  ASSIGN_OR_RETURN(Node node, Node::Make());
  nodes.push_back(std::move(node));
  RETURN_IF_ERROR(LoadTables(daemon_path, Services(1, true)));
  ASSIGN_OR_RETURN(const double forgotten, MeasureConnections(1));
  add("connection of a known client, forgotten", forgotten);
  ASSIGN_OR_RETURN(const double clients, MeasureConnections(Sender::kManyClients));
  add("client, of 60,032", clients);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<MemoryUse>> MeasureAffinityMemory(const std::string& daemon_path) {
  std::vector<Node> nodes;
  std::vector<MemoryUse> uses;
  for (int round = 0; round < kAffinityMemoryRounds; ++round) {
    RETURN_IF_ERROR(MeasureRound(daemon_path, nodes, uses));
  }
  return uses;
}

}  // namespace nftsvc::bench
