// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/host_addresses.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>

#include "src/control/system_error.h"
#include "src/control/unique_fd.h"

namespace nftsvc::daemon {
namespace {

using base::Family;
using base::IpAddress;

std::optional<IpAddress> AddressIn(const sockaddr* raw) {
  if (raw == nullptr) return std::nullopt;
  if (raw->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(raw);
    return IpAddress::FromBytes(
        Family::kIPv4, {reinterpret_cast<const uint8_t*>(&v4->sin_addr), sizeof(v4->sin_addr)});
  }
  if (raw->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(raw);
    return IpAddress::FromBytes(Family::kIPv6, v6->sin6_addr.s6_addr);
  }
  return std::nullopt;
}

bool CanBeDialled(const IpAddress& address) {
  return !address.is_loopback() && !address.is_link_local() && !address.is_unspecified();
}

// What a socket connected to a far address would send from. Connecting a datagram socket asks the
// routing table and sends nothing. 192.0.2.0/24 and 2001:db8::/32 are for documentation only
// (RFC 5737, RFC 3849), so that no route but the default one leads there.
std::optional<IpAddress> SourceOfDefaultRoute(Family family) {
  const bool is_v4 = family == Family::kIPv4;
  sockaddr_storage far = {};
  socklen_t size = is_v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  if (is_v4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(far);
    v4 = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {}, .sin_zero = {}};
    const IpAddress address = *IpAddress::Parse("192.0.2.1");
    std::memcpy(&v4.sin_addr, address.bytes().data(), address.bytes().size());
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(far);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(9);
    const IpAddress address = *IpAddress::Parse("2001:db8::1");
    std::memcpy(&v6.sin6_addr, address.bytes().data(), address.bytes().size());
  }
  const control::UniqueFd fd(socket(far.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  auto* raw = reinterpret_cast<sockaddr*>(&far);
  if (!fd.is_open() || connect(fd.get(), raw, size) != 0 ||
      getsockname(fd.get(), raw, &size) != 0) {
    return std::nullopt;
  }
  const std::optional<IpAddress> source = AddressIn(raw);
  return source && CanBeDialled(*source) ? source : std::nullopt;
}

std::optional<IpAddress> First(Family family, std::span<const IpAddress> addresses) {
  const auto first =
      std::find_if(addresses.begin(), addresses.end(), [&](const IpAddress& address) {
        return address.family() == family && CanBeDialled(address);
      });
  return first == addresses.end() ? std::nullopt : std::optional(*first);
}

void AppendIfAny(const std::optional<IpAddress>& address, std::vector<IpAddress>& addresses) {
  if (address) addresses.push_back(*address);
}

void SortUnique(std::vector<IpAddress>& addresses) {
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
}

std::vector<IpAddress> NodePortAddressesOf(const Config& config, const HostAddresses& addresses) {
  const bool are_given = !config.addresses.empty();
  std::vector<IpAddress> chosen;
  for (const IpAddress& address : are_given ? config.addresses : addresses.all) {
    const auto& cidrs = config.node_port_addresses.cidrs;
    const bool is_in_one = std::any_of(cidrs.begin(), cidrs.end(), [&](const base::IpPrefix& cidr) {
      return cidr.Contains(address);
    });
    if (is_in_one && CanBeDialled(address)) chosen.push_back(address);
  }
  if (config.node_port_addresses.primary) {
    const std::span<const IpAddress> primary = are_given ? config.addresses : addresses.primary;
    for (const Family family : base::kFamilies) AppendIfAny(First(family, primary), chosen);
  }
  SortUnique(chosen);
  return chosen;
}

}  // namespace

absl::StatusOr<HostAddresses> ReadHostAddresses() {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return control::SystemError(errno, "read interfaces' addresses");
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> list(raw, freeifaddrs);
  HostAddresses host;
  for (const ifaddrs* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
    if (const auto address = AddressIn(entry->ifa_addr)) host.all.push_back(*address);
  }
  for (const Family family : base::kFamilies) {
    const auto source = SourceOfDefaultRoute(family);
    AppendIfAny(source ? source : First(family, host.all), host.primary);
  }
  SortUnique(host.all);
  return host;
}

forwarding::HostFacts HostFactsOf(const Config& config, const HostAddresses& addresses) {
  forwarding::HostFacts facts = config.settings.host;
  facts.local_addresses = addresses.all;
  facts.local_addresses.insert(facts.local_addresses.end(), config.addresses.begin(),
                               config.addresses.end());
  SortUnique(facts.local_addresses);
  facts.node_ports_on_all_addresses = config.node_port_addresses.AreAll();
  if (!facts.node_ports_on_all_addresses) {
    facts.node_port_addresses = NodePortAddressesOf(config, addresses);
  }
  return facts;
}

}  // namespace nftsvc::daemon
