// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/model/issue_collector.h"
#include "src/model/path.h"

// What texts of a service may hold.
namespace nftsvc::model {

struct TextRule {
  size_t most_bytes;
  std::array<bool, 256> allows;  // bytes from 0x80 on are parts of UTF-8 and asked about too
  const char* complaint;         // about a byte that is not allowed
};

extern const TextRule kNamespaceRule;
extern const TextRule kServiceNameRule;
extern const TextRule kPortNameRule;
extern const TextRule kLabelRule;
extern const TextRule kEndpointTextRule;  // names of endpoints, nodes, zones

// Adds an issue if `text` breaks the rule; false if it does. Every rule allows the empty text.
bool CheckText(absl::string_view text, const TextRule& rule, const Path& path,
               IssueCollector& issues);

// Adds an issue if a list is longer than `most`; false if it is, and then nothing of it need be
// read.
bool CheckCount(size_t count, size_t most, const Path& path, IssueCollector& issues);

}  // namespace nftsvc::model
