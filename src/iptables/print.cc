// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/iptables/ruleset.h"

namespace nftsvc::iptables {
namespace {

// What iptables-restore takes as it stands. A rule's other characters are safe in double quotes.
bool IsPlain(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("-_./:,+![]=").find(c) != absl::string_view::npos;
}

void AppendArgument(std::string& out, absl::string_view argument) {
  if (!argument.empty() && std::all_of(argument.begin(), argument.end(), IsPlain)) {
    absl::StrAppend(&out, argument);
    return;
  }
  out += '"';
  for (const char c : argument) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void AppendRule(std::string& out, absl::string_view chain, const Rule& rule) {
  absl::StrAppend(&out, "-A ", chain);
  for (const std::string& argument : rule) {
    out += ' ';
    AppendArgument(out, argument);
  }
  out += '\n';
}

}  // namespace

absl::string_view TableName(TableId table) { return table == TableId::kFilter ? "filter" : "nat"; }

std::string PrintRule(const Rule& rule) {
  std::string out;
  for (const std::string& argument : rule) {
    if (!out.empty()) out += ' ';
    AppendArgument(out, argument);
  }
  return out;
}

std::string Print(const Ruleset& ruleset) {
  std::string out;
  for (const TableId id : kTables) {
    const Table& table = ruleset.table(id);
    absl::StrAppend(&out, "*", TableName(id), "\n");
    for (const Chain& chain : table.chains) absl::StrAppend(&out, ":", chain.name, " - [0:0]\n");
    for (const BuiltInRule& jump : table.jumps) AppendRule(out, jump.chain, jump.rule);
    for (const Chain& chain : table.chains) {
      for (const Rule& rule : chain.rules) AppendRule(out, chain.name, rule);
    }
    absl::StrAppend(&out, "COMMIT\n");
  }
  return out;
}

}  // namespace nftsvc::iptables
