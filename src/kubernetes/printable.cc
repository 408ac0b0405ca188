// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/printable.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "src/model/quoted.h"

namespace nftsvc::kubernetes {
namespace {

constexpr size_t kMostPrintedBytes = 64;

bool IsWordByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("-./_", c);
}

}  // namespace

std::string Printable(absl::string_view name) {
  const bool is_word = !name.empty() && name.size() <= kMostPrintedBytes &&
                       std::all_of(name.begin(), name.end(), IsWordByte);
  return is_word ? std::string(name) : model::Quoted{name}.ToString();
}

}  // namespace nftsvc::kubernetes
