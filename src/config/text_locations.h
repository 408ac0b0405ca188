// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace nftsvc::config {

// A textproto with the place of each of its fields, so that what is wrong with a value can be told
// with its line.
class LocatedText {
 public:
  // Reads `text` into `message`. `file` is for the mistakes.
  LocatedText(absl::string_view text, absl::string_view file, google::protobuf::Message& message);

  // "file:3:8: what is wrong" for what is no textproto of that message. Empty: it was read whole.
  const std::vector<std::string>& syntax_mistakes() const { return syntax_mistakes_; }

  // "file:7:3: path: what". The path is one of proto field names, as "local_pods.cidrs[1]". The
  // place is that of the message around it if the text does not set the field, and none without
  // one.
  std::string Mistake(absl::string_view path, absl::string_view what) const;

 private:
  std::string file_;
  const google::protobuf::Descriptor* type_;
  google::protobuf::TextFormat::ParseInfoTree locations_;
  std::vector<std::string> syntax_mistakes_;
};

}  // namespace nftsvc::config
