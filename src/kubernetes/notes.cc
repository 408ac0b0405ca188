// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/notes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/kubernetes/printable.h"

namespace nftsvc::kubernetes {
namespace {

constexpr size_t kMostNames = 5;
constexpr size_t kMostKinds = 100;  // kubectl api-resources has about 60 without extensions

Note& NoteOf(std::map<std::string, Note, std::less<>>& notes, absl::string_view what) {
  Note& note = notes.try_emplace(std::string(what)).first->second;
  if (note.count == 0) note.what = std::string(what);
  return note;
}

}  // namespace

void Notes::Add(absl::string_view what, std::string name) {
  Note& note = NoteOf(reasons_, what);
  ++note.count;
  if (note.names.size() < kMostNames) note.names.push_back(std::move(name));
}

void Notes::AddObject(absl::string_view kind, absl::string_view api_version) {
  const std::string what =
      absl::StrCat("objects of kind ", Printable(kind), " of ", Printable(api_version));
  const bool room = kinds_.size() < kMostKinds || kinds_.contains(what);
  ++(room ? NoteOf(kinds_, what) : other_kinds_).count;
}

std::vector<Note> Notes::Take() && {
  std::vector<Note> notes;
  for (auto* map : {&reasons_, &kinds_}) {
    for (auto& [what, note] : *map) notes.push_back(std::move(note));
  }
  other_kinds_.what = "objects of other kinds";
  if (other_kinds_.count > 0) notes.push_back(std::move(other_kinds_));
  return notes;
}

}  // namespace nftsvc::kubernetes
