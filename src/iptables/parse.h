// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "src/iptables/save_text.h"

namespace nftsvc::iptables {

// What iptables-restore takes of one line.
inline constexpr size_t kMostLineBytes = 10'240;

// Visits the lines of what iptables-save, ip6tables-save and their nft variants print, one text or
// several behind each other, with counters or without. Text that kube-proxy hands to
// iptables-restore is read too. Comments and empty lines are passed over.
//
// The names and arguments of lines are views of `text`, or, where quotes or backslashes stood in
// them, of a string in `unescaped`.
//
// A line that these programs do not print, and a table without COMMIT, which is a text cut short,
// are InvalidArgument: "line 3, column 7: ...".
absl::Status ParseSave(absl::string_view text, std::deque<std::string>& unescaped,
                       absl::FunctionRef<void(const SavedLine&)> visit);

}  // namespace nftsvc::iptables
