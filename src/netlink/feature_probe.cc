// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/feature_probe.h"

#include <libmnl/libmnl.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>

#include <array>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <optional>

#include "absl/algorithm/container.h"
#include "absl/container/btree_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "src/base/status_macros.h"
#include "src/netlink/batch.h"
#include "src/netlink/encode_object.h"
#include "src/netlink/errno_status.h"
#include "src/netlink/expressions.h"
#include "src/netlink/message.h"
#include "src/netlink/missing_feature.h"
#include "src/netlink/observe.h"
#include "src/netlink/socket.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

// It never comes to be.
constexpr char kProbeTable[] = "nftsvc-probe";

constexpr absl::string_view kLacks = "kernel lacks ";

// The kernel answers before our send returns (see Socket).
constexpr std::chrono::milliseconds kProbePatience = std::chrono::seconds(5);

// Everything for one family, in one batch: a table, chains, sets, and a rule for each expression
// that a kernel can be built without. The kernel goes on behind a message that it refuses.
class Probe {
 public:
  explicit Probe(Family family) : family_(family), batch_(/*generation=*/0) {
    PutString(Add(NFT_MSG_NEWTABLE), NFTA_TABLE_NAME, kProbeTable);
    AddExclusiveTable();
    AddChain("filter", "filter", NF_INET_LOCAL_IN);
    AddChain("dnat", "nat", NF_INET_PRE_ROUTING);
    AddChain("masquerade", "nat", NF_INET_POST_ROUTING);
    AddSets();
    AddRules();
    batch_.FinishAsDryRun();
  }

  Batch& batch() { return batch_; }

  // Notes what it is that the kernel has refused.
  void Note(const Outcome& outcome, Features& features) const {
    const size_t number = outcome.sequence - batch_.begin_sequence() - 1;
    if (const auto choice = choices_.find(number); choice != choices_.end()) {
      features.*choice->second = false;
      return;
    }
    std::string what = Meaning(number, outcome);
    if (what.empty() || absl::c_linear_search(features.missing, what)) return;
    features.missing.push_back(std::move(what));
  }

 private:
  // Empty: what it means is told by another message.
  std::string Meaning(size_t number, const Outcome& outcome) const {
    const auto named = names_.find(number);
    if (named != names_.end()) return absl::StrCat(kLacks, named->second);
    const nlmsghdr* message = batch_.MessageOf(outcome.sequence);
    if (message == nullptr) return "";
    return MissingFeature(*message, outcome.error, outcome.offset);
  }

  nlmsghdr* Add(uint16_t type) { return batch_.Start(type, NLM_F_CREATE, family_, messages_++); }

  // A table by itself: the kernel goes on with the others if it refuses it.
  void AddExclusiveTable() {
    choices_[messages_] = &Features::exclusive_tables;
    nlmsghdr* message = Add(NFT_MSG_NEWTABLE);
    PutString(message, NFTA_TABLE_NAME, absl::StrCat(kProbeTable, "-exclusive"));
    PutNumber(message, NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER | kTablePersists);
  }

  void AddChain(absl::string_view name, absl::string_view type, uint32_t hook) {
    nlmsghdr* message = Add(NFT_MSG_NEWCHAIN);
    PutString(message, NFTA_CHAIN_TABLE, kProbeTable);
    PutString(message, NFTA_CHAIN_NAME, name);
    PutString(message, NFTA_CHAIN_TYPE, type);
    nlattr* nest = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
    PutNumber(message, NFTA_HOOK_HOOKNUM, hook);
    PutNumber(message, NFTA_HOOK_PRIORITY, 0);
    mnl_attr_nest_end(message, nest);
  }

  // `what`: says what is missing if the kernel does not take it.
  nlmsghdr* AddSet(absl::string_view name, uint32_t flags, uint32_t key_size, std::string what) {
    names_[messages_] = std::move(what);
    nlmsghdr* message = Add(NFT_MSG_NEWSET);
    PutString(message, NFTA_SET_TABLE, kProbeTable);
    PutString(message, NFTA_SET_NAME, name);
    PutNumber(message, NFTA_SET_FLAGS, flags);
    PutNumber(message, NFTA_SET_KEY_TYPE, 0);
    PutNumber(message, NFTA_SET_KEY_LEN, key_size);
    PutNumber(message, NFTA_SET_ID, ++sets_);
    return message;
  }

  void AddSets() {
    nlmsghdr* counted = AddSet("counted", 0, 4, "sets whose elements have counters (Linux 5.7)");
    nlattr* expression = mnl_attr_nest_start(counted, NFTA_SET_EXPR);
    PutString(counted, NFTA_EXPR_NAME, "counter");
    mnl_attr_nest_end(counted, mnl_attr_nest_start(counted, NFTA_EXPR_DATA));
    mnl_attr_nest_end(counted, expression);

    nlmsghdr* ranges = AddSet("ranges", NFT_SET_INTERVAL | NFT_SET_CONCAT, 8,
                              "sets of ranges of several fields (Linux 5.6)");
    nlattr* description = mnl_attr_nest_start(ranges, NFTA_SET_DESC);
    nlattr* fields = mnl_attr_nest_start(ranges, NFTA_SET_DESC_CONCAT);
    for (int i = 0; i < 2; ++i) {
      nlattr* field = mnl_attr_nest_start(ranges, NFTA_LIST_ELEM);
      PutNumber(ranges, NFTA_SET_FIELD_LEN, 4);
      mnl_attr_nest_end(ranges, field);
    }
    mnl_attr_nest_end(ranges, fields);
    mnl_attr_nest_end(ranges, description);

    nlmsghdr* dynamic = AddSet(kDynamic, NFT_SET_MAP | NFT_SET_TIMEOUT | NFT_SET_EVAL, 4,
                               "maps that packets add to, for session affinity");
    PutNumber(dynamic, NFTA_SET_DATA_TYPE, 0);
    PutNumber(dynamic, NFTA_SET_DATA_LEN, 4);
  }

  void AddRule(absl::string_view chain, const std::function<void(Expressions&)>& write) {
    struct Free {
      void operator()(nftnl_rule* rule) const { nftnl_rule_free(rule); }
    };
    const std::unique_ptr<nftnl_rule, Free> rule(nftnl_rule_alloc());
    if (rule == nullptr) throw std::bad_alloc();
    nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, kProbeTable);
    nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, std::string(chain).c_str());
    Expressions expressions(rule.get());
    write(expressions);
    nftnl_rule_nlmsg_build_payload(Add(NFT_MSG_NEWRULE), rule.get());
  }

  void AddRules() {
    const uint32_t family = family_ == Family::kIPv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
    const std::array<uint8_t, 16> address{};
    const std::span<const uint8_t> any(address.data(), family_ == Family::kIPv4 ? 4 : 16);
    AddRule("filter", [](Expressions& out) { out.LoadConntrack(NFT_CT_STATE); });
    AddRule("filter", [](Expressions& out) { out.LoadAddressType(NFTA_FIB_F_DADDR); });
    AddRule("filter", [](Expressions& out) { out.LoadNumber(NFT_NG_RANDOM, 2, 0, 0); });
    AddRule("filter", [](Expressions& out) {
      out.LoadMeta(NFT_META_MARK, 0);
      out.LoadHash(0, 4, 1, 2, 0, 0);
    });
    AddRule("filter", [](Expressions& out) { out.Reject(NFT_REJECT_ICMP_UNREACH, 3); });
    names_[messages_] = "reject in prerouting (Linux 5.9)";
    AddRule("dnat", [](Expressions& out) { out.Reject(NFT_REJECT_ICMP_UNREACH, 3); });
    AddRule("filter", [](Expressions& out) {
      out.LoadMeta(NFT_META_MARK, 0);
      out.LoadMeta(NFT_META_MARK, 4);
      out.Update(kDynamic, 4, 1'000);
    });
    choices_[messages_] = &Features::matches_maps;
    AddRule("filter", [](Expressions& out) {
      out.LoadMeta(NFT_META_MARK, 0);
      out.Lookup(kDynamic, /*negate=*/false);
    });
    AddRule("dnat", [&](Expressions& out) {
      out.LoadBytes(any, 0);
      out.LoadBytes(any.first(4), 16);
      out.Dnat(family, 0, 16);
    });
    AddRule("masquerade",
            [](Expressions& out) { out.Masquerade(NF_NAT_RANGE_PROTO_RANDOM_FULLY); });
  }

  static constexpr char kDynamic[] = "dynamic";

  Family family_;
  Batch batch_;
  size_t messages_ = 0;
  uint32_t sets_ = 0;
  // By number of the message: what is missing if the kernel refuses it, and what is chosen by it.
  absl::btree_map<size_t, std::string> names_;
  absl::btree_map<size_t, bool Features::*> choices_;
};

absl::Status RunProbe(Socket& socket, Probe& probe, Features& features) {
  Batch& batch = probe.batch();
  batch.SetSequences(socket.TakeSequences(batch.size()));
  RETURN_IF_ERROR(While("probe kernel", socket.Send(batch.bytes())));
  for (bool done = false; !done;) {
    const auto datagram = socket.Receive(kProbePatience);
    if (!datagram.ok()) return While("probe kernel", datagram.status());
    if (datagram->empty()) return absl::DeadlineExceededError("probe kernel: no answer");
    absl::Status refused;
    ForEachMessage(*datagram, [&](const nlmsghdr& message) {
      const std::optional<Outcome> outcome = OutcomeOf(message);
      if (!outcome.has_value()) return;
      const uint32_t number = outcome->sequence - batch.begin_sequence();
      if (number >= batch.size()) return;
      done |= outcome->sequence == batch.acknowledged_sequence();
      if (outcome->error == 0) return;
      if (number == 0) refused = ErrnoStatus(outcome->error, "probe kernel");  // all of it
      probe.Note(*outcome, features);
    });
    RETURN_IF_ERROR(refused);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Features> ProbeFeatures() {
  ASSIGN_OR_RETURN(Socket socket, Socket::Open());
  // Tells a kernel without nf_tables, and a caller without the right to ask.
  RETURN_IF_ERROR(ReadGeneration(socket).status());
  Features features;
  for (const Family family : base::kFamilies) {
    Probe probe(family);
    RETURN_IF_ERROR(RunProbe(socket, probe, features));
  }
  return features;
}

std::string DescribeMissing(const Features& features) {
  std::vector<std::string> parts;
  for (absl::string_view what : features.missing) {
    absl::ConsumePrefix(&what, kLacks);
    parts.emplace_back(what);
  }
  if (!features.matches_maps) {
    parts.emplace_back(
        "matches of maps (Linux 6.5; where endpoints have several port numbers, affinity ends its "
        "timeout after a client's first connection instead of its last)");
  }
  if (!features.exclusive_tables) {
    parts.emplace_back(
        "tables that outlive their owner (Linux 6.9; table_ownership: EXCLUSIVE is as SHARED)");
  }
  return parts.empty() ? "" : absl::StrCat(kLacks, absl::StrJoin(parts, "; "));
}

}  // namespace nftsvc::netlink
