// SPDX-License-Identifier: Apache-2.0
#include "src/nft/names.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "src/base/sha256.h"

namespace nftsvc::nft {
namespace {

// Leaves room for the longest beginning and end: "node-port-masquerade-round-robin-chain-32768-",
// "/" and an IPv6 address, "/65535/local".
constexpr size_t kLongestServiceName = 120;
constexpr size_t kDigits = 32;  // of the hash that tells longer names apart

constexpr absl::string_view kEndpoint = "endpoint-";

absl::string_view Suffix(bool local) { return local ? kLocalSuffix : ""; }

std::string HashText(absl::string_view text) {
  const auto hash = base::Sha256(text);
  return absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

// Takes the last part off, with its slash.
absl::string_view ConsumeLast(absl::string_view& path) {
  const size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos) return {};
  const absl::string_view last = path.substr(slash + 1);
  path = path.substr(0, slash);
  return last;
}

}  // namespace

std::string OwnerName(const model::ServiceName& service, base::Protocol protocol, uint16_t port) {
  std::string name = service.ToString();
  if (name.size() > kLongestServiceName) {
    // No name that is not cut has a second slash, and nobody can make another that has this hash.
    name = absl::StrCat(name.substr(0, kLongestServiceName - 1 - kDigits), "/",
                        HashText(name).substr(0, kDigits));
  }
  return absl::StrCat(name, "/", base::ProtocolName(protocol), "/", port);
}

std::string EndpointChainName(absl::string_view owner, const base::IpAddress& address,
                              uint16_t port, bool local) {
  const std::string text = absl::StrReplaceAll(address.ToString(), {{":", "-"}});
  return absl::StrCat(kEndpoint, owner, "/", text, "/", port, Suffix(local));
}

std::optional<Bytes> EndpointOfChain(base::Family family, absl::string_view chain) {
  if (!absl::ConsumePrefix(&chain, kEndpoint)) return std::nullopt;
  absl::ConsumeSuffix(&chain, kLocalSuffix);
  uint32_t port = 0;
  if (!absl::SimpleAtoi(ConsumeLast(chain), &port) || port > UINT16_MAX) return std::nullopt;
  std::string text(ConsumeLast(chain));
  if (family == base::Family::kIPv6) text = absl::StrReplaceAll(text, {{"-", ":"}});
  const std::optional<base::IpAddress> address = base::IpAddress::Parse(text);
  if (!address.has_value() || address->family() != family) return std::nullopt;
  return EndpointValue(*address, static_cast<uint16_t>(port));
}

std::optional<Bytes> EndpointOf(const Element& element) {
  if (IsCatchAll(element.id)) return std::nullopt;
  switch (element.id.set) {
    case SetId::kEndpoints:
    case SetId::kNodePortEndpoints:
      return element.value;
    case SetId::kEndpointChains:
    case SetId::kNodePortEndpointChains:
      return EndpointOfChain(element.id.family, element.chain);
    default:
      return std::nullopt;
  }
}

std::string AffinityName(absl::string_view owner, uint16_t endpoint_port, bool local) {
  return absl::StrCat(DeclarationOf(SetId::kAffinity).name, owner, "/", endpoint_port,
                      Suffix(local));
}

std::string ClientsChainName(absl::string_view owner) { return absl::StrCat("clients-", owner); }

}  // namespace nftsvc::nft
