// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/validate_files.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nftsvc/v1/snapshot.pb.h"
#include "src/config/text_locations.h"
#include "src/model/source.h"
#include "src/model/validate.h"
#include "src/wire/json.h"
#include "src/wire/require_utf8.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::daemon {
namespace {

// Between a file's name and a path in it. No file that is read has it in its name.
constexpr absl::string_view kBehindFile = ": ";

class FileReader {
 public:
  explicit FileReader(const ServicesFile& file) : name_(file.name) {
    if (!file.failure.empty()) {
      mistakes_.push_back(file.failure);
    } else if (absl::EndsWith(name_, ".json")) {
      Note(wire::ParseJson(file.text, snapshot_));
    } else if (Note(wire::RequireUtf8(file.text))) {
      text_ = std::make_unique<config::LocatedText>(file.text, name_, snapshot_);
      mistakes_ = text_->syntax_mistakes();
    }
  }

  const std::string& name() const { return name_; }
  const v1::Snapshot& snapshot() const { return snapshot_; }
  const std::vector<std::string>& mistakes() const { return mistakes_; }

  // The path of a service, to tell an issue's file from its path.
  std::string PathOf(int service) const {
    return absl::StrCat(name_, kBehindFile, "services[", service, "]");
  }

  void Add(absl::string_view path, absl::string_view what) {
    mistakes_.push_back(text_ != nullptr ? text_->Mistake(path, what)
                                         : absl::StrCat(name_, ": ", path, ": ", what));
  }

 private:
  // Whether there is none.
  bool Note(const absl::Status& mistake) {
    if (!mistake.ok()) mistakes_.push_back(absl::StrCat(name_, ": ", mistake.message()));
    return mistake.ok();
  }

  std::string name_;
  v1::Snapshot snapshot_;
  std::unique_ptr<config::LocatedText> text_;  // of a textproto
  std::vector<std::string> mistakes_;
};

class FilesMerge {
 public:
  FilesMerge(const model::Snapshot& current, const std::vector<ServicesFile>& files)
      : current_(current) {
    for (const ServicesFile& file : files) files_.emplace(file.name, FileReader(file));
  }

  // A file that is left out keeps what it gave before, which others may have counted on to go. So
  // it is tried again without it, until those that are left go together: each time at least one
  // falls out.
  FilesValidation Run() && {
    FilesValidation result;
    while (!Try(result.changes)) {
    }
    for (const auto& [name, file] : files_) {
      if (file.mistakes().empty()) continue;
      result.mistakes.insert(result.mistakes.end(), file.mistakes().begin(), file.mistakes().end());
      result.mistakes.push_back(
          absl::StrCat(name, ": left out; the services that it gave before, if any, stay"));
    }
    return result;
  }

 private:
  bool Try(std::vector<model::ServiceChange>& changes) {
    model::Validator validator(current_, model::Validator::Scope::kSnapshot,
                               model::Validator::Refuse::kInvalid, Own());
    for (const auto& [name, file] : files_) {
      if (!file.mistakes().empty()) continue;
      const base::SharedText source = model::FileSource(name);
      for (int i = 0; i < file.snapshot().services_size(); ++i) {
        validator.Upsert(wire::DecodeService(file.snapshot().services(i)), file.PathOf(i), source);
      }
    }
    model::Validation validation = std::move(validator).Finish();
    for (const model::Issue& issue : validation.issues) {
      const absl::string_view path = issue.path;
      const size_t end = path.find(kBehindFile);
      files_.at(std::string(path.substr(0, end)))
          .Add(path.substr(end + kBehindFile.size()), issue.message);
    }
    changes = std::move(validation.changes);
    return validation.issues.empty();
  }

  // The sources of files that can be taken as they are, and of those that are gone.
  model::Sources Own() const {
    model::Sources own;
    for (const auto& [name, service] : current_.services()) {
      if (service->source.empty()) continue;
      const std::string file(model::FileOfSource(service->source));
      if (!file.empty() && !files_.contains(file)) own.insert(std::string(service->source));
    }
    for (const auto& [name, file] : files_) {
      if (file.mistakes().empty()) own.insert(model::FileSource(name));
    }
    return own;
  }

  const model::Snapshot& current_;
  absl::btree_map<std::string, FileReader> files_;
};

}  // namespace

FilesValidation ValidateFiles(const model::Snapshot& current,
                              const std::vector<ServicesFile>& files) {
  return FilesMerge(current, files).Run();
}

}  // namespace nftsvc::daemon
