// SPDX-License-Identifier: Apache-2.0
// Field numbers are what old and new versions understand each other by. They may be added, never
// changed or used again.
#include <google/protobuf/descriptor.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nftsvc/v1/config.pb.h"
#include "nftsvc/v1/control.pb.h"
#include "nftsvc/v1/report.pb.h"
#include "nftsvc/v1/snapshot.pb.h"
#include "nftsvc/v1/state.pb.h"

namespace nftsvc::wire {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

constexpr char kGolden[] = NFTSVC_SOURCE_DIR "/tests/wire/proto_numbers.golden";

std::string TypeOf(const FieldDescriptor& field) {
  if (field.is_map()) {
    const Descriptor& entry = *field.message_type();
    return absl::StrCat("map<", TypeOf(*entry.map_key()), ",", TypeOf(*entry.map_value()), ">");
  }
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return field.type_name();
}

std::string LabelOf(const FieldDescriptor& field) {
  if (field.is_map()) return "map";
  if (field.is_repeated()) return "repeated";
  if (field.real_containing_oneof() != nullptr) {
    return absl::StrCat("oneof:", field.real_containing_oneof()->name());
  }
  return field.has_presence() && field.message_type() == nullptr ? "optional" : "singular";
}

void Print(const EnumDescriptor& type, std::string& out) {
  for (int i = 0; i < type.value_count(); ++i) {
    absl::StrAppend(&out, type.full_name(), ".", type.value(i)->name(), " = ",
                    type.value(i)->number(), "\n");
  }
}

void Print(const Descriptor& message, std::string& out) {
  if (message.map_key() != nullptr) return;  // an entry of a map
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    absl::StrAppend(&out, field.full_name(), " = ", field.number(), " ", TypeOf(field), " ",
                    LabelOf(field), "\n");
  }
  for (int i = 0; i < message.enum_type_count(); ++i) Print(*message.enum_type(i), out);
  for (int i = 0; i < message.nested_type_count(); ++i) Print(*message.nested_type(i), out);
}

std::string PrintAll() {
  std::string out;
  for (const FileDescriptor* file :
       {v1::Snapshot::descriptor()->file(), v1::Request::descriptor()->file(),
        v1::Config::descriptor()->file(), v1::StateHeader::descriptor()->file(),
        v1::TopSample::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) Print(*file->message_type(i), out);
    for (int i = 0; i < file->enum_type_count(); ++i) Print(*file->enum_type(i), out);
  }
  return out;
}

TEST(ProtoNumbersTest, FieldsKeepTheirNumbersTypesAndLabels) {
  const std::string actual = PrintAll();
  if (std::getenv("NFTSVC_UPDATE_GOLDEN") != nullptr) std::ofstream(kGolden) << actual;
  std::ostringstream golden;
  golden << std::ifstream(kGolden).rdbuf();
  EXPECT_EQ(golden.str(), actual)
      << "A line with + is a new field or value: run this test with NFTSVC_UPDATE_GOLDEN=1 and "
         "commit "
      << kGolden
      << ".\nA line with - changed or went away, which breaks clients and saved snapshots that "
         "exist: keep it, or give the new field a new number and the old number a `reserved`.";
}

}  // namespace
}  // namespace nftsvc::wire
