// SPDX-License-Identifier: Apache-2.0
#include "src/web/health.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace nftsvc::web {
namespace {

constexpr unsigned kOk = 200;
constexpr unsigned kUnavailable = 503;

// Of a message that may quote what somebody wrote.
std::string JsonString(absl::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json.push_back('\\');
      json.push_back(c);
    } else if (byte < 0x20) {
      absl::StrAppend(&json, absl::StrFormat("\\u%04x", byte));
    } else {
      json.push_back(c);
    }
  }
  return json + "\"";
}

std::string Times(const Facts& facts) {
  const auto print = [](absl::Time time) {
    return JsonString(absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()));
  };
  const bool never = facts.last_in_sync == absl::InfinitePast();
  return absl::StrCat("\"lastUpdated\":", print(never ? absl::UnixEpoch() : facts.last_in_sync),
                      ",\"currentTime\":", print(facts.now));
}

std::string Problem(const Facts& facts) {
  const auto problem = facts.problems.find("kernel");
  if (facts.in_sync || problem == facts.problems.end()) return "";
  return absl::StrCat(",\"problem\":", JsonString(problem->second));
}

}  // namespace

HealthAnswer Healthz(const Facts& facts) {
  return {.status = facts.in_sync ? kOk : kUnavailable,
          .body = absl::StrCat("{", Times(facts), ",\"nodeEligible\":true", Problem(facts), "}\n")};
}

HealthAnswer Livez(const Facts& facts) {
  return {.status = kOk, .body = absl::StrCat("{", Times(facts), "}\n")};
}

HealthAnswer Readyz(const Facts& facts) {
  return {.status = facts.in_sync ? kOk : kUnavailable,
          .body = absl::StrCat("{", Times(facts), Problem(facts), "}\n")};
}

}  // namespace nftsvc::web
