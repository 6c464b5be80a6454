#include "api/login/page_assets.h"

#include "api/login/page_style.h"
#include "base/embedded_files.h"

namespace cardea::api {
namespace {

constexpr std::string_view kFolder = "login/assets/";
constexpr std::string_view kServedAt = "/u/assets/";

std::string served_path(const base::EmbeddedFile& file) {
  const auto name = file.path.substr(kFolder.size());
  const auto dot = name.rfind('.');
  return std::string(kServedAt) + std::string(name.substr(0, dot)) + "-" + std::string(file.content_hash) +
         std::string(name.substr(dot));
}

std::string content_type(std::string_view path) {
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

}  // namespace

std::optional<PageAsset> find_page_asset(std::string_view path) {
  if (!path.starts_with(kServedAt)) return std::nullopt;
  for (const auto& file : base::embedded_files())
    if (file.path.starts_with(kFolder) && served_path(file) == path)
      return PageAsset{content_type(path), std::string(file.content), true};
  if (auto theme = theme_css(path)) return PageAsset{content_type(path), std::move(*theme), true};
  return std::nullopt;
}

std::string page_asset_path(std::string_view name) {
  const auto* file = base::find_embedded_file(std::string(kFolder) + std::string(name));
  return file == nullptr ? std::string() : served_path(*file);
}

std::string login_csp(FormReach reach) {
  std::string policy =
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:; "
      "base-uri 'none'; frame-ancestors 'none'";
  switch (reach) {
    case FormReach::same_origin:
      policy += "; form-action 'self'";
      break;
    case FormReach::client:
      break;
  }
  return policy;
}

}  // namespace cardea::api
