// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/missing_feature.h"

#include <linux/netfilter/nf_tables.h>

#include <array>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/netlink/attributes.h"
#include "src/netlink/encode_object.h"
#include "src/netlink/message.h"

namespace nftsvc::netlink {
namespace {

struct Feature {
  absl::string_view expression;
  absl::string_view module;
  absl::string_view option;
};

// The expressions of our rules that a kernel can be built without (net/netfilter/Kconfig).
constexpr std::array<Feature, 7> kFeatures = {{
    {"ct", "nft_ct", "CONFIG_NFT_CT"},
    {"fib", "nft_fib", "CONFIG_NFT_FIB_IPV4, CONFIG_NFT_FIB_IPV6"},
    {"hash", "nft_hash", "CONFIG_NFT_HASH"},
    {"masq", "nft_masq", "CONFIG_NFT_MASQ"},
    {"nat", "nft_nat", "CONFIG_NFT_NAT"},
    {"numgen", "nft_numgen", "CONFIG_NFT_NUMGEN"},
    {"reject", "nft_reject", "CONFIG_NFT_REJECT"},
}};

std::string Lacks(absl::string_view what, absl::string_view option) {
  return absl::StrCat("kernel lacks ", what, " (", option, ")");
}

std::string MissingExpression(const nlmsghdr& message, uint32_t offset) {
  const Attributes rule(message);
  std::string missing;
  ForEachNested(rule.Find(NFTA_RULE_EXPRESSIONS), [&](const nlattr* expression) {
    if (!Covers(expression, message, offset)) return;
    const absl::string_view name = Attributes(expression).String(NFTA_EXPR_NAME);
    for (const Feature& feature : kFeatures) {
      if (feature.expression == name) missing = Lacks(feature.module, feature.option);
    }
  });
  return missing;
}

}  // namespace

std::string MissingFeature(const nlmsghdr& message, int error, std::optional<uint32_t> offset) {
  if (error != ENOENT && error != EOPNOTSUPP && error != EINVAL) return "";
  const uint16_t type = TableMessageType(message).value_or(NFT_MSG_MAX);
  if (type == NFT_MSG_NEWTABLE && error != ENOENT &&
      (Attributes(message).Number(NFTA_TABLE_FLAGS).value_or(0) & kTablePersists) != 0) {
    return "kernel lacks tables that outlive their owner (Linux 6.9 has them); without "
           "table_ownership: EXCLUSIVE they are not needed";
  }
  if (error == EINVAL) return "";
  if (type == NFT_MSG_NEWTABLE && error == EOPNOTSUPP) {
    const bool ipv6 = FamilyOf(message) == base::Family::kIPv6;
    return Lacks(ipv6 ? "nf_tables for ip6" : "nf_tables for ip",
                 ipv6 ? "CONFIG_NF_TABLES_IPV6" : "CONFIG_NF_TABLES_IPV4");
  }
  if (!offset.has_value()) return "";
  if (type == NFT_MSG_NEWRULE) return MissingExpression(message, *offset);
  const Attributes chain(message);
  if (type == NFT_MSG_NEWCHAIN && Covers(chain.Find(NFTA_CHAIN_TYPE), message, *offset)) {
    return Lacks(absl::StrCat("nft_chain_", chain.String(NFTA_CHAIN_TYPE)), "CONFIG_NFT_NAT");
  }
  return "";
}

}  // namespace nftsvc::netlink
