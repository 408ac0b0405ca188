// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/observe.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <optional>

#include "src/base/status_macros.h"
#include "src/netlink/attributes.h"
#include "src/netlink/decode_inventory.h"
#include "src/netlink/message.h"
#include "src/netlink/request.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using Observation = reconcile::RulesetStore::Observation;

constexpr char kReadGeneration[] = "read generation";
constexpr char kListRuleset[] = "list ruleset";

// A commit by anyone on the host spoils a listing; commits come seldom, and in bursts.
constexpr int kObserveAttempts = 10;

absl::Status List(Socket& socket, uint16_t type, Family family, InventoryDecoder& decoder,
                  std::optional<nft::SetId> set = std::nullopt) {
  Request request(type, NLM_F_DUMP, family);
  PutString(request.message(), NFTA_SET_ELEM_LIST_TABLE, nft::kTableName);
  if (set.has_value()) {
    PutString(request.message(), NFTA_SET_ELEM_LIST_SET, nft::DeclarationOf(*set).name);
  }
  return request.Ask(socket, kListRuleset, [&](const nlmsghdr& message) { decoder.Add(message); });
}

absl::Status ReadTable(Socket& socket, Family family, InventoryDecoder& decoder) {
  Request request(NFT_MSG_GETTABLE, 0, family);
  PutString(request.message(), NFTA_TABLE_NAME, nft::kTableName);
  const absl::Status found =
      request.Ask(socket, kListRuleset, [&](const nlmsghdr& message) { decoder.Add(message); });
  if (absl::IsNotFound(found)) return absl::OkStatus();
  RETURN_IF_ERROR(found);
  if (!decoder.HasTable(family)) return absl::OkStatus();

  for (uint16_t type :
       {NFT_MSG_GETCHAIN, NFT_MSG_GETRULE, NFT_MSG_GETSET, NFT_MSG_GETOBJ, NFT_MSG_GETFLOWTABLE}) {
    RETURN_IF_ERROR(List(socket, type, family, decoder));
  }
  for (nft::SetId set : decoder.DeclaredSets(family)) {
    RETURN_IF_ERROR(List(socket, NFT_MSG_GETSETELEM, family, decoder, set));
  }
  return absl::OkStatus();
}

absl::StatusOr<Observation> TryReadTables(Socket& socket) {
  Observation observation;
  ASSIGN_OR_RETURN(observation.generation, ReadGeneration(socket));
  InventoryDecoder decoder;
  absl::Status status;
  for (Family family : base::kFamilies) status.Update(ReadTable(socket, family, decoder));
  // The kernel flags only changes that it notices within one list, and a table may vanish between
  // two: so the generation decides.
  ASSIGN_OR_RETURN(const reconcile::Generation after, ReadGeneration(socket));
  if (after != observation.generation) {
    return absl::AbortedError("list ruleset: somebody else changes the kernel's ruleset");
  }
  RETURN_IF_ERROR(status);
  observation.inventory = decoder.Take();
  return observation;
}

}  // namespace

absl::StatusOr<reconcile::Generation> ReadGeneration(Socket& socket) {
  Request request(NFT_MSG_GETGEN, 0, Family::kIPv4);
  std::optional<uint32_t> generation;
  const absl::Status status = request.Ask(socket, kReadGeneration, [&](const nlmsghdr& message) {
    if (TableMessageType(message) != NFT_MSG_NEWGEN) return;
    generation = Attributes(message).Number(NFTA_GEN_ID);
  });
  // EINVAL is what netfilter's netlink answers for a subsystem that is not there
  // (net/netfilter/nfnetlink.c: nfnetlink_rcv_msg).
  if (absl::IsInternal(status) || (status.ok() && !generation.has_value())) {
    return absl::UnimplementedError("read generation: kernel lacks nf_tables (CONFIG_NF_TABLES)");
  }
  RETURN_IF_ERROR(status);
  return *generation;
}

absl::StatusOr<Observation> ReadTables(Socket& socket) {
  absl::StatusOr<Observation> observation = TryReadTables(socket);
  for (int i = 1; i < kObserveAttempts && absl::IsAborted(observation.status()); ++i) {
    observation = TryReadTables(socket);
  }
  return observation;
}

}  // namespace nftsvc::netlink
