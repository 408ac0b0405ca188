// SPDX-License-Identifier: Apache-2.0
#include "src/model/build_addresses.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "src/model/check_text.h"
#include "src/model/limits.h"

namespace nftsvc::model {
namespace {

using base::IpAddress;
using base::IpPrefix;

// What makes an address useless as a frontend or an endpoint; null: nothing.
const char* Drawback(const IpAddress& address) {
  if (address.is_unspecified()) return "the unspecified address";
  if (address.is_loopback()) return "a loopback address";
  if (address.is_multicast()) return "a multicast address";
  if (address.is_link_local()) return "a link-local address";
  return nullptr;
}

template <typename T>
void SortAndDeduplicate(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  values.shrink_to_fit();
}

// The lists of one service's addresses, one after the other.
class AddressLists {
 public:
  AddressLists(const Path& path, IssueCollector& issues) : path_(path), issues_(issues) {}

  std::vector<IpAddress> Build(const std::vector<std::string>& texts, absl::string_view field,
                               size_t most) {
    std::vector<IpAddress> addresses;
    if (!CheckCount(texts.size(), most, Path(path_, field), issues_)) return addresses;
    addresses.reserve(texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      const Path at(path_, field, i);
      const std::optional<IpAddress> address = BuildAddress(texts[i], at, issues_);
      if (address.has_value() && IsNew(*address, field, at)) addresses.push_back(*address);
    }
    SortAndDeduplicate(addresses);
    return addresses;
  }

 private:
  bool IsNew(const IpAddress& address, absl::string_view field, const Path& at) {
    const absl::string_view list = list_of_.try_emplace(address, field).first->second;
    if (list == field) return true;
    issues_.Add(at, address.ToString(), " is in ", list, " too");
    return false;
  }

  const Path& path_;
  IssueCollector& issues_;
  absl::flat_hash_map<IpAddress, absl::string_view> list_of_;
};

std::vector<IpPrefix> BuildSourceRanges(const std::vector<std::string>& texts, const Path& path,
                                        IssueCollector& issues) {
  constexpr absl::string_view kField = "load_balancer_source_ranges";
  std::vector<IpPrefix> ranges;
  if (!CheckCount(texts.size(), kMaxSourceRanges, Path(path, kField), issues)) return ranges;
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::optional<IpPrefix> range = IpPrefix::Parse(texts[i]);
    if (range.has_value()) {
      ranges.push_back(*range);
    } else {
      issues.Add(Path(path, kField, i), Quoted{texts[i]}, " is not an IP address or CIDR");
    }
  }
  SortAndDeduplicate(ranges);
  return ranges;
}

}  // namespace

std::optional<IpAddress> BuildAddress(absl::string_view text, const Path& path,
                                      IssueCollector& issues) {
  const std::optional<IpAddress> address = IpAddress::Parse(text);
  if (!address.has_value()) {
    issues.Add(path, Quoted{text}, " is not an IP address");
    return std::nullopt;
  }
  if (const char* drawback = Drawback(*address)) {
    issues.Add(path, text, " is ", drawback);
    return std::nullopt;
  }
  return address;
}

void BuildAddresses(const ServiceDraft& draft, const Path& path, Service& service,
                    IssueCollector& issues) {
  AddressLists lists(path, issues);
  service.cluster_ips = lists.Build(draft.cluster_ips, "cluster_ips", kMaxClusterIps);
  service.external_ips = lists.Build(draft.external_ips, "external_ips", kMaxExternalIps);
  service.load_balancer_ips =
      lists.Build(draft.load_balancer_ips, "load_balancer_ips", kMaxLoadBalancerIps);
  service.load_balancer_source_ranges =
      BuildSourceRanges(draft.load_balancer_source_ranges, path, issues);
}

}  // namespace nftsvc::model
