#include "http/router.h"

#include <algorithm>
#include <stdexcept>

#include "base/percent.h"

namespace cardea::http {

struct Router::Route {
  std::string method;
  std::string pattern;
  std::vector<std::string> names;  // of the parameters, in order
  Handler handler;
  RouteOptions options;
};

// One segment of the patterns. Literal children are sorted by their text.
struct Router::Node {
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
  std::unique_ptr<Node> parameter;
  std::vector<Route> routes;  // that end here
  std::vector<Route> tails;   // whose {rest...} starts here
  std::string methods;        // "GET, HEAD, OPTIONS" of routes and of tails
  std::string tail_methods;

  Node* literal(std::string_view segment) const {
    const auto it = std::lower_bound(literals.begin(), literals.end(), segment,
                                     [](const auto& child, std::string_view wanted) { return child.first < wanted; });
    return it != literals.end() && it->first == segment ? it->second.get() : nullptr;
  }
};

struct Router::Match {
  const std::vector<Route>* routes = nullptr;  // nullptr: no such path
  std::string_view methods;
  std::vector<std::string_view> values;  // raw segments of the parameters

  // HEAD is served by GET's route unless it has its own.
  const Route* route(std::string_view method) const {
    if (routes == nullptr) return nullptr;
    const auto named = [&](std::string_view name) {
      const auto it = std::find_if(routes->begin(), routes->end(), [&](const Route& r) { return r.method == name; });
      return it == routes->end() ? nullptr : &*it;
    };
    const Route* own = named(method);
    return own == nullptr && method == "HEAD" ? named("GET") : own;
  }
};

namespace {

std::string_view path_of(std::string_view target) { return target.substr(0, target.find_first_of("?#")); }

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

bool good_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// Segments of a tail may not climb out of a folder, in any spelling.
bool is_safe_tail(std::string_view raw) {
  while (true) {
    const auto slash = raw.find('/');
    const auto segment = base::percent_decode(raw.substr(0, slash));
    if (!segment || segment->empty() || *segment == "." || *segment == "..") return false;
    if (segment->find_first_of(std::string_view("/\\\0", 3)) != std::string::npos) return false;
    if (slash == std::string_view::npos) return true;
    raw.remove_prefix(slash + 1);
  }
}

std::string allow_of(std::vector<std::string> methods) {
  if (std::find(methods.begin(), methods.end(), "GET") != methods.end()) methods.emplace_back("HEAD");
  methods.emplace_back("OPTIONS");
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  std::string out;
  for (const auto& method : methods) out += (out.empty() ? "" : ", ") + method;
  return out;
}

Response default_error_page(const Request&, int status) {
  const auto reason = reason_phrase(status);
  return Response::json(status, {{"statusCode", status}, {"error", reason}, {"message", reason}});
}

}  // namespace

Router::Router() : root_(std::make_unique<Node>()), error_page_(default_error_page) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::set_error_page(ErrorPage page) { error_page_ = std::move(page); }

void Router::add(std::string_view method, std::string_view pattern, Handler handler, RouteOptions options) {
  const auto bug = [&](const char* what) {
    throw std::logic_error(std::string(what) + ": " + std::string(method) + " " + std::string(pattern));
  };
  if (method.empty() || !pattern.starts_with('/') || !handler) bug("not a route");
  Route route{std::string(method), std::string(pattern), {}, std::move(handler), std::move(options)};
  Node* node = root_.get();
  bool tail = false;
  for (auto rest = pattern; !rest.empty();) {
    if (tail) bug("a tail must be last");
    rest.remove_prefix(1);
    const auto segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    if (!is_parameter(segment)) {
      if (segment.find_first_of("{}%?#") != std::string_view::npos) bug("bad segment");
      Node* child = node->literal(segment);
      if (child == nullptr) {
        const auto it = std::find_if(node->literals.begin(), node->literals.end(),
                                     [&](const auto& c) { return c.first > segment; });
        child = node->literals.emplace(it, std::string(segment), std::make_unique<Node>())->second.get();
      }
      node = child;
      continue;
    }
    auto name = segment.substr(1, segment.size() - 2);
    tail = name.ends_with("...");
    if (tail) name.remove_suffix(3);
    if (!good_name(name)) bug("bad parameter name");
    route.names.emplace_back(name);
    if (tail) continue;
    if (!node->parameter) node->parameter = std::make_unique<Node>();
    node = node->parameter.get();
  }
  auto& routes = tail ? node->tails : node->routes;
  if (std::any_of(routes.begin(), routes.end(), [&](const Route& r) { return r.method == method; }))
    bug("repeated route");
  routes.push_back(std::move(route));
  std::vector<std::string> methods;
  for (const auto& r : routes) methods.push_back(r.method);
  (tail ? node->tail_methods : node->methods) = allow_of(std::move(methods));
}

namespace {

// Depth first: literal, then parameter, then tail. Bounded by the number of nodes, not by the request.
template <class Node, class Match>
bool walk(const Node& node, std::string_view rest, Match& match) {
  if (rest.empty()) {
    if (node.routes.empty()) return false;
    match.routes = &node.routes;
    match.methods = node.methods;
    return true;
  }
  const auto after_slash = rest.substr(1);
  const auto segment = after_slash.substr(0, after_slash.find('/'));
  const auto further = after_slash.substr(segment.size());
  if (const auto* child = node.literal(segment); child != nullptr && walk(*child, further, match)) return true;
  if (node.parameter && !segment.empty()) {
    match.values.push_back(segment);
    if (walk(*node.parameter, further, match)) return true;
    match.values.pop_back();
  }
  if (!node.tails.empty() && is_safe_tail(after_slash)) {
    match.values.push_back(after_slash);
    match.routes = &node.tails;
    match.methods = node.tail_methods;
    return true;
  }
  return false;
}

}  // namespace

Router::Match Router::find(std::string_view target) const {
  Match match;
  const auto path = path_of(target);
  if (path.starts_with('/')) walk(*root_, path, match);
  return match;
}

base::awaitable<Response> Router::dispatch(Request request) const {
  const Match match = find(request.target);
  if (match.routes == nullptr) co_return error_page_(request, 404);

  if (is_preflight(request)) {
    const Route* asked = match.route(*request.header("Access-Control-Request-Method"));
    const auto cors = asked == nullptr ? nullptr : asked->options.cors;
    if (cors) {
      bool allowed = cors->any_origin;
      if (!allowed && cors->allows) allowed = co_await cors->allows(request, *request.header("Origin"));
      Response response = Response::no_content();
      answer_preflight(*cors, request, allowed, match.methods, response);
      co_return response;
    }
  }

  const Route* route = match.route(request.method);
  if (route == nullptr) {
    Response response = request.method == "OPTIONS" ? Response::no_content() : error_page_(request, 405);
    response.headers.set("Allow", match.methods);
    co_return response;
  }
  for (std::size_t i = 0; i < match.values.size(); ++i) {
    auto value = base::percent_decode(match.values[i]);
    if (!value) co_return error_page_(request, 400);
    request.params.emplace_back(route->names[i], std::move(*value));
  }

  if (!route->options.cors) co_return co_await route->handler(std::move(request));
  const auto cors = route->options.cors;
  const std::string origin(request.header("Origin").value_or(""));
  bool allowed = cors->any_origin;
  if (!allowed && !origin.empty() && cors->allows) allowed = co_await cors->allows(request, origin);
  Response response = co_await route->handler(std::move(request));
  add_cors_headers(*cors, origin, allowed, response);
  co_return response;
}

RouteLimits Router::limits(std::string_view method, std::string_view target) const {
  const Match match = find(target);
  const Route* route = match.route(method);
  return route == nullptr ? RouteLimits{} : RouteLimits{route->options.max_body, route->options.timeout};
}

std::vector<std::string> Router::routes() const {
  std::vector<std::string> out;
  const auto collect = [&](const auto& self, const Node& node) -> void {
    for (const auto& route : node.routes) out.push_back(route.method + " " + route.pattern);
    for (const auto& route : node.tails) out.push_back(route.method + " " + route.pattern);
    for (const auto& child : node.literals) self(self, *child.second);
    if (node.parameter) self(self, *node.parameter);
  };
  collect(collect, *root_);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace cardea::http
