#include "api/auth/authorization_answer.h"

#include "base/percent.h"
#include "base/url.h"
#include "oauth/authorize_flow.h"

namespace cardea::api {
namespace {

using Pairs = std::vector<base::QueryPair>;

// Percent-encoded throughout: scripts that read the fragment do not all take '+' for a space.
std::string in_fragment(std::string_view redirect_uri, const Pairs& parameters) {
  std::string url(redirect_uri);
  char separator = '#';
  for (const auto& [name, value] : parameters) {
    url += std::exchange(separator, '&');
    url.append(base::percent_encode(name)).append(1, '=').append(base::percent_encode(value));
  }
  return url;
}

std::string page_start(std::string_view title) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" + escape_html(title) +
         "</title></head>\n<body>\n";
}

http::Response scripted_page(std::string html, std::string_view nonce) {
  auto response = http::Response::html(200, std::move(html));
  response.content_security_policy =
      "default-src 'none'; script-src 'nonce-" + std::string(nonce) + "'; base-uri 'none'";
  response.cache("no-store").header("Pragma", "no-cache").header("Referrer-Policy", "no-referrer");
  return response;
}

http::Response form_post(std::string_view redirect_uri, const Pairs& parameters, std::string_view nonce) {
  auto html = page_start("Submit this form");
  html += "<form method=\"post\" action=\"" + escape_html(redirect_uri) + "\">\n";
  for (const auto& [name, value] : parameters)
    html += "<input type=\"hidden\" name=\"" + escape_html(name) + "\" value=\"" + escape_html(value) + "\">\n";
  // Without scripts the person presses it.
  html += "<button type=\"submit\">Continue</button>\n</form>\n";
  html += "<script nonce=\"" + std::string(nonce) + "\">document.forms[0].submit()</script>\n</body>\n</html>\n";
  return scripted_page(std::move(html), nonce);
}

http::Response web_message(std::string_view redirect_uri, const Pairs& parameters, std::string_view nonce) {
  base::json::object fields;
  for (const auto& [name, value] : parameters) fields[name] = value;
  const base::json::object message{{"type", "authorization_response"}, {"response", std::move(fields)}};
  const auto url = base::Url::parse(redirect_uri);
  const base::json::value origin = url ? base::json::value(url->origin()) : base::json::value("null");
  auto html = page_start("Authorization response");
  html +=
      "<script nonce=\"" + std::string(nonce) +
      "\">\n(function () {\n  var target = window.opener || window.parent;\n  var origin = " + json_for_script(origin) +
      ";\n  if (target && target !== window) target.postMessage(" + json_for_script(message) +
      ", origin);\n})();\n</script>\n</body>\n</html>\n";
  auto response = scripted_page(std::move(html), nonce);
  response.allow_framing = true;
  return response;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string json_for_script(const base::json::value& value) {
  const auto text = base::json::serialize(value);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = std::string_view(text).substr(i);
    if (text[i] == '<' || text[i] == '>' || text[i] == '&') {
      out += text[i] == '<' ? "\\u003c" : text[i] == '>' ? "\\u003e" : "\\u0026";
    } else if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) {
      out += rest[2] == '\xA8' ? "\\u2028" : "\\u2029";  // line ends in older ECMAScript
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

http::Response answer_client(const identity::RequestContext& context, const oauth::ClientAnswer& answer,
                             base::Random& random) {
  const auto parameters = oauth::outgoing_parameters(context, answer);
  const auto& uri = answer.target.redirect_uri;
  switch (answer.target.mode) {
    case oauth::ResponseMode::query:
      return http::Response::redirect(302, base::append_query(uri, parameters))
          .header("Referrer-Policy", "no-referrer");
    case oauth::ResponseMode::fragment:
      return http::Response::redirect(302, in_fragment(uri, parameters)).header("Referrer-Policy", "no-referrer");
    case oauth::ResponseMode::form_post:
      return form_post(uri, parameters, base::random_alphanumeric(random, 22));
    case oauth::ResponseMode::web_message:
      return web_message(uri, parameters, base::random_alphanumeric(random, 22));
  }
  return http::Response::text(500, "Internal Server Error");
}

}  // namespace cardea::api
