// SPDX-License-Identifier: Apache-2.0
#include "src/web/status_page.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/web/html.h"
#include "src/web/style_sheet.h"

namespace nftsvc::web {
namespace {

// Of more than this nobody reads all, and a browser takes long.
constexpr size_t kMaxServicesShown = 200;
constexpr size_t kMaxEndpointsShown = 50;
constexpr size_t kMaxFrontendsShown = 8;

constexpr size_t kColours = 6;  // of the style sheet
constexpr uint64_t kBarWidth = 1000;

std::string Time(absl::Time time) {
  if (time == absl::InfinitePast()) return "never";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

// The two largest units that count.
std::string Age(absl::Duration age) {
  const int64_t seconds = std::max<int64_t>(0, absl::ToInt64Seconds(age));
  const int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  if (days > 0) return absl::StrCat(days, " d ", hours % 24, " h");
  if (hours > 0) return absl::StrCat(hours, " h ", minutes % 60, " m");
  if (minutes > 0) return absl::StrCat(minutes, " m ", seconds % 60, " s");
  return absl::StrCat(seconds, " s");
}

std::string Milliseconds(double seconds) { return absl::StrFormat("%.1f ms", seconds * 1e3); }

std::string MeanCommit(const base::Histogram& commits) {
  if (commits.count() == 0) return "none yet";
  return Milliseconds(commits.sum() / static_cast<double>(commits.count()));
}

std::string Percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? ""
                    : absl::StrFormat("%.1f %%", 100.0 * static_cast<double>(part) /
                                                     static_cast<double>(whole));
}

class Page {
 public:
  explicit Page(const Facts& facts) : facts_(facts) {}

  std::string Print() && {
    Head();
    Cards();
    Problems();
    Services();
    Changes();
    Foot();
    return std::move(html_);
  }

 private:
  // What is given is HTML already.
  template <typename... Parts>
  void Write(const Parts&... parts) {
    absl::StrAppend(&html_, parts...);
  }

  void Head() {
    const std::string node = EscapeHtml(facts_.node);
    Write("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
          "<meta http-equiv=\"refresh\" content=\"10\">\n<title>nftsvc",
          node.empty() ? "" : absl::StrCat(" on ", node), "</title>\n<style>", kStyleSheet,
          "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>nftsvc</h1>\n");
    if (!node.empty()) Write("<span>on <b>", node, "</b></span>\n");
    Write(facts_.in_sync ? "<span class=\"badge\">in sync</span>\n"
                         : "<span class=\"badge bad\">out of sync</span>\n",
          "<span class=\"dim\">", Time(facts_.now), "</span>\n</header>\n");
  }

  void Card(absl::string_view what, absl::string_view value) {
    Write("<div class=\"card\"><span class=\"dim\">", what, "</span><b>", EscapeHtml(value),
          "</b></div>\n");
  }

  void Cards() {
    Write("<section class=\"cards\">\n");
    Card("revision", absl::StrCat(facts_.revision));
    Card("services", absl::StrCat(facts_.services));
    Card("endpoints", absl::StrCat(facts_.endpoints));
    Card("elements", absl::StrCat(facts_.elements));
    Card("layout", facts_.layout);
    Card("commits", absl::StrCat(facts_.commit_seconds.count()));
    Card("mean commit", MeanCommit(facts_.commit_seconds));
    Card("drift repairs", absl::StrCat(facts_.drift_repairs));
    Card("failures", absl::StrCat(facts_.failures));
    Card("clients", absl::StrCat(facts_.clients));
    Card("memory",
         absl::StrFormat("%.1f MiB", static_cast<double>(facts_.resident_bytes) / (1 << 20)));
    Card("uptime", Age(facts_.now - facts_.started));
    Write("</section>\n");
  }

  void Problems() {
    std::string items;
    for (const auto& [of, why] : facts_.problems) {
      if (why.empty()) continue;
      absl::StrAppend(&items, "<li><b>", EscapeHtml(of), "</b> ", EscapeHtml(why), "</li>\n");
    }
    if (!facts_.last_drift.empty()) {
      absl::StrAppend(&items, "<li><b>last drift</b> ", EscapeHtml(facts_.last_drift), "</li>\n");
    }
    if (!items.empty()) Write("<ul class=\"problems\">\n", items, "</ul>\n");
  }

  void Services() {
    Write("<h2>Services</h2>\n");
    if (facts_.services == 0) return Write("<p class=\"dim\">None yet.</p>\n");
    Write(
        "<div class=\"scroll\">\n<table>\n<thead><tr><th>service</th><th>port</th>"
        "<th>frontends</th><th class=\"number\">endpoints</th><th class=\"number\">connections"
        "</th><th>spread</th></tr></thead>\n<tbody>\n");
    const size_t shown = std::min(facts_.by_service.size(), kMaxServicesShown);
    for (size_t i = 0; i < shown; ++i) {
      for (const PortFacts& port : facts_.by_service[i].ports) Row(facts_.by_service[i], port);
    }
    Write("</tbody>\n</table>\n</div>\n");
    if (shown < facts_.services) {
      Write("<p class=\"dim\">And ", facts_.services - shown,
            " more: <code>nftsvc list</code> shows all.</p>\n");
    }
  }

  void Row(const ServiceFacts& service, const PortFacts& port) {
    const std::string name = service.name_space.empty()
                                 ? service.name
                                 : absl::StrCat(service.name_space, "/", service.name);
    Write("<tr><td><b>", EscapeHtml(name), "</b>");
    if (service.source != "push") {
      Write(" <span class=\"chip\">", EscapeHtml(service.source), "</span>");
    }
    Write("</td><td>", port.number, "/", EscapeHtml(port.protocol), " <span class=\"dim\">",
          EscapeHtml(port.name), "</span></td><td>");
    Frontends(port);
    const char* const health = port.usable_endpoints == 0                      ? "none"
                               : port.usable_endpoints < port.endpoints.size() ? "some"
                                                                               : "all";
    Write("</td><td class=\"number ", health, "\">", port.usable_endpoints, "/",
          port.endpoints.size(), "</td><td class=\"number\">", port.connections, "</td><td>");
    Spread(port);
    Write("</td></tr>\n");
  }

  void Frontends(const PortFacts& port) {
    const size_t shown = std::min(port.frontends.size(), kMaxFrontendsShown);
    for (size_t i = 0; i < shown; ++i) {
      Write(i == 0 ? "" : "<br>", "<code>", EscapeHtml(port.frontends[i]), "</code>");
    }
    if (shown < port.frontends.size()) Write("<br>and ", port.frontends.size() - shown, " more");
  }

  // A bar with a part for each endpoint, and the same as numbers.
  void Spread(const PortFacts& port) {
    uint64_t total = 0;
    for (const EndpointFacts& endpoint : port.endpoints) total += endpoint.connections;
    Write("<svg viewBox=\"0 0 ", kBarWidth, " 12\" preserveAspectRatio=\"none\" role=\"img\">",
          "<rect class=\"empty\" width=\"", kBarWidth, "\" height=\"12\"/>");
    const size_t shown = std::min(port.endpoints.size(), kMaxEndpointsShown);
    uint64_t before = 0;
    for (size_t i = 0; i < shown && total > 0; ++i) {
      const uint64_t from = Scaled(before, total);
      before += port.endpoints[i].connections;
      Write("<rect class=\"c", i % kColours, "\" x=\"", from, "\" width=\"",
            Scaled(before, total) - from, "\" height=\"12\"><title>",
            EscapeHtml(port.endpoints[i].address), "</title></rect>");
    }
    Write("</svg>");
    if (port.endpoints.empty()) return;
    Write("<details><summary>", port.endpoints.size(),
          port.endpoints.size() == 1 ? " endpoint" : " endpoints", "</summary><table>");
    for (size_t i = 0; i < shown; ++i) {
      const EndpointFacts& endpoint = port.endpoints[i];
      Write("<tr><td><code>", EscapeHtml(endpoint.address), "</code></td><td>",
            EscapeHtml(endpoint.name), "</td><td class=\"number\">", endpoint.connections,
            "</td><td class=\"number\">", Percent(endpoint.connections, total), "</td></tr>");
    }
    Write("</table>");
    if (shown < port.endpoints.size()) Write("and ", port.endpoints.size() - shown, " more");
    Write("</details>");
  }

  // Without an overflow for any counter.
  static uint64_t Scaled(uint64_t part, uint64_t total) {
    return static_cast<uint64_t>(static_cast<double>(part) / static_cast<double>(total) *
                                 static_cast<double>(kBarWidth));
  }

  void Changes() {
    Write("<h2>Last changes</h2>\n");
    if (facts_.changes.empty()) return Write("<p class=\"dim\">None since the start.</p>\n");
    Write(
        "<div class=\"scroll\">\n<table>\n<thead><tr><th>when</th><th>who</th><th>what</th></tr>"
        "</thead>\n<tbody>\n");
    for (const ChangeFacts& change : facts_.changes) {
      Write("<tr><td>", Time(change.time), "<br><span class=\"dim\">",
            Age(facts_.now - change.time), " ago</span></td><td>", EscapeHtml(change.who),
            "</td><td", change.is_good ? ">" : " class=\"none\">", EscapeHtml(change.what),
            "</td></tr>\n");
    }
    Write("</tbody>\n</table>\n</div>\n");
  }

  void Foot() {
    Write("<footer>nftsvcd ", EscapeHtml(facts_.version), ", kernel generation ", facts_.generation,
          ", last commit ", Time(facts_.last_commit),
          ". <a href=\"/metrics\">metrics</a> <a href=\"/healthz\">healthz</a> "
          "<a href=\"/livez\">livez</a> <a href=\"/readyz\">readyz</a></footer>\n",
          "</main>\n</body>\n</html>\n");
  }

  const Facts& facts_;
  std::string html_;
};

}  // namespace

std::string PrintStatusPage(const Facts& facts) { return Page(facts).Print(); }

}  // namespace nftsvc::web
