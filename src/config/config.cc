// SPDX-License-Identifier: Apache-2.0
#include "src/config/config.h"

#include <google/protobuf/repeated_field.h>
#include <grp.h>
#include <pwd.h>
#include <sys/un.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "nftsvc/v1/config.pb.h"
#include "src/config/text_locations.h"
#include "src/control/system_error.h"
#include "src/model/quoted.h"

namespace nftsvc::config {
namespace {

using Strings = google::protobuf::RepeatedPtrField<std::string>;

// The bounds that config.proto states.
constexpr size_t kMaxCidrs = 64;
constexpr size_t kMaxNameBytes = 253;
constexpr size_t kMaxInterfaceName = 15;  // IFNAMSIZ with its NUL is 16
constexpr mode_t kAllowedMode = 0666;
constexpr uint32_t kMaxHistory = 1'000;

constexpr int kMaxHttpAddresses = 16;
constexpr absl::string_view kDefaultHttpAddress = "127.0.0.1:10256";

// "10.0.0.1:80" or "[fd00::1]:80".
std::optional<std::pair<base::IpAddress, uint16_t>> ParseHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  absl::string_view host = text.substr(0, colon);
  const bool has_brackets = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  const auto address = base::IpAddress::Parse(host);
  uint32_t port = 0;
  if (!address || has_brackets != (address->family() == base::Family::kIPv6) ||
      !absl::SimpleAtoi(text.substr(colon + 1), &port) || port == 0 || port > 65'535) {
    return std::nullopt;
  }
  return std::pair(*address, static_cast<uint16_t>(port));
}

std::string Quote(absl::string_view text) { return model::Quoted{text}.ToString(); }

std::string IndexedPath(absl::string_view field, int index) {
  return absl::StrCat(field, "[", index, "]");
}

// The number of a user or group; nothing if there is none of that name. The highest number stands
// for none in the kernel.
template <typename Entry>
std::optional<uint32_t> IdOf(absl::string_view text, Entry* (*find)(const char*),
                             uint32_t Entry::*id) {
  uint32_t number = 0;
  if (absl::SimpleAtoi(text, &number)) {
    return number == UINT32_MAX ? std::nullopt : std::optional(number);
  }
  const Entry* entry = find(std::string(text).c_str());
  return entry == nullptr ? std::nullopt : std::optional(entry->*id);
}

// Turns one message into a Config and gathers what is wrong with it.
class Reader {
 public:
  Reader(const v1::Config& message, const LocatedText& text) : message_(message), text_(text) {}

  ConfigReading Read() && {
    ReadNode(message_.node());
    ReadLocalPods(message_.local_pods());
    ReadMasquerade(message_.masquerade());
    ReadServiceAddresses();
    ReadSocket();
    ReadPath("state_directory", message_.state_directory(), "/var/lib/nftsvc",
             config_.state_directory);
    ReadPath("services_directory", message_.services_directory(), "/etc/nftsvc/services.d",
             config_.services_directory);
    ReadHttp(message_.http());
    ReadLimits(message_.limits());
    config_.access.writers = ReadPrincipals("access.writers", message_.access().writers());
    config_.access.readers = ReadPrincipals("access.readers", message_.access().readers());
    ReadHistory(message_.history());
    ReadLayout();
    ReadMode();
    ReadTableOwnership();
    ReadDriftPollInterval();
    if (message_.forget_unanswered_tcp()) {
      config_.settings.flow_scope = forwarding::FlowScope::kUdpAndHalfOpenTcp;
    }
    return {.config = std::move(config_),
            .mistakes = std::move(mistakes_),
            .may_pass = has_unknown_name_};
  }

 private:
  forwarding::HostFacts& host() { return config_.settings.host; }

  void Mistake(absl::string_view path, absl::string_view what) {
    mistakes_.push_back(text_.Mistake(path, what));
  }

  void ReadLayout() {
    if (message_.layout() > v1::VERDICT_MAPS || message_.layout() < 0) {
      Mistake("layout", absl::StrCat(static_cast<int>(message_.layout()), " is none of them"));
    }
    if (message_.layout() == v1::VERDICT_MAPS) {
      config_.settings.options.layout = nft::Layout::kVerdictMaps;
    }
  }

  void ReadMode() {
    if (message_.mode() > v1::IPTABLES || message_.mode() < 0) {
      Mistake("mode", absl::StrCat(static_cast<int>(message_.mode()), " is none of them"));
    }
    if (message_.mode() != v1::IPTABLES) return;
    config_.settings.mode = reconcile::Mode::kIptables;
    if (message_.layout() == v1::VERDICT_MAPS) {
      Mistake("layout",
              "VERDICT_MAPS is a layout of nft's tables, which mode IPTABLES does not have");
    }
    const v1::LocalPods& pods = message_.local_pods();
    for (const auto& [path, name] :
         {std::pair("local_pods.bridge_interface", &pods.bridge_interface()),
          std::pair("local_pods.interface_name_prefix", &pods.interface_name_prefix())}) {
      if (name->ends_with('+')) {
        Mistake(path,
                absl::StrCat(Quote(*name), " ends in +, which iptables takes for any ending"));
      }
    }
  }

  void ReadTableOwnership() {
    const v1::TableOwnership ownership = message_.table_ownership();
    if (ownership > v1::EXCLUSIVE || ownership < 0) {
      Mistake("table_ownership", absl::StrCat(static_cast<int>(ownership), " is none of them"));
    }
    config_.settings.options.exclusive = ownership == v1::EXCLUSIVE;
  }

  void ReadNode(const v1::Node& node) {
    ReadName("node.name", node.name(), host().node_name);
    ReadName("node.zone", node.zone(), host().zone);
    for (int i = 0; i < node.addresses_size(); ++i) {
      ReadNodeAddress(IndexedPath("node.addresses", i), node.addresses(i));
    }
    if (node.node_port_addresses_size() > 0) config_.node_port_addresses.primary = false;
    for (int i = 0; i < node.node_port_addresses_size(); ++i) {
      const std::string& text = node.node_port_addresses(i);
      if (text == "primary") {
        config_.node_port_addresses.primary = true;
      } else if (const auto cidr = base::IpPrefix::Parse(text)) {
        config_.node_port_addresses.cidrs.push_back(*cidr);
      } else {
        Mistake(IndexedPath("node.node_port_addresses", i),
                absl::StrCat(Quote(text), " is neither a CIDR nor \"primary\""));
      }
    }
    host().localhost_node_ports = node.localhost_node_ports();
  }

  void ReadName(absl::string_view path, const std::string& text, std::string& name) {
    if (text.size() > kMaxNameBytes) {
      Mistake(path, absl::StrCat("is longer than ", kMaxNameBytes, " bytes"));
    }
    name = text;
  }

  void ReadNodeAddress(absl::string_view path, const std::string& text) {
    const auto address = base::IpAddress::Parse(text);
    if (!address) return Mistake(path, absl::StrCat(Quote(text), " is not an address"));
    if (address->is_unspecified() || address->is_loopback() || address->is_multicast()) {
      return Mistake(path, absl::StrCat(text, " cannot be dialled from other hosts"));
    }
    config_.addresses.push_back(*address);
  }

  std::vector<base::IpPrefix> ReadCidrs(absl::string_view path, const Strings& texts) {
    std::vector<base::IpPrefix> cidrs;
    if (static_cast<size_t>(texts.size()) > kMaxCidrs) {
      Mistake(path, absl::StrCat("holds more than ", kMaxCidrs, " CIDRs"));
      return cidrs;
    }
    for (int i = 0; i < texts.size(); ++i) {
      if (const auto cidr = base::IpPrefix::Parse(texts[i])) {
        cidrs.push_back(*cidr);
      } else {
        Mistake(IndexedPath(path, i), absl::StrCat(Quote(texts[i]), " is not a CIDR"));
      }
    }
    return cidrs;
  }

  void ReadLocalPods(const v1::LocalPods& pods) {
    host().pods.cidrs = ReadCidrs("local_pods.cidrs", pods.cidrs());
    ReadInterface("local_pods.bridge_interface", pods.bridge_interface(), host().pods.interface);
    ReadInterface("local_pods.interface_name_prefix", pods.interface_name_prefix(),
                  host().pods.interface_prefix);
    const int ways = (pods.cidrs_size() > 0 ? 1 : 0) + (pods.bridge_interface().empty() ? 0 : 1) +
                     (pods.interface_name_prefix().empty() ? 0 : 1);
    if (ways > 1) {
      Mistake("local_pods",
              "more than one of cidrs, bridge_interface and interface_name_prefix is set");
    }
  }

  // What dev_valid_name() in the kernel allows, and no quotes, which nft's syntax cannot hold.
  void ReadInterface(absl::string_view path, const std::string& text, std::string& name) {
    const bool is_valid =
        text.size() <= kMaxInterfaceName && std::all_of(text.begin(), text.end(), [](char c) {
          return c > ' ' && c < '\x7f' && c != '/' && c != ':' && c != '"' && c != '\\' && c != '*';
        });
    if (!is_valid) return Mistake(path, absl::StrCat(Quote(text), " is not an interface's name"));
    name = text;
  }

  void ReadMasquerade(const v1::Masquerade& masquerade) {
    host().masquerade_all = masquerade.all();
    if (masquerade.has_mark_bit() && masquerade.mark_bit() > 31) {
      Mistake("masquerade.mark_bit",
              absl::StrCat(masquerade.mark_bit(), " is not a bit of a mark: 0 to 31"));
    } else if (masquerade.has_mark_bit()) {
      config_.settings.options.mark_bits = uint32_t{1} << masquerade.mark_bit();
    }
    if (masquerade.has_fully_random()) {
      config_.settings.options.fully_random = masquerade.fully_random();
    }
  }

  void ReadServiceAddresses() {
    host().service_cidrs = ReadCidrs("service_cidrs", message_.service_cidrs());
    if (message_.has_reject_unassigned_ports()) {
      host().reject_unassigned_ports = message_.reject_unassigned_ports();
    }
  }

  void ReadSocket() {
    ReadPath("control_socket", message_.control_socket(), "/run/nftsvc/control.sock",
             config_.socket.path);
    if (config_.socket.path.size() >= sizeof(sockaddr_un::sun_path)) {
      Mistake("control_socket",
              absl::StrCat("is longer than ", sizeof(sockaddr_un::sun_path) - 1, " bytes"));
    }
    const v1::SocketAccess& access = message_.control_socket_access();
    if (!access.mode().empty()) ReadSocketMode(access.mode());
    if (!access.group().empty()) ReadGroup(access.group());
  }

  void ReadPath(absl::string_view field, const std::string& text, absl::string_view fallback,
                std::string& path) {
    path = text.empty() ? std::string(fallback) : text;
    if (path[0] != '/') Mistake(field, absl::StrCat(Quote(path), " is not an absolute path"));
  }

  void ReadSocketMode(const std::string& text) {
    mode_t mode = 0;
    const bool is_octal = text.size() <= 4 && std::all_of(text.begin(), text.end(), [&](char c) {
                            mode = mode * 8 + static_cast<mode_t>(c - '0');
                            return c >= '0' && c <= '7';
                          });
    if (!is_octal || (mode & ~kAllowedMode) != 0) {
      return Mistake("control_socket_access.mode",
                     absl::StrCat(Quote(text), " is not an octal mode within 0666"));
    }
    config_.socket.mode = mode;
  }

  void UnknownName(absl::string_view field, absl::string_view what, absl::string_view name) {
    has_unknown_name_ = true;
    Mistake(field, absl::StrCat("no such ", what, ": ", Quote(name)));
  }

  void ReadGroup(const std::string& text) {
    config_.socket.group = IdOf(text, getgrnam, &group::gr_gid);
    if (!config_.socket.group) {
      UnknownName("control_socket_access.group", "group", text);
    }
  }

  std::optional<control::Principals> ReadPrincipals(absl::string_view path, const Strings& texts) {
    if (texts.empty()) return std::nullopt;
    control::Principals principals;
    for (int i = 0; i < texts.size(); ++i) {
      absl::string_view text = texts[i];
      const bool is_group = absl::ConsumePrefix(&text, "@");
      const auto id =
          is_group ? IdOf(text, getgrnam, &group::gr_gid) : IdOf(text, getpwnam, &passwd::pw_uid);
      if (!id) {
        UnknownName(IndexedPath(path, i), is_group ? "group" : "user", text);
      } else if (is_group) {
        principals.groups.insert(*id);
      } else {
        principals.users.insert(*id);
      }
    }
    return principals;
  }

  void ReadHistory(const v1::History& history) {
    if (!history.has_keep()) return;
    if (history.keep() > kMaxHistory) {
      Mistake("history.keep", absl::StrCat(history.keep(), " is more than ", kMaxHistory));
    }
    config_.history_keep = history.keep();
  }

  // 0 leaves the default alone.
  template <typename T>
  void ReadNumber(absl::string_view path, uint32_t number, uint32_t least, uint32_t most,
                  T& value) {
    if (number == 0) return;
    if (number < least || number > most) {
      return Mistake(path, absl::StrCat(number, " is not within ", least, " to ", most));
    }
    value = T{number};
  }

  void ReadLimits(const v1::Limits& limits) {
    ReadNumber("limits.max_message_bytes", limits.max_message_bytes(), 1 << 10, 1 << 30,
               config_.limits.max_message_bytes);
    ReadNumber("limits.affinity_clients_per_port", limits.affinity_clients_per_port(), 1, 1 << 20,
               config_.settings.options.affinity_clients);
    ReadNumber("limits.max_clients", limits.max_clients(), 1, 4096, config_.limits.max_clients);
    std::chrono::duration<uint32_t> timeout(
        std::chrono::duration_cast<std::chrono::seconds>(config_.limits.client_timeout));
    ReadNumber("limits.client_timeout_seconds", limits.client_timeout_seconds(), 1, 3600, timeout);
    config_.limits.client_timeout = timeout;
  }

  void ReadHttp(const v1::Http& http) {
    ReadNumber("http.max_series", http.max_series(), 1, 1'000'000, config_.http.max_series);
    if (http.listen_size() > kMaxHttpAddresses) {
      Mistake("http.listen", absl::StrCat("holds more than ", kMaxHttpAddresses, " addresses"));
    }
    for (int i = 0; i < http.listen_size(); ++i) {
      if (const auto place = ParseHostPort(http.listen(i))) {
        config_.http.listen.push_back(*place);
      } else {
        Mistake(IndexedPath("http.listen", i),
                absl::StrCat(Quote(http.listen(i)), " is not \"ADDRESS:PORT\""));
      }
    }
    if (http.listen().empty()) config_.http.listen = {*ParseHostPort(kDefaultHttpAddress)};
    if (http.disabled()) config_.http.listen.clear();
  }

  void ReadDriftPollInterval() {
    std::chrono::duration<uint32_t, std::milli> interval(1000);
    ReadNumber("drift_poll_interval_ms", message_.drift_poll_interval_ms(), 100, 3'600'000,
               interval);
    config_.settings.drift_poll_interval = absl::Milliseconds(interval.count());
  }

  const v1::Config& message_;
  const LocatedText& text_;
  Config config_;
  std::vector<std::string> mistakes_;
  bool has_unknown_name_ = false;
};

}  // namespace

bool NodePortAddresses::AreAll() const {
  const auto is_everything = [](const base::IpPrefix& cidr) { return cidr.length() == 0; };
  // A family of which no CIDR is given follows the other one, as in kube-proxy.
  for (const base::Family family : base::kFamilies) {
    const auto is_of_family = [&](const base::IpPrefix& cidr) { return cidr.family() == family; };
    if (std::any_of(cidrs.begin(), cidrs.end(), is_of_family) &&
        std::none_of(cidrs.begin(), cidrs.end(), [&](const base::IpPrefix& cidr) {
          return is_of_family(cidr) && is_everything(cidr);
        })) {
      return false;
    }
  }
  return !cidrs.empty();
}

std::string ChainMarkerOf(const Config& config) { return config.state_directory + "/iptables"; }

ConfigReading ParseConfig(absl::string_view text, absl::string_view file) {
  v1::Config message;
  const LocatedText located(text, file, message);
  if (!located.syntax_mistakes().empty()) {
    return {.config = {}, .mistakes = located.syntax_mistakes(), .may_pass = false};
  }
  return Reader(message, located).Read();
}

absl::StatusOr<ConfigReading> ReadConfig(const std::string& file) {
  std::ifstream stream(file);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream.is_open() || stream.bad()) {
    return control::SystemError(errno, absl::StrCat("read ", file));
  }
  return ParseConfig(text, file);
}

}  // namespace nftsvc::config
