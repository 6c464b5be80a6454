#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace cardea::api {

// A parsed user search (reference §3.5, "User search"): Lucene syntax over a user's document. Supported: field:value,
// field:"phrase", trailing and leading `*` (leading from three characters), [a TO b] and {a TO b} ranges,
// _exists_:field, AND, OR, NOT, + and -, parentheses. Fields are paths ("identities.connection", "user_metadata.plan");
// an array on the way matches when one of its items does. email, name, given_name, family_name and nickname ignore
// case.
class UserQuery {
 public:
  // The error says what is wrong and where. At most 2 KiB and 50 terms.
  static base::Result<UserQuery, std::string> parse(std::string_view text);

  bool matches(const base::json::object& user) const;
  // Whether a field of the query is this member of a user or lies within it.
  bool mentions(std::string_view member) const;

  struct Node;  // in user_query.cc

 private:
  explicit UserQuery(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

}  // namespace cardea::api
