// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "src/base/ip_address.h"
#include "src/base/ip_prefix.h"
#include "src/model/issue_collector.h"
#include "src/model/path.h"

// Addresses as kube-proxy reads them: objects may hold texts that were accepted before Go 1.17
// (ParseIPSloppy and ParseCIDRSloppy of k8s.io/utils/net). Leading zeros are no sign of octal, so
// "172.30.0.041" is 172.30.0.41, and an IPv4-mapped IPv6 address is the IPv4 address.
namespace nftsvc::kubernetes {

std::optional<base::IpAddress> ParseAddress(absl::string_view text);

// "203.0.113.000/025". A bare address is none.
std::optional<base::IpPrefix> ParsePrefix(absl::string_view text);

// An address that traffic can go to, as model::BuildAddress has it. Otherwise adds an issue.
std::optional<base::IpAddress> ReadAddress(absl::string_view text, const model::Path& path,
                                           model::IssueCollector& issues);

// A CIDR. Otherwise adds an issue.
std::optional<base::IpPrefix> ReadPrefix(absl::string_view text, const model::Path& path,
                                         model::IssueCollector& issues);

}  // namespace nftsvc::kubernetes
