// SPDX-License-Identifier: Apache-2.0
#include "src/host/host_addresses.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <set>

#include "src/control/system_error.h"
#include "src/control/unique_fd.h"

namespace nftsvc::host {
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
  return source && config::CanBeDialled(*source) ? source : std::nullopt;
}

}  // namespace

absl::StatusOr<config::HostAddresses> ReadHostAddresses() {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return control::SystemError(errno, "read interfaces' addresses");
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> list(raw, freeifaddrs);
  config::HostAddresses host;
  for (const ifaddrs* entry = list.get(); entry != nullptr; entry = entry->ifa_next) {
    if (const auto address = AddressIn(entry->ifa_addr)) host.all.push_back(*address);
  }
  for (const Family family : base::kFamilies) {
    const auto source = SourceOfDefaultRoute(family);
    const auto primary = source ? source : config::FirstDialable(family, host.all);
    if (primary) host.primary.push_back(*primary);
  }
  const std::set<IpAddress> sorted(host.all.begin(), host.all.end());
  host.all.assign(sorted.begin(), sorted.end());
  return host;
}

}  // namespace nftsvc::host
