// SPDX-License-Identifier: Apache-2.0
//
// Whatever a file of a snapshot holds, in any format, it is understood or refused in words that a
// terminal can show; what is accepted comes back the same from every format, and becomes a plan.
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "src/model/validate.h"
#include "src/wire/json.h"
#include "src/wire/snapshot_codec.h"
#include "src/wire/snapshot_text.h"
#include "src/wire/textproto.h"
#include "tests/fuzz/compile_all.h"
#include "tests/fuzz/require.h"
#include "tests/support/builders.h"

namespace nftsvc::fuzz {
namespace {

model::Validation Validate(const v1::Snapshot& message) {
  const model::Snapshot nothing;
  model::Validator validator(nothing, model::Validator::Scope::kSnapshot,
                             model::Validator::Refuse::kInvalid);
  wire::Upsert(message, validator);
  return std::move(validator).Finish();
}

void RequireSame(const std::string& text, wire::Format format, const std::string& expected) {
  const absl::StatusOr<v1::Snapshot> read = wire::ParseSnapshot(text, format);
  Require(read.ok(), text);
  model::Snapshot snapshot;
  snapshot.Apply(Validate(*read).changes);
  Require(wire::PrintTextproto(wire::EncodeSnapshot(snapshot)) == expected, text);
}

void ReadAndCheck(absl::string_view bytes, wire::Format format) {
  const absl::StatusOr<v1::Snapshot> message = wire::ParseSnapshot(bytes, format);
  if (!message.ok()) return RequirePrintable(message.status().message());
  const model::Validation validation = Validate(*message);
  for (const model::Issue& issue : validation.issues) RequirePrintable(issue.ToString());
  model::Snapshot snapshot;
  snapshot.Apply(validation.changes);

  const v1::Snapshot encoded = wire::EncodeSnapshot(snapshot);
  const std::string printed = wire::PrintTextproto(encoded);
  RequireSame(printed, wire::Format::kTextproto, printed);
  RequireSame(wire::PrintJson(encoded), wire::Format::kJson, printed);
  RequireSame(encoded.SerializeAsString(), wire::Format::kBinary, printed);
  CompileAll(snapshot, testing::NodeA(), {});
}

}  // namespace
}  // namespace nftsvc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const nftsvc::wire::Format detected = nftsvc::wire::DetectFormat(bytes);
  for (const nftsvc::wire::Format format :
       {nftsvc::wire::Format::kTextproto, nftsvc::wire::Format::kJson,
        nftsvc::wire::Format::kBinary}) {
    // Text that was not meant to be binary seldom is, and costs little.
    if (format == detected || format == nftsvc::wire::Format::kBinary) {
      nftsvc::fuzz::ReadAndCheck(bytes, format);
    }
  }
  return 0;
}
