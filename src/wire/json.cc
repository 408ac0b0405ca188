// SPDX-License-Identifier: Apache-2.0
#include "src/wire/json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "src/base/printable.h"
#include "src/base/status_macros.h"
#include "src/wire/json_syntax.h"
#include "src/wire/require_utf8.h"
#include "src/wire/serialize.h"

namespace nftsvc::wire {
namespace {

constexpr absl::string_view kUrlPrefix = "type.googleapis.com";

google::protobuf::util::TypeResolver& Types() {
  static auto* const resolver = google::protobuf::util::NewTypeResolverForDescriptorPool(
      std::string(kUrlPrefix), google::protobuf::DescriptorPool::generated_pool());
  return *resolver;
}

// "(services[0].name): invalid value 7 for type TYPE_STRING" and "(services[0]) nam: Cannot find
// field." become "services[0].name: invalid value 7 ..." and "services[0]: nam: Cannot find field".
std::string Reworded(absl::string_view message) {
  message = absl::StripSuffix(message, ".");
  absl::ConsumePrefix(&message, ": ");
  const size_t close = message.find(')');
  std::string text(message);
  if (absl::StartsWith(message, "(") && close != message.npos) {
    absl::string_view rest = message.substr(close + 1);
    absl::ConsumePrefix(&rest, ":");
    absl::ConsumePrefix(&rest, " ");
    const absl::string_view path = message.substr(1, close - 1);
    text = path.empty() ? std::string(rest) : absl::StrCat(path, ": ", rest);
  }
  return base::Printable(absl::StrReplaceAll(text, {{"\n", " "}}));  // names may be anything
}

}  // namespace

absl::Status ParseJson(absl::string_view text, google::protobuf::Message& message) {
  RETURN_IF_ERROR(RequireUtf8(text));
  RETURN_IF_ERROR(CheckJsonSyntax(text));
  google::protobuf::LogSilencer silence;
  message.Clear();
  const auto status =
      google::protobuf::util::JsonStringToMessage({text.data(), text.size()}, &message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(Reworded({status.message().data(), status.message().size()}));
}

namespace {

std::string Print(const google::protobuf::Message& message, bool add_whitespace) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = add_whitespace;
  options.preserve_proto_field_names = true;
  std::string text;
  // From bytes, because only they have an order of map entries that can be relied on. What we have
  // serialized ourselves is never malformed.
  (void)google::protobuf::util::BinaryToJsonString(
      &Types(), absl::StrCat(kUrlPrefix, "/", message.GetDescriptor()->full_name()),
      Serialize(message), &text, options);
  return text;
}

}  // namespace

std::string PrintJson(const google::protobuf::Message& message) {
  return Print(message, /*add_whitespace=*/true);
}

std::string PrintJsonLine(const google::protobuf::Message& message) {
  return Print(message, /*add_whitespace=*/false) + "\n";
}

}  // namespace nftsvc::wire
