#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cardea::api {

// What the pages load from /u/assets/.
struct PageAsset {
  std::string content_type;
  std::string body;
  bool immutable = false;  // answer with Cache-Control: public, max-age=31536000, immutable
};

// The file for a request path such as "/u/assets/login-3f2a….css" (the hash of the content is in the name) or
// "/u/assets/theme-….css" (page_style.h). nullopt: 404. Any thread.
std::optional<PageAsset> find_page_asset(std::string_view path);

// The address of a file of web/login/assets: "login.css" → "/u/assets/login-<hash>.css"; empty for an unknown one.
std::string page_asset_path(std::string_view name);

// Whether the answer to a form of the page may end at another origin.
enum class FormReach {
  same_origin,  // the answer stays on this server: reset request, results, errors
  client        // the chain of redirects may end at an application: login, sign-up, consent, password change, logout …
};

// Content-Security-Policy of the pages: nothing but our own style sheets and script; images from anywhere over TLS
// (logos are the tenants'); never in a frame.
//
// form-action is the difficult one. Chromium and WebKit hold it against every redirect that follows the POST, not only
// against the form's own target. A login form's POST goes on to /authorize/resume, to the application's callback
// (https, http://127.0.0.1:port or a scheme of its own) and often from there to yet another origin that we cannot know
// (the application's start page, a further identity provider). Any list would break some application at its last
// step, and a list of all schemes would protect nothing; so pages that end at a client carry no form-action. What it
// would have prevented (markup injected into the page that posts elsewhere) is prevented by escaping in the templates,
// base-uri 'none' and the absence of inline script. Pages that stay here say form-action 'self'.
std::string login_csp(FormReach reach);

}  // namespace cardea::api
