// SPDX-License-Identifier: Apache-2.0
#include "src/cli/trace_story.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/base/ip_address.h"
#include "src/base/protocol.h"
#include "src/cli/trace_table.h"
#include "src/nft/names.h"
#include "src/nft/transaction.h"

namespace nftsvc::cli {
namespace {

using netlink::TracedPacket;
using netlink::TraceMessage;
using Verdict = TraceMessage::Verdict;

// One base chain, and the way through chains that it led to.
struct Visit {
  std::string family, table;
  std::vector<std::string> chains;  // the base chain first
  TracedPacket packet;              // as it came in
  TraceMessage last;

  bool is_ours() const { return table == nft::kTableName; }
  bool is_of_trace() const { return absl::StartsWith(table, kTraceTablePrefix); }
  bool drops() const { return last.verdict == Verdict::kDrop; }
  bool is_nat() const { return is_ours() && absl::StartsWith(chains.front(), "nat-"); }

  bool Passes(absl::string_view prefix) const {
    return std::any_of(chains.begin(), chains.end(),
                       [&](const std::string& chain) { return absl::StartsWith(chain, prefix); });
  }
  std::string Path() const { return absl::StrJoin(chains, " → "); }
};

std::vector<Visit> VisitsOf(const std::vector<TraceMessage>& messages) {
  std::vector<Visit> visits;
  for (const TraceMessage& message : messages) {
    if (message.packet.has_value()) {
      visits.push_back({message.family, message.table, {message.chain}, *message.packet, message});
    }
    if (visits.empty()) continue;  // its beginning was lost
    Visit& visit = visits.back();
    // What it came back from led nowhere.
    const auto known = std::find(visit.chains.begin(), visit.chains.end(), message.chain);
    if (known != visit.chains.end()) {
      visit.chains.erase(known + 1, visit.chains.end());
    } else {
      visit.chains.push_back(message.chain);
    }
    visit.last = message;
  }
  return visits;
}

std::string SourceOf(const TracedPacket& packet) {
  return base::HostPort(packet.source, packet.source_port);
}
std::string DestinationOf(const TracedPacket& packet) {
  return base::HostPort(packet.destination, packet.destination_port);
}

class Teller {
 public:
  Teller(std::vector<Visit> visits, const v1::ExplainResult& explained)
      : visits_(std::move(visits)), explained_(explained) {}

  v1::TraceStory Tell() {
    const TracedPacket& first = visits_.front().packet;
    story_.set_source(SourceOf(first));
    story_.set_destination(DestinationOf(first));
    if (first.protocol) story_.set_protocol(std::string(base::ProtocolName(*first.protocol)));
    story_.set_port(explained_.port());
    Say(first.in_interface.empty() ? "sent by this host"
                                   : absl::StrCat("arrives through ", first.in_interface));
    for (size_t i = 0; i < visits_.size() && story_.verdict().empty(); ++i) {
      const Visit& visit = visits_[i];
      if (visit.drops()) {
        visit.is_ours() ? TellOurDrop(visit) : TellForeignDrop(visit);
      } else if (i + 1 < visits_.size()) {
        TellDestination(visit, visits_[i + 1]);
        TellSource(visit, visits_[i + 1]);
      }
    }
    if (story_.verdict().empty()) TellEnd();
    return std::move(story_);
  }

 private:
  void Say(absl::string_view step) { story_.add_steps(std::string(step)); }

  // To reject is to drop, for the kernel: which of the two a rule does, only the daemon knows.
  void TellOurDrop(const Visit& visit) {
    const std::string& chain = visit.chains.back();
    const bool checks_source = absl::StartsWith(chain, nft::kCheckedPrefix);
    const bool rejects =
        chain == "reject-new" || (explained_.verdict() == "reject" && !checks_source);
    story_.set_verdict(rejects ? "reject" : "drop");
    absl::string_view why = ": dropped";
    if (checks_source) why = ": its source is in none of the source ranges; dropped";
    if (chain == "unserved") why = ": no endpoint may take it; dropped";
    if (chain == "unserved" && rejects) {
      why = ": no service has this port; rejected with \"port unreachable\"";
    }
    if (chain == "reject-new") why = ": it has no endpoint; rejected with \"port unreachable\"";
    Say(absl::StrCat(visit.Path(), why));
  }

  void TellForeignDrop(const Visit& visit) {
    const std::string chain = absl::StrCat(visit.family, " ", visit.table, " ", visit.last.chain);
    const std::string by = visit.last.kind == TraceMessage::Kind::kPolicy
                               ? "the policy"
                               : absl::StrCat("rule ", visit.last.rule);
    Say(absl::StrCat("dropped by ", by, " of chain ", chain,
                     ", which is not nftsvc's: see `nft -a list chain ", chain, "`"));
    story_.set_verdict("drop");
  }

  // What a base chain did to the destination shows in the next one.
  void TellDestination(const Visit& visit, const Visit& next) {
    const std::string after = DestinationOf(next.packet);
    const bool changed = after != DestinationOf(visit.packet);
    if (!changed) return;
    if (visit.is_nat()) return TellEndpoint(absl::StrCat(visit.Path(), ": "), after, visit);
    if (visit.is_ours() || visit.is_of_trace()) {
      TellEndpoint("part of a flow that is known, so where its first packet went: ", after, visit);
    } else {
      Say(absl::StrCat("sent to ", after, " instead; the last before was chain ", visit.family, " ",
                       visit.table, " ", visit.chains.front(), ", which is not nftsvc's"));
    }
  }

  void TellEndpoint(absl::string_view how, const std::string& endpoint, const Visit& visit) {
    story_.set_endpoint(endpoint);
    for (const v1::ExplainResult::Share& share : explained_.shares()) {
      if (share.endpoint() == endpoint) story_.set_endpoint_name(share.name());
    }
    const bool kept = absl::StartsWith(visit.chains.back(), "clients-");
    Say(absl::StrCat(
        how, "endpoint ", endpoint,
        story_.endpoint_name().empty() ? "" : absl::StrCat(" (", story_.endpoint_name(), ")"),
        kept ? ", which session affinity keeps this client on" : ""));
  }

  // Likewise; only what our last chain does, behind which nobody is but the trace.
  void TellSource(const Visit& visit, const Visit& next) {
    if (visit.chains.front() != "nat-postrouting" || !visit.is_ours()) return;
    const bool masqueraded =
        visit.packet.source != next.packet.source ||
        (visit.last.kind == TraceMessage::Kind::kRule && visit.last.verdict == Verdict::kAccept);
    if (!masqueraded) return Say("nat-postrouting: keeps its source");
    story_.set_masquerade(true);
    Say(absl::StrCat("nat-postrouting: masqueraded as ", next.packet.source.ToString()));
  }

  void TellEnd() {
    const Visit& last = visits_.back();
    const bool complete =
        last.is_of_trace() && absl::StartsWith(last.chains.front(), kTraceEndPrefix);
    if (!complete) {
      Say(absl::StrCat("not seen behind chain ", last.family, " ", last.table, " ",
                       last.chains.front(),
                       ": dropped by the kernel itself (no route, forwarding off, rp_filter)"));
      return story_.set_verdict("lost");
    }
    story_.set_source_after(SourceOf(last.packet));
    Say(last.chains.front() == "end-input"
            ? "delivered on this host"
            : absl::StrCat("leaves through ", last.packet.out_interface));
    story_.set_verdict(story_.endpoint().empty() ? "pass" : "forward");
  }

  const std::vector<Visit> visits_;
  const v1::ExplainResult& explained_;
  v1::TraceStory story_;
};

std::pair<std::string, Colour> DescribeStoryVerdict(const v1::TraceStory& story) {
  if (story.verdict() == "forward") {
    return {
        absl::StrCat("forwarded to ", story.endpoint(), story.endpoint_name().empty() ? "" : " ",
                     story.endpoint_name(), ", which sees ", story.source_after()),
        Colour::kGreen};
  }
  if (story.verdict() == "pass") return {"not a service's: went on untouched", Colour::kYellow};
  if (story.verdict() == "reject") return {"rejected", Colour::kRed};
  if (story.verdict() == "drop") return {"dropped", Colour::kRed};
  return {"lost", Colour::kRed};
}

}  // namespace

bool IsTraceComplete(const std::vector<TraceMessage>& messages) {
  const TraceMessage& last = messages.back();
  if (last.verdict == Verdict::kDrop) return true;
  return absl::StartsWith(last.table, kTraceTablePrefix) &&
         absl::StartsWith(last.chain, kTraceEndPrefix);
}

v1::TraceStory TellStory(const std::vector<TraceMessage>& messages,
                         const v1::ExplainResult& explained) {
  std::vector<Visit> visits = VisitsOf(messages);
  if (visits.empty()) return {};
  return Teller(std::move(visits), explained).Tell();
}

std::string RenderStory(const v1::TraceStory& story, const Style& style) {
  const std::string packet =
      absl::StrCat(story.source(), " → ", story.destination(), "/", story.protocol());
  std::string text =
      absl::StrCat(style.Paint(Colour::kBold, packet),
                   story.port().empty() ? "" : absl::StrCat("  ", story.port()), "\n");
  for (const std::string& step : story.steps()) absl::StrAppend(&text, "├─ ", step, "\n");
  const auto [verdict, colour] = DescribeStoryVerdict(story);
  return absl::StrCat(text, "└─ ", style.Paint(colour, verdict), "\n");
}

}  // namespace nftsvc::cli
