// SPDX-License-Identifier: Apache-2.0
#include "src/cli/migrate_report.h"

namespace nftsvc::cli {

MigrateReport::MigrateReport(Session& session, absl::string_view direction) : session_(session) {
  SetText("direction", direction);
  SetFlag("executed", false);
  StartList("warnings");
  StartList("obstacles");
}

MigrateReport::~MigrateReport() {
  if (session_.json) session_.PrintJson(object_);
  session_.out << std::flush;
}

void MigrateReport::Line(absl::string_view text) {
  if (!session_.json) session_.out << text << "\n";
}

void MigrateReport::SetText(const std::string& field, absl::string_view value) {
  SetField(object_, field, value);
}

void MigrateReport::SetNumber(const std::string& field, double value) {
  SetField(object_, field, value);
}

void MigrateReport::SetFlag(const std::string& field, bool value) {
  (*object_.mutable_fields())[field].set_bool_value(value);
}

google::protobuf::Struct& MigrateReport::Add(const std::string& list) {
  auto& values = *(*object_.mutable_fields())[list].mutable_list_value();
  return *values.add_values()->mutable_struct_value();
}

void MigrateReport::AddText(const std::string& list, absl::string_view text) {
  auto& values = *(*object_.mutable_fields())[list].mutable_list_value();
  values.add_values()->set_string_value(std::string(text));
}

void MigrateReport::StartList(const std::string& list) {
  (*object_.mutable_fields())[list].mutable_list_value();
}

void SetField(google::protobuf::Struct& object, const std::string& field, absl::string_view value) {
  (*object.mutable_fields())[field].set_string_value(std::string(value));
}

void SetField(google::protobuf::Struct& object, const std::string& field, double value) {
  (*object.mutable_fields())[field].set_number_value(value);
}

}  // namespace nftsvc::cli
