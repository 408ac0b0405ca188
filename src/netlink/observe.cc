// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/observe.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <array>
#include <optional>

#include "src/base/status_macros.h"
#include "src/netlink/attributes.h"
#include "src/netlink/decode_element.h"
#include "src/netlink/decode_inventory.h"
#include "src/netlink/elements.h"
#include "src/netlink/message.h"
#include "src/netlink/request.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using Observation = reconcile::RulesetStore::Observation;

constexpr char kReadGeneration[] = "read generation";
constexpr char kListRuleset[] = "list ruleset";

// A commit by anyone on the host spoils a listing; commits come seldom, and in bursts.
constexpr int kObserveAttempts = 3;

// Lists our tables. What changes meanwhile is listed to the end all the same.
class Lister {
 public:
  explicit Lister(Socket& socket) : socket_(socket) {}

  Lister(Socket& socket, const std::vector<nft::Element>& expected) : socket_(socket) {
    for (const nft::Element& element : expected) Expected(element.id).push_back(element.id);
    decoder_.Reserve(expected.size());
  }

  // But for the elements.
  absl::Status ListObjects(Family family) {
    Request request(NFT_MSG_GETTABLE, 0, family);
    PutString(request.message(), NFTA_TABLE_NAME, nft::kTableName);
    const absl::Status found =
        request.Ask(socket_, kListRuleset, [&](const nlmsghdr& message) { decoder_.Add(message); });
    if (absl::IsNotFound(found)) return absl::OkStatus();
    RETURN_IF_ERROR(found);
    if (!decoder_.HasTable(family)) return absl::OkStatus();
    for (uint16_t type : {NFT_MSG_GETCHAIN, NFT_MSG_GETRULE, NFT_MSG_GETSET, NFT_MSG_GETOBJ,
                          NFT_MSG_GETFLOWTABLE}) {
      RETURN_IF_ERROR(List(type, family));
    }
    return CountCatchAll(family);
  }

  absl::Status ListElements(Family family, const nft::SetChoice& sets) {
    if (!decoder_.HasTable(family)) return absl::OkStatus();
    for (nft::SetId set : decoder_.DeclaredSets(family)) {
      if (!sets[static_cast<size_t>(family)][static_cast<size_t>(set)]) continue;
      ASSIGN_OR_RETURN(const bool read, ReadExpected(family, set));
      if (!read) RETURN_IF_ERROR(List(NFT_MSG_GETSETELEM, family, set));
    }
    return absl::OkStatus();
  }

  // The kernel has noticed that somebody committed within one list.
  bool spoilt() const { return spoilt_; }

  InventoryDecoder& decoder() { return decoder_; }

 private:
  std::vector<nft::ElementKey>& Expected(const nft::ElementKey& element) {
    return expected_[static_cast<size_t>(element.family)][static_cast<size_t>(element.set)];
  }

  // The kernel leaves the element `*` out when it counts (6.18, nf_tables_api.c: nft_add_set_elem),
  // so that a number alone would hide what somebody has added for every key.
  absl::Status CountCatchAll(Family family) {
    std::vector<nft::ElementKey> keys;
    for (const nft::SetId set : decoder_.DeclaredSets(family)) {
      const auto& counts = decoder_.counts()[static_cast<size_t>(family)];
      if (!counts[static_cast<size_t>(set)].has_value()) continue;
      keys.push_back({.family = family, .set = set, .key = {}});
    }
    return ReadElements(socket_, keys, kListRuleset,
                        [&](size_t i, const Attributes&) { decoder_.CountOneMore(keys[i]); });
  }

  // Whether the set has none but elements that were expected.
  absl::StatusOr<bool> ReadExpected(Family family, nft::SetId set) {
    const std::vector<nft::ElementKey>& keys = Expected({.family = family, .set = set, .key = {}});
    const auto count = decoder_.counts()[static_cast<size_t>(family)][static_cast<size_t>(set)];
    const bool by_range = nft::DeclarationOf(set).interval;
    if (by_range || keys.empty() || !count.has_value() || *count > keys.size()) return false;
    if (*count == 0) return true;
    std::vector<std::optional<nft::ElementInventory>> found(keys.size());
    RETURN_IF_ERROR(
        ReadElements(socket_, keys, kListRuleset, [&](size_t i, const Attributes& element) {
          found[i] = DecodeElement(family, set, element);
        }));
    std::erase_if(found, [](const auto& element) { return !element.has_value(); });
    if (found.size() != *count) return false;
    for (std::optional<nft::ElementInventory>& element : found) {
      decoder_.AddElement(*std::move(element));
    }
    return true;
  }

  absl::Status List(uint16_t type, Family family, std::optional<nft::SetId> set = std::nullopt) {
    Request request(type, NLM_F_DUMP, family);
    PutString(request.message(), NFTA_SET_ELEM_LIST_TABLE, nft::kTableName);
    if (set.has_value()) {
      PutString(request.message(), NFTA_SET_ELEM_LIST_SET, nft::DeclarationOf(*set).name);
    }
    const absl::Status listed =
        request.Ask(socket_, kListRuleset, [&](const nlmsghdr& message) { decoder_.Add(message); });
    if (!absl::IsAborted(listed)) return listed;
    spoilt_ = true;
    return absl::OkStatus();
  }

  Socket& socket_;
  std::array<std::array<std::vector<nft::ElementKey>, nft::kSetCount>, 2> expected_;
  InventoryDecoder decoder_;
  bool spoilt_ = false;
};

absl::StatusOr<Observation> TryReadTables(Socket& socket, const std::vector<nft::Element>& expected,
                                          const nft::SetChoice& sets) {
  Observation observation;
  ASSIGN_OR_RETURN(observation.generation, ReadGeneration(socket));
  Lister lister(socket, expected);
  absl::Status status;
  for (Family family : base::kFamilies) {
    status.Update(lister.ListObjects(family));
    status.Update(lister.ListElements(family, sets));
  }
  // The kernel flags only changes that it notices within one list, and a table may vanish between
  // two: so the generation decides too.
  ASSIGN_OR_RETURN(const reconcile::Generation after, ReadGeneration(socket));
  observation.whole = after == observation.generation && !lister.spoilt();
  if (!status.ok() && !observation.whole) {
    return absl::AbortedError("list ruleset: somebody else changes the kernel's ruleset");
  }
  RETURN_IF_ERROR(status);
  observation.inventory = lister.decoder().Take();
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

absl::StatusOr<Observation> ReadTables(Socket& socket, const std::vector<nft::Element>& expected,
                                       const nft::SetChoice& sets) {
  absl::StatusOr<Observation> observation = TryReadTables(socket, expected, sets);
  for (int i = 1; i < kObserveAttempts; ++i) {
    if (observation.ok() ? observation->whole : !absl::IsAborted(observation.status())) break;
    observation = TryReadTables(socket, expected, sets);
  }
  return observation;
}

absl::StatusOr<reconcile::RulesetStore::Outline> ReadOutline(Socket& socket) {
  reconcile::RulesetStore::Outline outline;
  ASSIGN_OR_RETURN(outline.generation, ReadGeneration(socket));
  Lister lister(socket);
  for (Family family : base::kFamilies) RETURN_IF_ERROR(lister.ListObjects(family));
  outline.counts = lister.decoder().counts();
  outline.inventory = lister.decoder().Take();
  return outline;
}

}  // namespace nftsvc::netlink
