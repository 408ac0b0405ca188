// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "src/model/utf8.h"

// What fuzz targets hold true of any input.
namespace nftsvc::fuzz {

// Ends the process otherwise, as libFuzzer wants it.
inline void Require(bool condition, const std::string& otherwise) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", otherwise.c_str());
  std::abort();
}

// That a terminal can show the text.
inline void RequirePrintable(absl::string_view text) {
  const bool printable = model::IsUtf8(text) && !model::HasC1Control(text) &&
                         std::none_of(text.begin(), text.end(), [](char c) {
                           return absl::ascii_iscntrl(static_cast<unsigned char>(c));
                         });
  Require(printable, absl::StrCat("not printable: ", text));
}

}  // namespace nftsvc::fuzz
