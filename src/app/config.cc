#include "app/config.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "app/config_keys.h"
#include "app/nearest_name.h"

namespace cardea::app {
namespace {

constexpr std::string_view kPrefix = "CARDEA_";

std::unexpected<ConfigError> wrong(std::string where, std::string what, std::string fix = {}) {
  return std::unexpected<ConfigError>(ConfigError{std::move(where), std::move(what), std::move(fix)});
}

std::string suggestion(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& key : config_keys()) names.emplace_back(key.name);
  const auto nearest = nearest_name(name, names);
  return nearest.empty() ? "cardea serve --describe-config lists the keys" : "did you mean " + nearest + "?";
}

const ConfigKey* key_named(std::string_view name) {
  for (const auto& key : config_keys())
    if (key.name == name) return &key;
  return nullptr;
}

std::optional<std::vector<std::string>> values_of(const toml::node& node) {
  std::vector<std::string> out;
  const auto take = [&out](const toml::node& item) {
    if (const auto* text = item.as_string())
      out.push_back(text->get());
    else if (const auto* number = item.as_integer())
      out.push_back(std::to_string(number->get()));
    else if (const auto* flag = item.as_boolean())
      out.emplace_back(flag->get() ? "true" : "false");
    else
      return false;
    return true;
  };
  if (const auto* array = node.as_array()) {
    for (const auto& item : *array)
      if (!take(item)) return std::nullopt;
    return out;
  }
  if (!take(node)) return std::nullopt;
  return out;
}

base::Result<void, ConfigError> apply(Config& config, const std::string& where, std::string_view name,
                                      const std::vector<std::string>& values) {
  const auto* key = key_named(name);
  if (key == nullptr) return wrong(where, fmt::format("unknown key {}", name), suggestion(name));
  const auto problem = key->set(config, values);
  if (!problem.empty())
    return wrong(where, fmt::format("{}: {}", name, problem), fmt::format("for example: {} = {}", name, key->example));
  return {};
}

base::Result<void, ConfigError> apply_file(Config& config, const std::string& file) {
  toml::table table;
  try {
    table = toml::parse_file(file);
  } catch (const toml::parse_error& error) {
    return wrong(fmt::format("{}:{}", file, error.source().begin.line), std::string(error.description()),
                 "see https://toml.io for the syntax");
  }
  for (const auto& [section, node] : table) {
    const auto line = [&file](const toml::node& at) { return fmt::format("{}:{}", file, at.source().begin.line); };
    const auto* inner = node.as_table();
    if (inner == nullptr)
      return wrong(line(node), fmt::format("unknown key {}", section.str()), suggestion(section.str()));
    for (const auto& [name, value] : *inner) {
      const auto full = fmt::format("{}.{}", section.str(), name.str());
      const auto values = values_of(value);
      if (!values) {
        const auto* key = key_named(full);
        if (key == nullptr) return wrong(line(value), "unknown key " + full, suggestion(full));
        return wrong(line(value), full + ": wrong type", fmt::format("for example: {} = {}", full, key->example));
      }
      if (auto done = apply(config, line(value), full, *values); !done) return done;
    }
  }
  return {};
}

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto item = text.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) out.emplace_back(item);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

std::string environment_name(std::string_view key) {
  std::string out(kPrefix);
  for (const char c : key) {
    if (c == '.')
      out += "__";
    else
      out.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  return out;
}

bool is_list(const ConfigKey& key) { return key.example.starts_with('['); }

base::Result<void, ConfigError> apply_environment(Config& config, const char* const* environment) {
  std::map<std::string, const ConfigKey*> names;
  std::map<std::string, const ConfigKey*> file_names;
  for (const auto& key : config_keys()) {
    names[environment_name(key.name)] = &key;
    if (key.secret) file_names[environment_name(key.name) + "_FILE"] = &key;
  }
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const auto equals = entry.find('=');
    const std::string name(entry.substr(0, equals));
    if (equals == std::string_view::npos || !name.starts_with(kPrefix) || name.find("__") == std::string::npos)
      continue;
    const std::string value(entry.substr(equals + 1));
    const std::string where = "environment " + name;

    if (const auto key = names.find(name); key != names.end()) {
      const auto values = is_list(*key->second) ? split_commas(value) : std::vector<std::string>{value};
      if (auto done = apply(config, where, key->second->name, values); !done) return done;
    } else if (const auto secret = file_names.find(name); secret != file_names.end()) {
      std::ifstream in(value);
      std::string content((std::istreambuf_iterator<char>(in)), {});
      if (!in.good() && content.empty()) return wrong(where, "cannot read " + value);
      while (content.ends_with('\n') || content.ends_with('\r')) content.pop_back();
      if (auto done = apply(config, where, secret->second->name, {content}); !done) return done;
    } else {
      std::vector<std::string> known;
      for (const auto& [known_name, unused] : names) known.push_back(known_name);
      const auto nearest = nearest_name(name, known);
      return wrong(where, "unknown key", nearest.empty() ? "" : "did you mean " + nearest + "?");
    }
  }
  return {};
}

// What no single key can tell.
base::Result<void, ConfigError> check_together(Config& config, const std::string& file) {
  const std::string where = file.empty() ? "configuration" : file;
  if (config.store_url.empty())
    return wrong(where, "store.url is missing", "for example: store.url = \"sqlite:cardea.db\"");
  if (config.https.on && (config.tls_certificate.empty() || config.tls_key.empty()))
    return wrong(where, "listen.https needs tls.certificate and tls.key");
  if (!config.http.on && !config.https.on)
    return wrong(where, "nothing to listen on", "set listen.http or listen.https");
  if (config.base_url.empty()) {
    const auto& listener = config.https.on ? config.https : config.http;
    config.base_url = fmt::format("{}://localhost:{}", config.https.on ? "https" : "http", listener.port);
  }
  if (!config.store_url.starts_with("sqlite:") && config.seal_key.empty() && config.seal_key_file.empty())
    return wrong(where, "seal.key or seal.key_file is needed with this database",
                 "make one with: openssl rand -base64 32");
  if (config.backup_every_hours > 0 && config.backup_target.empty())
    return wrong(where, "backup.every_hours needs backup.target",
                 "for example: backup.target = \"file:/var/backups/cardea\"");
  return {};
}

}  // namespace

std::string ConfigError::to_string() const {
  return fmt::format("{}: {}{}", where, what, fix.empty() ? "" : "\n  " + fix);
}

base::Result<Config, ConfigError> load_config(const std::string& file, const char* const* environment) {
  Config config;
  if (!file.empty()) {
    if (!std::ifstream(file).good()) return wrong(file, "cannot read the file");
    if (auto done = apply_file(config, file); !done) return base::pass_on(done);
  }
  if (auto done = apply_environment(config, environment); !done) return base::pass_on(done);
  if (auto done = check_together(config, file); !done) return base::pass_on(done);
  return config;
}

std::string describe_config() {
  std::string out, section;
  for (const auto& key : config_keys()) {
    const auto dot = key.name.find('.');
    const auto this_section = std::string(key.name.substr(0, dot));
    if (this_section != section) out += fmt::format("{}[{}]\n", section.empty() ? "" : "\n", this_section);
    section = this_section;
    out += fmt::format("# {}\n# {} = {}\n", key.meaning, key.name.substr(dot + 1), key.example);
  }
  return out;
}

}  // namespace cardea::app
