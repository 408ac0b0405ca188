// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace nftsvc::model {

// A text of a client as issues show it: in quotes, escaped, cut after 64 bytes. Whatever the text,
// what is printed is UTF-8 without control characters. Kept as it is until then.
struct Quoted {
  absl::string_view text;

  std::string ToString() const;
};

}  // namespace nftsvc::model
