// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/find_services.h"

#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/iptables/follow_target.h"
#include "src/iptables/rule_comment.h"
#include "src/iptables/rule_kinds.h"

namespace nftsvc::iptables {
namespace {

using base::Family;
using base::IpAddress;

class Finder {
 public:
  Finder(const KubeTables& tables, const ChainReaders& readers, ImportNotes& notes)
      : tables_(tables), readers_(readers), notes_(notes) {}

  FoundServices Find() {
    for (const Family family : base::kFamilies) ReadNat(family);
    // Later, because the nat tables tell kinds of addresses apart.
    for (const Family family : base::kFamilies) ReadFilter(family);
    return std::move(services_);
  }

 private:
  void ReadNat(Family family) {
    const auto& table = tables_.nat[static_cast<size_t>(family)];
    if (!table.has_value()) return;
    for (const KubeChain& chain : table->chains) {
      if (IsStaticChain(chain.name) || RoleOf(chain.name) != ChainRole::kOther) continue;
      for (const SavedRule& rule : chain.rules) {
        if (chain.name == "KUBE-SERVICES") {
          ReadFrontend(rule, family);
        } else if (chain.name == "KUBE-NODEPORTS") {
          ReadNodePort(rule, family);
        } else {
          NoteUnknown(chain);
        }
      }
    }
  }

  void ReadFilter(Family family) {
    const auto& table = tables_.filter[static_cast<size_t>(family)];
    if (!table.has_value()) return;
    // They tell what the external addresses of a service are not.
    if (const KubeChain* services = table->Find("KUBE-SERVICES")) {
      const bool has_others = table->Find("KUBE-EXTERNAL-SERVICES") != nullptr;
      for (const SavedRule& rule : services->rules) {
        ReadRefusal(rule, has_others ? Refused::kClusterIps : Refused::kAll);
      }
    }
    for (const KubeChain& chain : table->chains) {
      if (IsStaticChain(chain.name) || chain.name == "KUBE-SERVICES") continue;
      for (const SavedRule& rule : chain.rules) {
        if (chain.name == "KUBE-EXTERNAL-SERVICES") {
          ReadRefusal(rule, Refused::kExternals);
        } else if (chain.name == "KUBE-NODEPORTS") {
          ReadHealthCheck(rule);
        } else if (chain.name == "KUBE-PROXY-FIREWALL") {
          ReadNotAccepted(rule);
        } else {
          NoteUnknown(chain);
        }
      }
    }
  }

  void NoteUnknown(const KubeChain& chain) {
    notes_.Count(IsOfIpvs(chain.name) ? kRulesOfIpvs : kRulesOfOthers);
  }

  // A rule of the nat table's KUBE-SERVICES.
  void ReadFrontend(const SavedRule& rule, Family family) {
    const ChainRole role = RoleOf(rule.target);
    if (role == ChainRole::kOther || role == ChainRole::kEndpoint) {
      if (rule.strange == "--match-set" || IsOfIpvs(rule.target)) return notes_.Count(kRulesOfIpvs);
      if (rule.target == "KUBE-NODEPORTS") {
        if (rule.destination.has_value()) node_addresses_.insert(rule.destination->address());
      } else if (!IsMark(rule.target)) {
        Leave(rule);
      }
      return;
    }
    const std::optional<RuleComment> comment = CommentOf(rule);
    if (!NamesFrontend(rule) || !comment.has_value()) return Leave(rule);
    const FoundServicePort found = FindPort(*comment, rule);
    const IpAddress& address = rule.destination->address();
    const bool internal = IsClusterIp(*comment, role, found.service, address);
    FoundAddress& kind = AddAddress(found, address, rule);
    if (internal) {
      SetClusterIp(found.service, address, kind);
    } else if (comment->kind == CommentKind::kExternalIp) {
      kind.external_ip = true;
    } else if (comment->kind == CommentKind::kLoadBalancerIp || role == ChainRole::kFirewall) {
      kind.load_balancer_ip = true;
    } else {
      kind.external = true;
    }
    FollowTarget(rule, family, readers_, internal ? found.service.internal : found.service.external,
                 found, notes_);
  }

  void ReadNodePort(const SavedRule& rule, Family family) {
    if (IsMark(rule.target)) return;
    const ChainRole role = RoleOf(rule.target);
    const std::optional<RuleComment> comment = CommentOf(rule);
    if (role == ChainRole::kOther || role == ChainRole::kEndpoint || !NamesPort(rule) ||
        !comment.has_value()) {
      return Leave(rule);
    }
    const FoundServicePort found = FindPort(*comment, rule);
    found.port->node_ports.try_emplace(rule.port, rule.line);
    FollowTarget(rule, family, readers_, found.service.external, found, notes_);
  }

  // What rules of a chain refuse.
  enum class Refused {
    kClusterIps,
    kExternals,
    kAll,  // KUBE-SERVICES before Kubernetes 1.14, when KUBE-EXTERNAL-SERVICES came
  };

  // A rule for clients of something that has no endpoints for them.
  void ReadRefusal(const SavedRule& rule, Refused refused) {
    if (PassesTranslated(rule)) return;
    if (rule.strange == "--match-set") return notes_.Count(kRulesOfIpvs);
    const bool drops = rule.target == "DROP";
    const std::optional<RuleComment> comment = ReadComment(rule.comment);
    if ((!drops && rule.target != "REJECT") || !comment.has_value() || !NamesPort(rule) ||
        (!NamesFrontend(rule) && !(rule.to_local && refused != Refused::kClusterIps))) {
      return Leave(rule);
    }
    const FoundServicePort found = FindPort(*comment, rule);
    bool internal = refused == Refused::kClusterIps;
    if (IsAtNode(rule, refused, *found.port)) {
      found.port->node_ports.try_emplace(rule.port, rule.line);
    } else {
      const IpAddress& address = rule.destination->address();
      if (refused == Refused::kAll) internal = MayBeClusterIp(found.service, address);
      FoundAddress& kind = AddAddress(found, address, rule);
      if (internal) SetClusterIp(found.service, address, kind);
      if (!internal) kind.external = true;
    }
    if (drops || comment->kind == CommentKind::kNoLocalEndpoints) {
      Vote(true, rule.line, internal ? found.service.internal : found.service.external);
    }
  }

  void ReadHealthCheck(const SavedRule& rule) {
    const std::optional<RuleComment> comment = ReadComment(rule.comment);
    if (!comment.has_value() || comment->kind != CommentKind::kHealthCheck || !NamesPort(rule) ||
        rule.protocol != base::Protocol::kTcp) {
      return Leave(rule);
    }
    FoundService& service = FindService(*comment, rule);
    service.health_checks.try_emplace(rule.port, rule.line);
    Vote(true, rule.line, service.external);
  }

  // A rule of KUBE-PROXY-FIREWALL, about sources that may not dial an address.
  void ReadNotAccepted(const SavedRule& rule) {
    if (PassesTranslated(rule)) return;
    const std::optional<RuleComment> comment = ReadComment(rule.comment);
    const CommentKind kind = comment.has_value() ? comment->kind : CommentKind::kNameOnly;
    const bool drops =
        rule.target == "DROP" && !rule.source.has_value() && kind == CommentKind::kNotAccepted;
    const bool admits = rule.target == "RETURN" && rule.source.has_value() && !rule.not_source &&
                        kind == CommentKind::kLoadBalancerIp;
    SavedRule frontend = rule;
    frontend.source = std::nullopt;
    if ((!drops && !admits) || !NamesFrontend(frontend)) return Leave(rule);
    const FoundServicePort found = FindPort(*comment, rule);
    AddAddress(found, rule.destination->address(), rule).load_balancer_ip = true;
    if (admits) found.service.more_ranges.insert(*rule.source);
  }

  // Whether a refusal is about a node port. Where only some addresses of the host accept these, the
  // rule may name one.
  bool IsAtNode(const SavedRule& rule, Refused refused, const FoundPort& port) const {
    if (rule.to_local && (!rule.destination.has_value() || rule.not_destination)) return true;
    return refused == Refused::kExternals &&
           node_addresses_.contains(rule.destination->address()) &&
           !port.numbers.contains(rule.port);
  }

  // Of a rule without a comment that names a service, the name is the hash in that of the chain.
  static std::optional<RuleComment> CommentOf(const SavedRule& rule) {
    if (std::optional<RuleComment> comment = ReadComment(rule.comment)) return comment;
    const absl::string_view hash = rule.target.substr(rule.target.rfind('-') + 1);
    return ReadComment(absl::StrCat("unnamed-", absl::AsciiStrToLower(hash)));
  }

  // kube-proxy has one cluster IP of a family for a service.
  static bool MayBeClusterIp(const FoundService& service, const IpAddress& address) {
    return service.cluster_ip[static_cast<size_t>(address.family())].value_or(address) == address;
  }

  static void SetClusterIp(FoundService& service, const IpAddress& address, FoundAddress& kind) {
    kind.cluster_ip = true;
    std::optional<IpAddress>& first = service.cluster_ip[static_cast<size_t>(address.family())];
    if (!first.has_value()) first = address;
  }

  static bool IsClusterIp(const RuleComment& comment, ChainRole role, const FoundService& service,
                          const IpAddress& address) {
    if (comment.kind == CommentKind::kClusterIp) return true;
    if (comment.kind == CommentKind::kExternalIp || comment.kind == CommentKind::kLoadBalancerIp) {
      return false;
    }
    return (role == ChainRole::kCluster || role == ChainRole::kLocal) &&
           MayBeClusterIp(service, address);
  }

  FoundService& FindService(const RuleComment& comment, const SavedRule& rule) {
    FoundService& service = services_[comment.service];
    if (service.line == 0) {
      service.line = rule.line;
      service.is_unnamed = !ReadComment(rule.comment).has_value();
    }
    return service;
  }

  FoundServicePort FindPort(const RuleComment& comment, const SavedRule& rule) {
    FoundService& service = FindService(comment, rule);
    return {.service = service, .port = &service.ports[{comment.port, *rule.protocol}]};
  }

  FoundAddress& AddAddress(const FoundServicePort& found, const IpAddress& address,
                           const SavedRule& rule) {
    found.port->numbers.try_emplace(rule.port, rule.line);
    found.port->addresses.insert(address);
    FoundAddress& kind = found.service.addresses[address];
    if (kind.line == 0) kind.line = rule.line;
    return kind;
  }

  void Leave(const SavedRule& rule) { notes_.AddLine(kNotUnderstood, rule.line); }

  const KubeTables& tables_;
  const ChainReaders& readers_;
  ImportNotes& notes_;
  FoundServices services_;
  std::set<IpAddress> node_addresses_;  // that accept node ports; empty: all
};

}  // namespace

FoundServices FindServices(const KubeTables& tables, const ChainReaders& readers,
                           ImportNotes& notes) {
  return Finder(tables, readers, notes).Find();
}

}  // namespace nftsvc::iptables
