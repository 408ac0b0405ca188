// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace nftsvc::testing {

// A text in sections:
//
//   # What the case is about.
//   -- snapshot --
//   services { … }
//   -- forwarding --
//   …
struct CaseFile {
  struct Section {
    std::string name;
    std::string text;  // ends with a newline, unless empty
  };

  std::string title;  // all before the first section
  std::vector<Section> sections;

  static CaseFile Parse(absl::string_view text);
  std::string ToString() const;
};

}  // namespace nftsvc::testing
