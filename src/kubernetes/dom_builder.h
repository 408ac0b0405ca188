// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nftsvc::kubernetes {

// Builds one JSON value from the events of a parser.
class DomBuilder {
 public:
  // Requires: an object is open. False if it has a member of that name.
  bool Name(const std::string& name);

  // A value without parts of its own.
  void Add(nlohmann::json scalar);

  // The values until Close belong to this array or object.
  void Open(nlohmann::json container);
  void Close() { open_.pop_back(); }

  // Whether nothing is open: the value is whole, or there is none yet.
  bool whole() const { return open_.empty(); }

  // How many values the current one holds so far, itself included.
  size_t size() const { return size_; }

  // Requires: the value is whole. The next one can begin.
  nlohmann::json Take();

 private:
  // Where the next value belongs.
  nlohmann::json& Place();

  nlohmann::json root_;
  std::vector<nlohmann::json*> open_;  // outermost first
  nlohmann::json* member_ = nullptr;   // of the innermost object, the one named last
  size_t size_ = 0;
};

}  // namespace nftsvc::kubernetes
