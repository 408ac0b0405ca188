// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace nftsvc::iptables {

inline constexpr char kRulesOfOthers[] = "rules that are not kube-proxy's";
inline constexpr char kRulesOfIpvs[] = "rules of kube-proxy's IPVS mode";
inline constexpr char kNotUnderstood[] = "rules of kube-proxy that are not understood";

// Something of the input that has no place in the snapshot, or whose meaning had to be guessed.
struct ImportNote {
  std::string what;                 // in the plural: "rules that are not understood"
  size_t count = 0;                 // how many
  std::vector<std::string> places;  // the first few: "line 12", "default/web (line 12)"

  friend bool operator==(const ImportNote&, const ImportNote&) = default;
};

// Counts by reason. Bounded, whatever the input: `what` are texts of this program.
class ImportNotes {
 public:
  void Count(absl::string_view what);
  void AddLine(absl::string_view what, size_t line);

  // Of a service, by its printed name.
  void AddService(absl::string_view what, absl::string_view service, size_t line);

  bool Has(absl::string_view what) const { return notes_.contains(what); }

  // By reason.
  std::vector<ImportNote> Take() &&;

 private:
  ImportNote& NoteOf(absl::string_view what);

  std::map<std::string, ImportNote, std::less<>> notes_;
};

}  // namespace nftsvc::iptables
