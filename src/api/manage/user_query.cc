#include "api/manage/user_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace cardea::api {

using base::json::object;
using base::json::value;

struct UserQuery::Node {
  enum class Type { all, any, negation, exists, text, range } type = Type::text;
  std::vector<std::shared_ptr<const Node>> children;
  std::string field;  // "" = the default fields
  std::string text;
  bool prefix = false, suffix = false;  // text* and *text
  std::string low, high;                // "*" = open
  bool low_inclusive = true, high_inclusive = true;
};

namespace {

using Node = UserQuery::Node;
using NodePtr = std::shared_ptr<const Node>;

constexpr std::size_t kMaxText = 2048;
constexpr int kMaxTerms = 50;
constexpr int kMaxDepth = 20;
constexpr std::array<std::string_view, 5> kCaseless{"email", "name", "given_name", "family_name", "nickname"};
constexpr std::array<std::string_view, 4> kDefaultFields{"email", "name", "username", "user_id"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool is_word_of_the_syntax(std::string_view word) { return word == "AND" || word == "OR" || word == "NOT"; }

bool ignores_case(std::string_view field) { return std::ranges::find(kCaseless, field) != kCaseless.end(); }

// The text that a scalar is compared by.
std::optional<std::string> scalar_text(const value& v) {
  if (v.is_string()) return std::string(std::string_view(v.get_string()));
  if (v.is_bool()) return v.get_bool() ? "true" : "false";
  if (v.is_double()) return fmt::format("{}", v.get_double());
  if (v.is_number()) return base::json::serialize(v);
  return std::nullopt;
}

// Calls `visit` with each value at the path, until it says true.
template <class F>
bool any_at(const value& v, std::string_view path, const F& visit) {
  if (v.is_array())
    return std::ranges::any_of(v.get_array(), [&](const value& item) { return any_at(item, path, visit); });
  if (path.empty()) return visit(v);
  if (!v.is_object()) return false;
  const auto dot = path.find('.');
  const auto* member = v.get_object().if_contains(path.substr(0, dot));
  if (member == nullptr) return false;
  return any_at(*member, dot == std::string_view::npos ? "" : path.substr(dot + 1), visit);
}

template <class F>
bool any_of_user(const object& user, std::string_view path, const F& visit) {
  const auto dot = path.find('.');
  const auto* member = user.if_contains(path.substr(0, dot));
  return member != nullptr && any_at(*member, dot == std::string_view::npos ? "" : path.substr(dot + 1), visit);
}

bool text_matches(const Node& node, std::string_view field, std::string candidate) {
  std::string wanted = node.text;
  if (ignores_case(field)) {
    wanted = lower(wanted);
    candidate = lower(candidate);
  }
  if (node.prefix && node.suffix) return candidate.find(wanted) != std::string::npos;
  if (node.prefix) return candidate.starts_with(wanted);
  if (node.suffix) return candidate.ends_with(wanted);
  return candidate == wanted;
}

bool matches_text(const Node& node, const object& user, std::string_view field) {
  // email.domain is derived: what follows the '@'.
  if (field == "email.domain") {
    const auto email = base::get_string_or(user, "email");
    const auto at = email.find('@');
    return at != std::string::npos && text_matches(node, "email", email.substr(at + 1));
  }
  return any_of_user(user, field, [&](const value& v) {
    const auto text = scalar_text(v);
    return text && text_matches(node, field, *text);
  });
}

// Numbers compare as numbers, all else as text; ISO dates sort as text, a shorter bound covers what starts with it.
int compare(std::string_view candidate, std::string_view bound) {
  double a = 0, b = 0;
  const auto first = std::from_chars(candidate.data(), candidate.data() + candidate.size(), a);
  const auto second = std::from_chars(bound.data(), bound.data() + bound.size(), b);
  if (first.ec == std::errc{} && second.ec == std::errc{} && first.ptr == candidate.data() + candidate.size() &&
      second.ptr == bound.data() + bound.size())
    return a < b ? -1 : a > b ? 1 : 0;
  return candidate.substr(0, bound.size()).compare(bound);
}

bool in_range(const Node& node, std::string_view candidate) {
  if (node.low != "*") {
    const int c = compare(candidate, node.low);
    if (c < 0 || (c == 0 && !node.low_inclusive)) return false;
  }
  if (node.high != "*") {
    const int c = compare(candidate, node.high);
    if (c > 0 || (c == 0 && !node.high_inclusive)) return false;
  }
  return true;
}

bool evaluate(const Node& node, const object& user) {
  const auto holds = [&](const NodePtr& child) { return evaluate(*child, user); };
  switch (node.type) {
    case Node::Type::all:
      return std::ranges::all_of(node.children, holds);
    case Node::Type::any:
      return std::ranges::any_of(node.children, holds);
    case Node::Type::negation:
      return !evaluate(*node.children.front(), user);
    case Node::Type::exists:
      return any_of_user(user, node.field, [](const value& v) { return !v.is_null(); });
    case Node::Type::range:
      return any_of_user(user, node.field, [&](const value& v) {
        const auto text = scalar_text(v);
        return text && in_range(node, *text);
      });
    case Node::Type::text:
      if (!node.field.empty()) return matches_text(node, user, node.field);
      return std::ranges::any_of(kDefaultFields, [&](std::string_view f) { return matches_text(node, user, f); });
  }
  return false;
}

bool names(const Node& node, std::string_view member) {
  if (node.field.starts_with(member) && (node.field.size() == member.size() || node.field[member.size()] == '.'))
    return true;
  return std::ranges::any_of(node.children, [&](const NodePtr& child) { return names(*child, member); });
}

// Recursive descent: expression = conjunction (OR conjunction)*, conjunction = factor (AND? factor)*.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  base::Result<NodePtr, std::string> parse() {
    auto root = expression(0);
    skip_spaces();
    if (error_.empty() && at_ != text_.size()) set_error("unexpected character");
    if (!error_.empty()) return std::unexpected(error_ + " at position " + std::to_string(at_));
    return root;
  }

 private:
  void set_error(std::string what) {
    if (error_.empty()) error_ = std::move(what);
  }
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool peek(char c) {
    skip_spaces();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool take(char c) {
    if (!peek(c)) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(word)) return false;
    const auto after = at_ + word.size();
    if (after < text_.size() && text_[after] != ' ' && text_[after] != '(') return false;
    at_ = after;
    return true;
  }
  bool done() {
    skip_spaces();
    return !error_.empty() || at_ >= text_.size() || text_[at_] == ')';
  }

  static NodePtr combine(Node::Type type, std::vector<NodePtr> children) {
    if (children.size() == 1) return children.front();
    auto node = std::make_shared<Node>();
    node->type = type;
    node->children = std::move(children);
    return node;
  }

  // Said before anything goes deeper, so the depth of the recursion is bounded too.
  bool too_deep(int depth) {
    if (depth > kMaxDepth) set_error("nested too deeply");
    return !error_.empty();
  }

  NodePtr expression(int depth) {
    std::vector<NodePtr> parts{conjunction(depth)};
    while (error_.empty() && take_word("OR")) parts.push_back(conjunction(depth));
    return combine(Node::Type::any, std::move(parts));
  }

  NodePtr conjunction(int depth) {
    std::vector<NodePtr> parts{factor(depth)};
    while (!done()) {
      const auto before = at_;
      if (take_word("OR")) {
        at_ = before;
        break;
      }
      take_word("AND");
      parts.push_back(factor(depth));
    }
    return combine(Node::Type::all, std::move(parts));
  }

  NodePtr factor(int depth) {
    if (too_deep(depth)) return std::make_shared<Node>();
    if (take_word("NOT") || take('-') || take('!')) {
      auto node = std::make_shared<Node>();
      node->type = Node::Type::negation;
      node->children.push_back(factor(depth + 1));
      return node;
    }
    take('+');
    if (take('(')) {
      auto inner = expression(depth + 1);
      if (!take(')')) set_error("missing )");
      return inner;
    }
    return term(depth);
  }

  void count_term() {
    if (++terms_ > kMaxTerms) set_error("too many terms");
  }

  NodePtr term(int depth) {
    auto node = std::make_shared<Node>();
    if (peek('"')) {
      count_term();
      node->text = quoted();
      return node;
    }
    Word word = bare(true);
    if (word.text.empty() || is_word_of_the_syntax(word.text)) set_error("a term is missing");
    if (!take(':')) {
      count_term();
      set_text(*node, std::move(word));
      return node;
    }
    if (word.text == "_exists_") {
      count_term();
      node->type = Node::Type::exists;
      node->field = bare(false).text;
      if (node->field.empty()) set_error("a field is missing");
      return node;
    }
    if (word.text == "email.raw" || word.text == "name.raw") word.text.resize(word.text.size() - 4);
    return field_value(std::move(word.text), depth);
  }

  // What follows "field:": a phrase, a word, a range, or alternatives in parentheses.
  NodePtr field_value(std::string field, int depth) {
    if (too_deep(depth)) return std::make_shared<Node>();
    if (take('(')) {
      std::vector<NodePtr> parts;
      while (!done()) {
        if (!parts.empty()) take_word("OR");
        parts.push_back(field_value(field, depth + 1));
      }
      if (!take(')')) set_error("missing )");
      if (parts.empty()) set_error("a value is missing");
      return parts.empty() ? std::make_shared<Node>() : combine(Node::Type::any, std::move(parts));
    }
    count_term();
    auto node = std::make_shared<Node>();
    node->field = std::move(field);
    if (peek('[') || peek('{')) return range(std::move(node));
    if (peek('"'))
      node->text = quoted();
    else
      set_text(*node, bare(false));
    if (node->text.empty() && !node->prefix) set_error("a value is missing");
    return node;
  }

  NodePtr range(std::shared_ptr<Node> node) {
    if (is_user_metadata(node->field)) set_error("user_metadata has no ranges");
    node->type = Node::Type::range;
    node->low_inclusive = text_[at_++] == '[';
    node->low = bound();
    if (!take_word("TO")) set_error("TO expected");
    node->high = bound();
    if (take(']'))
      node->high_inclusive = true;
    else if (take('}'))
      node->high_inclusive = false;
    else
      set_error("missing ] or }");
    if (node->low.empty() || node->high.empty()) set_error("a bound is missing");
    return node;
  }

  std::string bound() { return peek('"') ? quoted() : bare(false).text; }

  static bool is_user_metadata(std::string_view field) {
    return field == "user_metadata" || field.starts_with("user_metadata.");
  }

  // A word without quotes. Where `plain` has a blank, the character was escaped and means itself.
  struct Word {
    std::string text, plain;
  };

  void set_text(Node& node, Word word) {
    if (is_word_of_the_syntax(word.text)) set_error("a value is missing");
    if (word.plain.find_first_of("~^/?") != std::string::npos) set_error("~, ^, / and ? are not supported");
    if (word.plain.starts_with('*') && word.plain.size() > 1) {
      node.suffix = true;
      word.plain.erase(0, 1);
      word.text.erase(0, 1);
      if (word.text.size() < 3) set_error("a leading * needs three characters after it");
    }
    if (word.plain.ends_with('*')) {
      node.prefix = true;
      word.plain.pop_back();
      word.text.pop_back();
    }
    if (word.plain.find('*') != std::string::npos) set_error("* only at the start or at the end");
    if ((node.prefix || node.suffix) && is_user_metadata(node.field)) set_error("user_metadata has no wildcards");
    node.text = std::move(word.text);
  }

  std::string quoted() {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out.push_back(text_[at_]);
    }
    if (at_ >= text_.size())
      set_error("missing \"");
    else
      ++at_;
    return out;
  }

  // A word up to a separator; as a field name it also ends at ':'.
  Word bare(bool may_be_field) {
    skip_spaces();
    Word out;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == ' ' || c == ')' || c == '(' || c == '"' || c == ']' || c == '}' || (may_be_field && c == ':')) break;
      const bool escaped = c == '\\' && at_ + 1 < text_.size();
      if (escaped) ++at_;
      out.text.push_back(text_[at_]);
      out.plain.push_back(escaped ? ' ' : c);
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int terms_ = 0;
  std::string error_;
};

}  // namespace

base::Result<UserQuery, std::string> UserQuery::parse(std::string_view text) {
  if (text.size() > kMaxText) return std::unexpected(std::string("the query is too long"));
  auto root = Parser(text).parse();
  if (!root) return std::unexpected(root.error());
  return UserQuery(std::move(*root));
}

bool UserQuery::matches(const object& user) const { return evaluate(*root_, user); }

bool UserQuery::mentions(std::string_view member) const { return names(*root_, member); }

}  // namespace cardea::api
