// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/ip_address.h"
#include "src/base/ip_prefix.h"
#include "src/model/draft.h"
#include "src/model/issue_collector.h"
#include "src/model/path.h"
#include "src/model/service.h"

namespace nftsvc::model {

// An address that traffic can go to: not unspecified, loopback, multicast or link-local. Otherwise
// adds an issue.
std::optional<base::IpAddress> BuildAddress(absl::string_view text, const Path& path,
                                            IssueCollector& issues);

// Fills the service's three lists of addresses and its source ranges. An address in two of the
// lists is an issue: its traffic would have two policies.
void BuildAddresses(const ServiceDraft& draft, const Path& path, Service& service,
                    IssueCollector& issues);

}  // namespace nftsvc::model
