// SPDX-License-Identifier: Apache-2.0
#include "src/cli/watch_text.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace nftsvc::cli {
namespace {

std::pair<std::string, Colour> DescribeState(const v1::WatchEvent& event) {
  const v1::WatchEvent::Watching& watching = event.watching();
  const std::string served = absl::StrCat("watching: revision ", event.revision(), ", ",
                                          Count(watching.services(), "service"));
  if (watching.in_sync()) return {absl::StrCat(served, ", in sync"), Colour::kGreen};
  return {absl::StrCat(served, ", out of sync: ", watching.problem()), Colour::kRed};
}

std::string DescribePush(const v1::WatchEvent& event) {
  const v1::WatchEvent::Pushed& pushed = event.pushed();
  const std::string revision = absl::StrCat("revision ", event.revision());
  // What nobody pushed, the daemon did by itself.
  if (pushed.client().empty()) return revision;
  return absl::StrCat(revision, " by ", pushed.client(), ": ", pushed.services_added(), " added, ",
                      pushed.services_changed(), " changed, ", pushed.services_removed(),
                      " removed");
}

std::string DescribeHost(const v1::WatchEvent::HostChanged& host) {
  return absl::StrCat(
      "the host's addresses changed: ", absl::StrJoin(host.addresses(), " "),
      host.node_port_addresses().empty()
          ? ""
          : absl::StrCat("; node ports at ", absl::StrJoin(host.node_port_addresses(), " ")));
}

std::pair<std::string, Colour> DescribeEvent(const v1::WatchEvent& event) {
  switch (event.what_case()) {
    case v1::WatchEvent::kWatching:
      return DescribeState(event);
    case v1::WatchEvent::kPushed:
      return {DescribePush(event), Colour::kBold};
    case v1::WatchEvent::kDriftRepaired:
      return {absl::StrCat("somebody changed our tables; ", event.drift_repaired().what()),
              Colour::kYellow};
    case v1::WatchEvent::kOutOfSync:
      return {absl::StrCat("out of sync: ", event.out_of_sync().problem()), Colour::kRed};
    case v1::WatchEvent::kInSync:
      return {"in sync again: the kernel holds what the snapshot says", Colour::kGreen};
    case v1::WatchEvent::kHostChanged:
      return {DescribeHost(event.host_changed()), Colour::kNone};
    case v1::WatchEvent::kMissed:
      return {absl::StrCat(Count(event.missed().events(), "event"), " missed"), Colour::kYellow};
    case v1::WatchEvent::WHAT_NOT_SET:
      return {"an event that this version of nftsvc does not know", Colour::kYellow};
  }
  return {};
}

Colour ColourOf(absl::string_view change) {
  if (absl::StartsWith(change, "+")) return Colour::kGreen;
  return absl::StartsWith(change, "-") ? Colour::kRed : Colour::kYellow;
}

}  // namespace

std::string RenderEvent(const v1::WatchEvent& event, const Style& style) {
  const auto [what, colour] = DescribeEvent(event);
  std::string text =
      absl::StrCat(style.Paint(Colour::kDim, event.time()), "  ", style.Paint(colour, what), "\n");
  for (const std::string& change : event.pushed().service_changes()) {
    absl::StrAppend(&text, "  ", style.Paint(ColourOf(change), change), "\n");
  }
  if (event.pushed().changes_left_off() > 0) {
    absl::StrAppend(&text, "  and ", event.pushed().changes_left_off(), " more\n");
  }
  return text;
}

}  // namespace nftsvc::cli
