// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/import_notes.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace nftsvc::iptables {
namespace {

constexpr size_t kMostPlaces = 5;

}  // namespace

void ImportNotes::Count(absl::string_view what) { ++NoteOf(what).count; }

void ImportNotes::AddLine(absl::string_view what, size_t line) {
  ImportNote& note = NoteOf(what);
  ++note.count;
  if (note.places.size() < kMostPlaces) note.places.push_back(absl::StrCat("line ", line));
}

void ImportNotes::AddService(absl::string_view what, absl::string_view service, size_t line) {
  ImportNote& note = NoteOf(what);
  ++note.count;
  if (note.places.size() == kMostPlaces) return;
  note.places.push_back(absl::StrCat(service, " (line ", line, ")"));
}

std::vector<ImportNote> ImportNotes::Take() && {
  std::vector<ImportNote> notes;
  notes.reserve(notes_.size());
  for (auto& [what, note] : notes_) notes.push_back(std::move(note));
  return notes;
}

ImportNote& ImportNotes::NoteOf(absl::string_view what) {
  ImportNote& note = notes_.try_emplace(std::string(what)).first->second;
  if (note.count == 0) note.what = std::string(what);
  return note;
}

}  // namespace nftsvc::iptables
