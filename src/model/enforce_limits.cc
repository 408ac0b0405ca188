// SPDX-License-Identifier: Apache-2.0
#include "src/model/enforce_limits.h"

#include <algorithm>
#include <array>

#include "src/model/limits.h"
#include "src/model/service_size.h"

namespace nftsvc::model {
namespace {

struct Limit {
  size_t most;
  const char* of;
};

constexpr std::array kLimits = {
    Limit{kMaxServices, "services"},
    Limit{kMaxFrontends, "frontends"},
    Limit{kMaxEndpoints, "endpoints"},
    Limit{kMaxEndpointElements, "endpoint elements (endpoints times frontends)"},
    Limit{kMaxSourceElements, "source elements (source ranges times load balancer frontends)"},
};

// What there is of each that kLimits bounds.
using Sizes = std::array<size_t, kLimits.size()>;

Sizes SizesOf(const ServicePtr& service) {
  if (service == nullptr) return {};
  return {1, FrontendCount(*service), EndpointCount(*service), EndpointElements(*service),
          SourceElements(*service)};
}

Sizes SizesOf(const Snapshot& snapshot) {
  return {snapshot.services().size(), snapshot.frontend_count(), snapshot.endpoint_count(),
          snapshot.endpoint_elements(), snapshot.source_elements()};
}

class Enforcement {
 public:
  Enforcement(const PushRules& rules, Proposals& proposals, IssueCollector& issues)
      : rules_(rules), proposals_(proposals), issues_(issues) {}

  bool Run(const Snapshot& current) {
    used_ = StayingSizes(current);
    for (size_t i = 0; i < proposals_.size(); ++i) {
      const Sizes before = SizesOf(proposals_[i].before);
      const Sizes reserved = Reserved(proposals_[i]);
      for (size_t k = 0; k < used_.size(); ++k) {
        used_[k] += reserved[k];
        if (IsCounted(proposals_[i])) used_[k] -= before[k];
      }
    }
    bool fits = true;
    for (size_t i = 0; i < proposals_.size(); ++i) fits &= Enter(i);
    return fits;
  }

 private:
  // Of what stays unless a proposal names it.
  Sizes StayingSizes(const Snapshot& current) const {
    if (rules_.unnamed_stay) return SizesOf(current);
    Sizes sizes{};
    if (rules_.own == nullptr) return sizes;
    for (const auto& [name, service] : current.services()) {
      if (!rules_.Keeps(*service)) continue;
      const Sizes of_service = SizesOf(service);
      for (size_t k = 0; k < sizes.size(); ++k) sizes[k] += of_service[k];
    }
    return sizes;
  }
  bool IsCounted(const Proposal& p) const { return p.before != nullptr && rules_.Keeps(*p.before); }

  // What the service may keep, whatever becomes of its proposal.
  Sizes Reserved(const Proposal& p) const {
    const bool may_stay = p.refused || (rules_.refuse_singly && p.after != nullptr);
    return may_stay ? SizesOf(p.before) : Sizes{};
  }

  bool Enter(size_t i) {
    Proposal& p = proposals_[i];
    if (p.refused) return true;
    const Sizes after = SizesOf(p.after);
    const Sizes reserved = Reserved(p);
    Sizes total = used_;
    bool fits = true;
    for (size_t k = 0; k < total.size(); ++k) {
      total[k] += std::max(after[k], reserved[k]) - reserved[k];
      if (total[k] <= kLimits[k].most) continue;
      fits = false;
      issues_.Begin(i, &p.after->name);
      issues_.Add(Path(p.path), "brings the snapshot to ", total[k], " ", kLimits[k].of,
                  ", at most ", kLimits[k].most, " are allowed");
    }
    if (fits) {
      used_ = total;
    } else {
      p.refused = rules_.refuse_singly;
    }
    return fits;
  }

  const PushRules& rules_;
  Proposals& proposals_;
  IssueCollector& issues_;
  Sizes used_{};
};

}  // namespace

bool EnforceLimits(const Snapshot& current, const PushRules& rules, Proposals& proposals,
                   IssueCollector& issues) {
  return Enforcement(rules, proposals, issues).Run(current);
}

}  // namespace nftsvc::model
