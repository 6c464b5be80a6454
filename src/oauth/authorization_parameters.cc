#include <algorithm>

#include "oauth/authorization_request.h"

namespace cardea::oauth {
namespace {

// Calls `take` for each word; false when it refuses one or there is none.
template <class Take>
bool each_word(std::string_view text, Take take) {
  bool any = false;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!take(word)) return false;
    any = true;
  }
  return any;
}

// False when it was set before: no word may come twice.
bool set_once(bool& flag) { return !std::exchange(flag, true); }

std::string words_of(const Prompt& prompt) {
  std::string text;
  const auto add = [&](bool set, std::string_view word) {
    if (set) text.append(text.empty() ? "" : " ").append(word);
  };
  add(prompt.none, "none");
  add(prompt.login, "login");
  add(prompt.consent, "consent");
  add(prompt.select_account, "select_account");
  return text;
}

}  // namespace

std::string ResponseType::to_string() const {
  std::string text;
  const auto add = [&](bool set, std::string_view word) {
    if (set) text.append(text.empty() ? "" : " ").append(word);
  };
  add(code, "code");
  add(token, "token");
  add(id_token, "id_token");
  return text;
}

std::optional<ResponseType> parse_response_type(std::string_view text) {
  ResponseType type;
  const bool known = each_word(text, [&](std::string_view word) {
    if (word == "code") return set_once(type.code);
    if (word == "id_token") return set_once(type.id_token);
    return word == "token" && set_once(type.token);
  });
  return known ? std::optional(type) : std::nullopt;
}

std::optional<Prompt> parse_prompt(std::string_view text) {
  Prompt prompt;
  const bool known = text.empty() || each_word(text, [&](std::string_view word) {
                       if (word == "none") return set_once(prompt.none);
                       if (word == "login") return set_once(prompt.login);
                       if (word == "consent") return set_once(prompt.consent);
                       return word == "select_account" && set_once(prompt.select_account);
                     });
  // OpenID Connect Core §3.1.2.1: none stands alone.
  if (!known || (prompt.none && (prompt.login || prompt.consent || prompt.select_account))) return std::nullopt;
  return prompt;
}

std::optional<ResponseMode> parse_response_mode(std::string_view text) {
  if (text == "query") return ResponseMode::query;
  if (text == "fragment") return ResponseMode::fragment;
  if (text == "form_post") return ResponseMode::form_post;
  if (text == "web_message") return ResponseMode::web_message;
  return std::nullopt;
}

std::string_view to_string(ResponseMode mode) {
  switch (mode) {
    case ResponseMode::query:
      return "query";
    case ResponseMode::fragment:
      return "fragment";
    case ResponseMode::form_post:
      return "form_post";
    case ResponseMode::web_message:
      return "web_message";
  }
  return "query";
}

base::json::object AuthorizationRequest::to_json() const {
  base::json::object object{{"client_id", client_id.value},
                            {"redirect_uri", target.redirect_uri},
                            {"response_type", response_type.to_string()},
                            {"response_mode", to_string(target.mode)}};
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) object[name] = value;
  };
  add("state", target.state);
  add("scope", join_scopes(scopes));
  add("audience", audience);
  add("nonce", nonce);
  add("code_challenge", code_challenge);
  add("prompt", words_of(prompt));
  add("login_hint", login_hint);
  add("id_token_hint", id_token_hint);
  add("ui_locales", ui_locales);
  add("screen_hint", screen_hint);
  add("connection", connection);
  add("acr_values", acr_values);
  if (plain_challenge) object["code_challenge_method"] = "plain";
  if (redirect_uri_given) object["redirect_uri_given"] = true;
  if (max_age) object["max_age"] = *max_age;
  return object;
}

AuthorizationRequest AuthorizationRequest::from_json(const base::json::object& object) {
  const auto text = [&](std::string_view name) { return base::get_string_or(object, name); };
  AuthorizationRequest request;
  request.client_id = model::ClientId{text("client_id")};
  request.target = {text("redirect_uri"), parse_response_mode(text("response_mode")).value_or(ResponseMode::query),
                    text("state")};
  request.redirect_uri_given = base::get_bool_or(object, "redirect_uri_given", false);
  request.response_type = parse_response_type(text("response_type")).value_or(ResponseType{});
  request.scopes = parse_scopes(text("scope")).value_or(Scopes{});
  request.audience = text("audience");
  request.nonce = text("nonce");
  request.code_challenge = text("code_challenge");
  request.plain_challenge = text("code_challenge_method") == "plain";
  request.prompt = parse_prompt(text("prompt")).value_or(Prompt{});
  if (object.contains("max_age")) request.max_age = base::get_int_or(object, "max_age", 0);
  request.login_hint = text("login_hint");
  request.id_token_hint = text("id_token_hint");
  request.ui_locales = text("ui_locales");
  request.screen_hint = text("screen_hint");
  request.connection = text("connection");
  request.acr_values = text("acr_values");
  return request;
}

}  // namespace cardea::oauth
