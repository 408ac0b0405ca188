// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/import.h"

#include <array>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/iptables/draft_service.h"
#include "src/iptables/find_services.h"
#include "src/iptables/kube_tables.h"
#include "src/model/build_service.h"
#include "src/model/check_text.h"
#include "src/model/limits.h"
#include "src/model/placement_pool.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::iptables {
namespace {

using base::Family;
using model::Path;

bool IsLocal(const model::Service& service) {
  return service.internal_traffic_policy == model::TrafficPolicy::kLocal ||
         service.external_traffic_policy == model::TrafficPolicy::kLocal;
}

class Importer {
 public:
  explicit Importer(const std::string& node) : node_(node) {}

  absl::StatusOr<ImportResult> Import(absl::string_view text) {
    ASSIGN_OR_RETURN(const KubeTables tables, ReadTables(text, notes_, issues_));
    RETURN_IF_ERROR(CheckHasServices(tables));
    if (!CheckText(node_, model::kEndpointTextRule, Path("node"), issues_)) {
      Finish();
      return std::move(result_);
    }
    std::array<std::unique_ptr<ChainReader>, 2> owners;
    for (size_t family = 0; family < owners.size(); ++family) {
      if (!tables.nat[family].has_value()) continue;
      owners[family] = std::make_unique<ChainReader>(*tables.nat[family], notes_);
      readers_[family] = owners[family].get();
      if (!tables.filter[family].has_value()) result_.has_filter = false;
    }
    const FoundServices services = FindServices(tables, readers_, notes_);
    if (services.empty() && notes_.Has(kRulesOfIpvs)) {
      return absl::InvalidArgumentError(
          "these are the rules of a host with kube-proxy in its IPVS mode, whose services are in "
          "IPVS and not in iptables");
    }
    if (Fits(services)) {
      for (const auto& [name, found] : services) Add(name, found);
    }
    for (ChainReader* reader : readers_) {
      if (reader != nullptr) reader->NoteUnread();
    }
    Finish();
    return std::move(result_);
  }

 private:
  static absl::Status CheckHasServices(const KubeTables& tables) {
    for (const auto& table : tables.nat) {
      if (table.has_value() && table->Find("KUBE-SERVICES") != nullptr) return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        "there is no chain KUBE-SERVICES in a nat table: these are not the rules of a host with "
        "kube-proxy in its iptables mode, or they are in the other of iptables-legacy-save and "
        "iptables-nft-save");
  }

  // Services may share chains, so that few bytes can ask for many endpoints.
  bool Fits(const FoundServices& services) {
    size_t endpoints = 0, source_ranges = 0, count = 0;
    for (const auto& [name, found] : services) {
      const DraftSize size = SizeOf(found, readers_);
      endpoints += size.endpoints;
      source_ranges += size.source_ranges;
      if (endpoints > model::kMaxEndpointElements) {
        issues_.Add(Path(PlaceOf(name, found)), "brings the endpoints of all ports to ", endpoints,
                    ", at most ", model::kMaxEndpointElements, " are allowed");
        return false;
      }
      if (source_ranges > kMostSourceRanges) {
        issues_.Add(Path(PlaceOf(name, found)), "brings the source ranges of all services to ",
                    source_ranges, ", at most ", kMostSourceRanges, " are allowed");
        return false;
      }
      if (++count > model::kMaxServices) {
        issues_.Add(Path(PlaceOf(name, found)), "is one too many, at most ", model::kMaxServices,
                    " services are allowed");
        return false;
      }
    }
    return true;
  }

  void Add(const model::ServiceName& name, const FoundService& found) {
    model::IssueCollector mistakes;
    const model::ServiceDraft draft = DraftService(name, found, readers_, node_, notes_, mistakes);
    if (draft.ports.empty() && mistakes.count() == 0) return;
    const Path root("");
    model::Service service = BuildService(draft, root, placements_, mistakes);
    service.name = name;
    for (const model::Issue& mistake : std::move(mistakes).Take()) {
      issues_.Add(
          Path(absl::StrCat(PlaceOf(name, found), mistake.path.empty() ? "" : ": ", mistake.path)),
          mistake.message);
    }
    if (issues_.count() > 0) return;
    if (IsLocal(service)) ++result_.local_services;
    result_.ports += service.ports.size();
    for (const model::Port& port : service.ports) result_.endpoints += port.endpoints.size();
    *result_.snapshot.add_services() = wire::EncodeService(service);
  }

  static std::string PlaceOf(const model::ServiceName& name, const FoundService& found) {
    return absl::StrCat("line ", found.line, ": service ", name.ToString());
  }

  void Finish() {
    result_.notes = std::move(notes_).Take();
    const size_t count = issues_.count();
    result_.issues = std::move(issues_).Take();
    result_.issues_left_off = count - result_.issues.size();
  }

  const std::string& node_;
  ImportResult result_;
  ImportNotes notes_;
  model::IssueCollector issues_;
  model::PlacementPool placements_;
  ChainReaders readers_ = {};
};

}  // namespace

absl::StatusOr<ImportResult> Import(absl::string_view text, const std::string& node) {
  if (text.size() > kMostBytes) {
    return absl::InvalidArgumentError(absl::StrCat("larger than ", kMostBytes, " bytes"));
  }
  return Importer(node).Import(text);
}

}  // namespace nftsvc::iptables
