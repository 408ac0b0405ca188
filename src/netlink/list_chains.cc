// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/list_chains.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>

#include "absl/strings/match.h"
#include "src/base/status_macros.h"
#include "src/netlink/attributes.h"
#include "src/netlink/message.h"
#include "src/netlink/request.h"
#include "src/netlink/socket.h"

namespace nftsvc::netlink {
namespace {

// Other commits spoil a listing.
constexpr int kChainAttempts = 10;

// NF_INET_…: of the families ip, ip6 and inet, and of bridge alike. Those of arp and netdev are
// others, and none of a service's packets.
std::string HookPointWord(absl::string_view family, uint32_t number) {
  constexpr std::array<const char*, 5> kPoints = {"prerouting", "input", "forward", "output",
                                                  "postrouting"};
  const bool has_these = absl::StartsWith(family, "i") || family == "bridge";
  return has_these && number < kPoints.size() ? kPoints[number] : "";
}

ListedChain DecodeChain(const nlmsghdr& message) {
  const Attributes attributes(message);
  ListedChain chain;
  chain.family = std::string(FamilyWord(message));
  chain.table = std::string(attributes.String(NFTA_CHAIN_TABLE));
  chain.name = std::string(attributes.String(NFTA_CHAIN_NAME));
  if (!attributes.Has(NFTA_CHAIN_HOOK)) return chain;
  const Attributes hook(attributes.Find(NFTA_CHAIN_HOOK));
  chain.hook = {
      .type = std::string(attributes.String(NFTA_CHAIN_TYPE)),
      .point = HookPointWord(chain.family, hook.Number(NFTA_HOOK_HOOKNUM).value_or(UINT32_MAX)),
      .priority = static_cast<int>(hook.Number(NFTA_HOOK_PRIORITY).value_or(0)),
      .drops = attributes.Number(NFTA_CHAIN_POLICY) == uint32_t{NF_DROP}};
  return chain;
}

absl::StatusOr<std::vector<ListedChain>> TryListChains(Socket& socket) {
  Request request(NFT_MSG_GETCHAIN, NLM_F_DUMP, base::Family::kIPv4);
  static_cast<nfgenmsg*>(mnl_nlmsg_get_payload(request.message()))->nfgen_family = NFPROTO_UNSPEC;
  std::vector<ListedChain> chains;
  RETURN_IF_ERROR(request.Ask(socket, "list chains", [&](const nlmsghdr& message) {
    if (TableMessageType(message) == NFT_MSG_NEWCHAIN) chains.push_back(DecodeChain(message));
  }));
  return chains;
}

}  // namespace

absl::StatusOr<std::vector<ListedChain>> ListAllChains() {
  ASSIGN_OR_RETURN(Socket socket, Socket::Open());
  auto chains = TryListChains(socket);
  for (int i = 1; i < kChainAttempts && absl::IsAborted(chains.status()); ++i) {
    chains = TryListChains(socket);
  }
  return chains;
}

}  // namespace nftsvc::netlink
