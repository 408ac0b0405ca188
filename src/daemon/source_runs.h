// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/base/shared_text.h"

// Whose services are, in files of the state directory: how many in a row are one source's
// (state.proto: StateHeader.sources, StateChange.sources).
namespace nftsvc::daemon {

// One more service, of this source.
template <typename Message>
void AddToRuns(const base::SharedText& source, Message& message) {
  auto& runs = *message.mutable_sources();
  if (runs.empty() || runs.rbegin()->source() != source.view()) {
    runs.Add()->set_source(std::string(source));
  }
  runs.rbegin()->set_services(runs.rbegin()->services() + 1);
}

// Of nothing but pushes without a source, nothing need be said.
template <typename Message>
void DropDefaultRuns(Message& message) {
  if (message.sources_size() == 1 && message.sources(0).source().empty()) message.clear_sources();
}

}  // namespace nftsvc::daemon
