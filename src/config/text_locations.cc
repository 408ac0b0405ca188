// SPDX-License-Identifier: Apache-2.0
#include "src/config/text_locations.h"

#include <google/protobuf/io/tokenizer.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "src/base/printable.h"

namespace nftsvc::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

// Protobuf counts lines and columns from 0, people and editors from 1.
std::string Place(absl::string_view file, int line, int column) {
  return absl::StrCat(file, ":", line + 1, ":", column + 1);
}

class Collector : public google::protobuf::io::ErrorCollector {
 public:
  Collector(absl::string_view file, std::vector<std::string>& mistakes)
      : file_(file), mistakes_(mistakes) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    mistakes_.push_back(absl::StrCat(Place(file_, line, column), ": ", base::Printable(message)));
  }

 private:
  absl::string_view file_;
  std::vector<std::string>& mistakes_;
};

// Where the field at `path` is in the text, or else the message that lacks it: line -1 if nowhere.
TextFormat::ParseLocation Find(const Descriptor* type, const TextFormat::ParseInfoTree* tree,
                               absl::string_view path) {
  TextFormat::ParseLocation location;
  for (absl::string_view step : absl::StrSplit(path, '.')) {
    const std::pair<absl::string_view, absl::string_view> name_and_index =
        absl::StrSplit(step, absl::MaxSplits('[', 1));
    int index = -1;
    if (!absl::SimpleAtoi(absl::StripSuffix(name_and_index.second, "]"), &index)) index = -1;
    const FieldDescriptor* field = type->FindFieldByName(std::string(name_and_index.first));
    if (field == nullptr || tree == nullptr) break;
    if (field->is_repeated()) index = std::max(index, 0);
    TextFormat::ParseLocation here = tree->GetLocation(field, index);
    // Of a list in brackets only the beginning is known.
    if (here.line < 0 && index > 0) here = tree->GetLocation(field, 0);
    if (here.line >= 0) location = here;
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) break;
    tree = tree->GetTreeForNested(field, index);
    type = field->message_type();
  }
  return location;
}

}  // namespace

LocatedText::LocatedText(absl::string_view text, absl::string_view file,
                         google::protobuf::Message& message)
    : file_(file), type_(message.GetDescriptor()) {
  Collector collector(file, syntax_mistakes_);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&locations_);
  if (!parser.ParseFromString(std::string(text), &message) && syntax_mistakes_.empty()) {
    syntax_mistakes_.push_back(absl::StrCat(file, ": not a textproto"));
  }
}

std::string LocatedText::Mistake(absl::string_view path, absl::string_view what) const {
  const TextFormat::ParseLocation location = Find(type_, &locations_, path);
  return absl::StrCat(location.line < 0 ? file_ : Place(file_, location.line, location.column),
                      ": ", path, ": ", what);
}

}  // namespace nftsvc::config
