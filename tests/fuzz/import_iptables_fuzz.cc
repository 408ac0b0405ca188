// SPDX-License-Identifier: Apache-2.0
//
// Whatever the input, an import ends, says only what a terminal can show, and what it prints is a
// snapshot that the daemon takes and understands as it was meant.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "src/iptables/import.h"
#include "src/model/utf8.h"
#include "src/wire/textproto.h"
#include "tests/kubernetes/revalidate.h"

namespace nftsvc::iptables {
namespace {

void Require(bool condition, const std::string& otherwise) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", otherwise.c_str());
  std::abort();
}

void RequirePrintable(absl::string_view text) {
  const bool printable = model::IsUtf8(text) && !model::HasC1Control(text) &&
                         std::none_of(text.begin(), text.end(), [](char c) {
                           return absl::ascii_iscntrl(static_cast<unsigned char>(c));
                         });
  Require(printable, absl::StrCat("not printable: ", text));
}

void ImportAndCheck(absl::string_view text) {
  const absl::StatusOr<ImportResult> result = Import(text, "node-a");
  if (!result.ok()) return RequirePrintable(std::string(result.status().message()));
  for (const ImportNote& note : result->notes) {
    RequirePrintable(note.what);
    for (const std::string& place : note.places) RequirePrintable(place);
  }
  for (const model::Issue& issue : result->issues) RequirePrintable(issue.ToString());
  if (!result->issues.empty()) return;

  const std::string wrong = kubernetes::WhatIsWrong(result->snapshot);
  Require(wrong.empty(), wrong);
  const std::string printed = wire::PrintTextproto(result->snapshot);
  v1::Snapshot parsed;
  const absl::Status status = wire::ParseTextproto(printed, parsed);
  Require(status.ok() && wire::PrintTextproto(parsed) == printed, printed);
}

}  // namespace
}  // namespace nftsvc::iptables

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  nftsvc::iptables::ImportAndCheck({reinterpret_cast<const char*>(data), size});
  return 0;
}
