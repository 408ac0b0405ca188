// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/chain_names.h"
#include "src/base/sha256.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace nftsvc::iptables {
namespace {

constexpr absl::string_view kServicePrefix = "KUBE-SVC-";
constexpr absl::string_view kLocalPrefix = "KUBE-SVL-";
constexpr absl::string_view kExternalPrefix = "KUBE-EXT-";
constexpr absl::string_view kFirewallPrefix = "KUBE-FW-";
constexpr absl::string_view kEndpointPrefix = "KUBE-SEP-";

// The first 16 digits of the digest in base 32 (RFC 4648), which are its first 10 bytes.
std::string Hash(absl::string_view text) {
  constexpr absl::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const std::array<uint8_t, 32> digest = base::Sha256(text);
  std::string hash;
  for (size_t bit = 0; bit < 80; bit += 5) {
    const uint32_t pair = static_cast<uint32_t>(digest[bit / 8]) << 8 | digest[bit / 8 + 1];
    hash += kDigits[pair >> (11 - bit % 8) & 31];
  }
  return hash;
}

}  // namespace

PortChains PortChainsOf(absl::string_view label, base::Protocol protocol) {
  const std::string hash = Hash(absl::StrCat(label, base::ProtocolName(protocol)));
  return {.service = absl::StrCat(kServicePrefix, hash),
          .local = absl::StrCat(kLocalPrefix, hash),
          .external = absl::StrCat(kExternalPrefix, hash),
          .firewall = absl::StrCat(kFirewallPrefix, hash)};
}

std::string EndpointChain(absl::string_view label, base::Protocol protocol,
                          const base::IpAddress& address, uint16_t port) {
  return absl::StrCat(kEndpointPrefix, Hash(absl::StrCat(label, base::ProtocolName(protocol),
                                                         base::HostPort(address, port))));
}

bool IsOwnChain(absl::string_view name) {
  static const std::array<absl::string_view, 10> kConstant = {
      kServices,    kNodePorts, kExternalServices, kProxyFirewall, kForward,
      kPostrouting, kMarkMasq,  kClusterIps,       kLocalnet,      kMarkOutsidePods};
  constexpr std::array kPrefixes = {kServicePrefix, kLocalPrefix, kExternalPrefix, kFirewallPrefix,
                                    kEndpointPrefix};
  return std::find(kConstant.begin(), kConstant.end(), name) != kConstant.end() ||
         std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [name](absl::string_view prefix) { return absl::StartsWith(name, prefix); });
}

}  // namespace nftsvc::iptables
