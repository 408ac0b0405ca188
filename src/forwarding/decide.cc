// SPDX-License-Identifier: Apache-2.0
//
// Exports Decide, the specification in executable form.
#include "src/forwarding/decide.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace nftsvc::forwarding {
namespace {

struct Found {
  const PortRoutes* port = nullptr;
  const Route* route = nullptr;
};

Found Find(const ForwardingTable& table, const model::FrontendKey& frontend) {
  for (const auto& [name, service] : table.services) {
    for (const PortRoutes& port : service->ports) {
      for (const Route& route : port.routes) {
        if (route.frontend == frontend) return {&port, &route};
      }
    }
  }
  return {};
}

absl::string_view KindName(FrontendKind kind) {
  switch (kind) {
    case FrontendKind::kClusterIp:
      return "a cluster IP";
    case FrontendKind::kExternalIp:
      return "an external IP";
    case FrontendKind::kLoadBalancerIp:
      return "a load balancer IP";
    case FrontendKind::kNodePort:
      return "a node port";
  }
  return "";
}

// The walk of one packet: before translation, translation, and what is left untranslated.
class Walk {
 public:
  Walk(const ForwardingTable& table, const Packet& packet, size_t slot)
      : host_(table.host), packet_(packet), slot_(slot) {
    at_address_ = Find(
        table, {.address = packet.destination, .protocol = packet.protocol, .port = packet.port});
    if (host_.AcceptsNodePortsAt(packet.destination)) {
      at_node_port_ = Find(table, {.node_port = true,
                                   .address = base::Unspecified(packet.destination.family()),
                                   .protocol = packet.protocol,
                                   .port = packet.port});
    }
  }

  Decision Run(const ForwardingTable& table) {
    // A frontend that forwards some clients is not a node port for the others.
    const bool may_be_node_port = at_address_.route == nullptr || !at_address_.route->short_cut;
    const bool decided = DropsOutsider() || DropsSource() || Translates(at_address_) ||
                         (may_be_node_port && Translates(at_node_port_)) || Refuses(at_address_) ||
                         Refuses(at_node_port_) || HitsClusterIp(table) || HitsServiceCidr();
    if (!decided) Say("belongs to no service: goes on untouched");
    return std::move(decision_);
  }

 private:
  void Say(absl::string_view reason) { decision_.reasons.emplace_back(reason); }

  bool IsPod() const {
    return host_.pods.Detects(packet_.source.family()) &&
           host_.pods.IsPod(packet_.source, packet_.in_interface);
  }

  bool Conclude(Verdict verdict, const Found& found) {
    decision_.verdict = verdict;
    decision_.port_routes = found.port;
    return true;
  }

  void SayWhat(const Found& found) {
    Say(absl::StrCat(found.route->frontend.ToString(), " is ", KindName(found.route->kind), " of ",
                     found.port->label));
  }

  // Loopback is for this host, which the kernel sees to only as long as it does not route it.
  bool DropsOutsider() {
    const bool is_outside = !packet_.in_interface.empty() && packet_.in_interface != "lo";
    if (!host_.localhost_node_ports || !is_outside ||
        !LoopbackNetwork().Contains(packet_.destination) ||
        LoopbackNetwork().Contains(packet_.source)) {
      return false;
    }
    Say(absl::StrCat(packet_.destination.ToString(), " is for this host itself: drop"));
    return Conclude(Verdict::kDrop, {});
  }

  // Only some sources may dial a load balancer IP.
  bool DropsSource() {
    if (at_address_.route == nullptr || at_address_.route->allowed_sources.empty()) return false;
    const auto& ranges = at_address_.route->allowed_sources;
    const auto range = std::find_if(ranges.begin(), ranges.end(), [&](const base::IpPrefix& r) {
      return r.Contains(packet_.source);
    });
    if (range != ranges.end()) {
      Say(absl::StrCat("source ", packet_.source.ToString(), " is allowed by source range ",
                       range->ToString()));
      return false;
    }
    SayWhat(at_address_);
    Say(absl::StrCat("source ", packet_.source.ToString(),
                     " is in none of the source ranges: drop"));
    return Conclude(Verdict::kDrop, at_address_);
  }

  bool Translates(const Found& found) {
    if (found.route == nullptr) return false;
    const Route& route = *found.route;
    if (route.short_cut && IsPod()) {
      SayWhat(found);
      Say("external policy is Local, but the source is a pod: every endpoint, no masquerading");
      return Forward(found, found.port->cluster, false);
    }
    if (route.short_cut && host_.IsLocal(packet_.source)) {
      SayWhat(found);
      Say("external policy is Local, but the source is this host: every endpoint, masquerade");
      return Forward(found, found.port->cluster, true);
    }
    if (route.action != Action::kBalance) return false;
    SayWhat(found);
    if (route.pool == Pool::kLocal) Say("policy is Local: endpoints on this node only");
    return Forward(found, found.port->slots(route.pool), Masquerades(route));
  }

  bool Masquerades(const Route& route) {
    switch (route.masquerade) {
      case Masquerade::kNever:
        return false;
      case Masquerade::kOutsidePods:
        Say(absl::StrCat("source ", packet_.source.ToString(),
                         IsPod() ? " is a pod: no masquerading" : " is not a pod: masquerade"));
        return !IsPod();
      case Masquerade::kAlways:
        Say(route.kind == FrontendKind::kClusterIp ? "all traffic to cluster IPs is masqueraded"
                                                   : "external traffic is masqueraded");
        return true;
    }
    return false;
  }

  bool Forward(const Found& found, const Slots& slots, bool masquerade) {
    const size_t slot = slot_ % slots.size();
    const Target& target = found.port->targets[slots[slot]];
    if (found.port->client_ip_affinity.has_value()) {
      Say(absl::StrCat("session affinity: a client that has had an endpoint within ",
                       found.port->client_ip_affinity->count(), " s keeps it; for another one"));
    }
    SayHow(found.port->balancing);
    Say(absl::StrCat("slot ", slot, " of ", slots.size(), " holds endpoint ",
                     base::HostPort(target.address, target.port),
                     target.name.empty() ? "" : absl::StrCat(" (", target.name.view(), ")")));
    const bool hairpin = target.may_hairpin && target.address == packet_.source;
    if (hairpin && !masquerade) Say("the endpoint is the source itself (hairpin): masquerade");
    // Masquerading happens on the way out, and what comes in for the host never gets there.
    const bool comes_in = !packet_.in_interface.empty() && host_.IsLocal(target.address);
    if (masquerade && comes_in) Say("the endpoint is this host itself: no masquerading after all");
    decision_.address = target.address;
    decision_.port = target.port;
    decision_.masquerade = (masquerade || hairpin) && !comes_in;
    decision_.slot_count = slots.size();
    decision_.slots = &slots;
    return Conclude(Verdict::kForward, found);
  }

  void SayHow(model::Balancing balancing) {
    switch (balancing) {
      case model::Balancing::kRandom:
        return;  // what people expect
      case model::Balancing::kRoundRobin:
        return Say("balancing is round robin: the next slot in turn");
      case model::Balancing::kSourceHash:
        return Say("balancing is by source: a hash of the client's address picks the slot");
      case model::Balancing::kFlowHash:
        return Say("balancing is by flow: a hash of the client's address and port picks the slot");
      case model::Balancing::kMaglev:
        return Say("balancing is Maglev: a hash of the client's address and port picks the slot");
    }
  }

  bool Refuses(const Found& found) {
    if (found.route == nullptr || found.route->action == Action::kBalance) return false;
    SayWhat(found);
    if (found.route->action == Action::kReject) {
      Say("it has no endpoints: reject with ICMP port unreachable");
      return Conclude(Verdict::kReject, found);
    }
    Say("the policy is Local and no endpoint is on this node: drop");
    return Conclude(Verdict::kDrop, found);
  }

  // The checks below are for what leaves the host. What is sent to an address of its own is none of
  // ours: a cache for names may well have taken a cluster IP there.
  bool IsForHost() const { return host_.IsLocal(packet_.destination); }

  bool HitsClusterIp(const ForwardingTable& table) {
    if (!host_.reject_unassigned_ports || IsForHost()) return false;
    for (const auto& [name, service] : table.services) {
      for (const PortRoutes& port : service->ports) {
        for (const Route& route : port.routes) {
          if (route.kind != FrontendKind::kClusterIp) continue;
          if (route.frontend.address != packet_.destination) continue;
          Say(absl::StrCat(packet_.destination.ToString(), " is a cluster IP of ", name.ToString(),
                           ", which has no such port: reject"));
          return Conclude(Verdict::kReject, {});
        }
      }
    }
    return false;
  }

  bool HitsServiceCidr() {
    if (IsForHost()) return false;
    for (const base::IpPrefix& cidr : host_.service_cidrs) {
      if (!cidr.Contains(packet_.destination)) continue;
      Say(absl::StrCat("in service CIDR ", cidr.ToString(), ", but no service's: drop"));
      return Conclude(Verdict::kDrop, {});
    }
    return false;
  }

  const HostFacts& host_;
  const Packet& packet_;
  const size_t slot_;
  Found at_address_;
  Found at_node_port_;
  Decision decision_;
};

}  // namespace

Decision Decide(const ForwardingTable& table, const Packet& packet, size_t slot) {
  return Walk(table, packet, slot).Run(table);
}

}  // namespace nftsvc::forwarding
