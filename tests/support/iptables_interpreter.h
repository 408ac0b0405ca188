// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/base/ip_address.h"
#include "src/base/ip_prefix.h"
#include "src/forwarding/decide.h"
#include "src/iptables/ruleset.h"

namespace nftsvc::testing {

// How likely each end of a packet is, by its Brief().
using Chances = std::map<std::string, double>;

// Runs packets through the tables filter and nat as the kernel does: hook by hook, rule by rule,
// with every draw of xt_statistic going both ways. Knows the language, not what our rules are meant
// to do, so that Decide and Compile can be held against each other.
//
// What iptables would refuse (a jump to nowhere, an option without its module, a translation in the
// wrong table) fails the test.
class IptablesInterpreter {
 public:
  // `local_addresses`: the host's own, besides loopback.
  IptablesInterpreter(const iptables::Ruleset& ruleset,
                      std::vector<base::IpAddress> local_addresses);

  // A packet that begins a connection.
  Chances Run(const forwarding::Packet& packet);

  // Has an xt_recent list remember a client.
  void Remember(const std::string& list, const base::IpAddress& client);

  // The lists that have been told to remember a client, by any packet of Run.
  const std::set<std::pair<std::string, std::string>>& told() const { return told_; }

 private:
  friend class IptablesWalk;

  // One match of a rule, one side effect of it, or its target's option.
  struct Step {
    std::string option;
    std::string value;
    bool negate = false;
    std::optional<base::IpPrefix> prefix;  // of -s and -d
    uint32_t number = 0;                   // of --dport, --every; of --probability, out of 2^31
  };
  struct ParsedRule {
    std::vector<Step> matches;
    std::string target;
    std::map<std::string, std::string> options;  // of the target
    std::string text;
    uint32_t turn = 0;  // xt_statistic's counter of mode nth
  };
  using Rules = std::vector<ParsedRule>;

  static ParsedRule Parse(const iptables::Rule& rule);

  bool IsLocal(const base::IpAddress& address) const;

  base::Family family_;
  absl::flat_hash_map<std::pair<iptables::TableId, std::string>, Rules> chains_;
  std::vector<base::IpAddress> local_addresses_;
  std::set<std::pair<std::string, std::string>> remembered_;
  std::set<std::pair<std::string, std::string>> told_;
};

// What Decide says, as the iptables chains do it: like kube-proxy's they masquerade any endpoint
// that dials itself on its way through, not only those that may be on this node.
forwarding::Decision WithAnyHairpin(forwarding::Decision decision, const forwarding::Packet& packet,
                                    const forwarding::HostFacts& host);

}  // namespace nftsvc::testing
