// SPDX-License-Identifier: Apache-2.0
#include "src/wire/split_request.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/wire_format_lite.h>

#include <climits>
#include <string>

#include "src/model/limits.h"
#include "src/wire/fields.h"

namespace nftsvc::wire {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

void AppendMessage(int number, absl::string_view body, std::string& bytes) {
  uint8_t head[2 * sizeof(uint64_t) + 4];
  uint8_t* end = CodedOutputStream::WriteTagToArray(
      WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED), head);
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(body.size()), end);
  bytes.append(head, end);
  bytes.append(body.data(), body.size());
}

class Splitter {
 public:
  // What is left of a message without its services goes to `rest`.
  bool SplitRequestMessage(absl::string_view bytes, std::string& rest) {
    return ForEachField(bytes, [&](const Field& field) {
      if (!field.has_body || !IsOperation(field.number)) return Keep(field, rest);
      // Another operation takes the place of the one before, as in every oneof; the same one again
      // is merged with it.
      if (field.number != operation_) services_.clear();
      operation_ = field.number;
      std::string body;
      bool fine = true;
      if (field.number == v1::Request::kPushFieldNumber) {
        fine = SplitPush(field.body, body);
      } else if (field.number == v1::Request::kDeltaFieldNumber) {
        fine = SplitList(field.body, v1::DeltaRequest::kUpsertFieldNumber, body);
      } else {
        return Keep(field, rest);
      }
      AppendMessage(field.number, body, rest);
      return fine;
    });
  }

  bool is_excessive() const { return excessive_; }
  std::vector<absl::string_view> services() && { return std::move(services_); }

 private:
  static bool IsOperation(int number) {
    const FieldDescriptor* field = v1::Request::descriptor()->FindFieldByNumber(number);
    return field != nullptr && field->containing_oneof() != nullptr;
  }

  // As messages, empty fields take twenty times as much memory as on the wire.
  bool Keep(const Field& field, std::string& rest) {
    excessive_ = ++kept_ > kMostFields || field.whole.size() > kLargestField;
    if (excessive_) return false;
    rest.append(field.whole.data(), field.whole.size());
    return true;
  }

  bool SplitPush(absl::string_view bytes, std::string& rest) {
    return ForEachField(bytes, [&](const Field& field) {
      if (!field.has_body || field.number != v1::PushRequest::kSnapshotFieldNumber) {
        return Keep(field, rest);
      }
      std::string snapshot;
      const bool fine = SplitList(field.body, v1::Snapshot::kServicesFieldNumber, snapshot);
      AppendMessage(field.number, snapshot, rest);
      return fine;
    });
  }

  bool SplitList(absl::string_view bytes, int number, std::string& rest) {
    return ForEachField(bytes, [&](const Field& field) {
      if (!field.has_body || field.number != number) return Keep(field, rest);
      if (services_.size() <= model::kMaxServices) services_.push_back(field.body);
      excessive_ = ++service_count_ > kMostServices;
      return !excessive_;
    });
  }

  static constexpr size_t kMostFields = model::kMaxServices + 1'000;  // to be removed
  static constexpr size_t kLargestField = 4 << 20;  // 100,000 names of services in a request

  static constexpr size_t kMostServices = 4 * model::kMaxServices;  // to be counted

  size_t kept_ = 0;
  size_t service_count_ = 0;
  bool excessive_ = false;
  int operation_ = 0;  // the number of its field
  std::vector<absl::string_view> services_;
};

}  // namespace

absl::StatusOr<SplitRequest> SplitServices(absl::string_view bytes) {
  google::protobuf::LogSilencer silence;
  Splitter splitter;
  std::string rest;
  SplitRequest split;
  const bool fine = bytes.size() <= INT_MAX && splitter.SplitRequestMessage(bytes, rest);
  if (splitter.is_excessive()) {
    return absl::InvalidArgumentError("more than any Request needs");
  }
  if (!fine || !split.request.ParseFromString(rest)) {
    return absl::InvalidArgumentError("not a protobuf Request, or not UTF-8 in a string of it");
  }
  split.services = std::move(splitter).services();
  return split;
}

}  // namespace nftsvc::wire
