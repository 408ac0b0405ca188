// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace nftsvc::kubernetes {

// One reason for which something of the input has no place in the snapshot.
struct Note {
  std::string what;                // "headless services"
  size_t count = 0;                // how many
  std::vector<std::string> names;  // the first few, as "namespace/name"; may be empty

  friend bool operator==(const Note&, const Note&) = default;
};

// Counts what was left out, by reason. Bounded, whatever the input: of the names and of the reasons
// that the input makes up itself, a few are kept.
class Notes {
 public:
  // `what` is in the plural.
  void Add(absl::string_view what, std::string name);

  // An object of a kind that is not read.
  void AddObject(absl::string_view kind, absl::string_view api_version);

  // By reason; objects of other kinds come last.
  std::vector<Note> Take() &&;

 private:
  std::map<std::string, Note, std::less<>> reasons_;
  std::map<std::string, Note, std::less<>> kinds_;
  Note other_kinds_;
};

}  // namespace nftsvc::kubernetes
