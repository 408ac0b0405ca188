// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/strings/string_view.h"
#include "src/iptables/saved_rule.h"

// What kinds of chains and rules kube-proxy's tables have.
namespace nftsvc::iptables {

// Chains that hold nothing about single services.
bool IsStaticChain(absl::string_view chain);

// Of kube-proxy's other mode, which keeps services elsewhere.
bool IsOfIpvs(absl::string_view chain);

// Whether a jump there marks for masquerading.
bool IsMark(absl::string_view target);

// Whether it chooses packets by protocol and port, and by their destination at most.
bool NamesPort(const SavedRule& rule);

// Also by one address of theirs.
bool NamesFrontend(const SavedRule& rule);

// Chains may leave packets of a connection alone that a service has translated.
bool PassesTranslated(const SavedRule& rule);

}  // namespace nftsvc::iptables
