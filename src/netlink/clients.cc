// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/clients.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <optional>
#include <span>

#include "src/base/status_macros.h"
#include "src/netlink/attributes.h"
#include "src/netlink/decode_element.h"
#include "src/netlink/message.h"
#include "src/netlink/request.h"

namespace nftsvc::netlink {
namespace {

using Client = reconcile::RulesetStore::Client;

constexpr char kListClients[] = "list clients of an affinity map";

// Other commits spoil a listing.
constexpr int kAttempts = 10;

// None: not what we put into such a map.
std::optional<Client> ClientOf(base::Family family, const Attributes& element) {
  const size_t size = nft::FieldSize(nft::Field::kSaddr, family);
  const std::optional<nft::Bytes> key = KeyOf(element);
  const Attributes data(element.Find(NFTA_SET_ELEM_DATA));
  const std::span<const uint8_t> endpoint = data.Bytes(NFTA_DATA_VALUE);
  if (!key.has_value() || key->size() != size || endpoint.size() != size) return std::nullopt;
  return Client{.address = base::IpAddress::FromBytes(family, key->span()),
                .endpoint = base::IpAddress::FromBytes(family, endpoint)};
}

absl::StatusOr<std::vector<Client>> TryRead(Socket& socket, base::Family family,
                                            const std::string& map) {
  Request request(NFT_MSG_GETSETELEM, NLM_F_DUMP, family);
  PutString(request.message(), NFTA_SET_ELEM_LIST_TABLE, nft::kTableName);
  PutString(request.message(), NFTA_SET_ELEM_LIST_SET, map);
  std::vector<Client> clients;
  RETURN_IF_ERROR(request.Ask(socket, kListClients, [&](const nlmsghdr& message) {
    if (TableMessageType(message) != NFT_MSG_NEWSETELEM) return;
    const Attributes attributes(message);
    ForEachNested(attributes.Find(NFTA_SET_ELEM_LIST_ELEMENTS), [&](const nlattr* element) {
      const std::optional<Client> client = ClientOf(family, Attributes(element));
      if (client.has_value()) clients.push_back(*client);
    });
  }));
  return clients;
}

}  // namespace

absl::StatusOr<std::vector<Client>> ReadAffinityMap(Socket& socket, base::Family family,
                                                    const std::string& map) {
  absl::StatusOr<std::vector<Client>> clients = TryRead(socket, family, map);
  for (int i = 1; i < kAttempts && absl::IsAborted(clients.status()); ++i) {
    clients = TryRead(socket, family, map);
  }
  if (absl::IsNotFound(clients.status())) return std::vector<Client>();
  return clients;
}

}  // namespace nftsvc::netlink
