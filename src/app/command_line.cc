#include "app/command_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <optional>

#include "app/commands/commands.h"
#include "app/config.h"
#include "app/serve.h"

namespace cardea::app {
namespace {

// What the options of all commands are parsed into.
struct Arguments {
  std::string config_file;
  bool json = false, check_only = false, describe = false, verified = false;
  std::string tenant, name, friendly_name, password, kid, shell;
  UserSelection user;
  UserImportOptions import;
  VerifyOptions verify;
  std::string target, copy_from, copy_to;
  std::optional<std::uint32_t> keep;
  RestoreOptions restore;
  RegionCertificate region;
};

class CommandLine {
 public:
  CommandLine() : app_("Cardea, an identity server", "cardea") {
    app_.set_version_flag("--version", CARDEA_VERSION);
    app_.require_subcommand(1);
    add_serve();
    add_bootstrap();
    add_tenant();
    add_user();
    add_keys();
    add_db();
    add_region();
    add_sync();
    add_verify();
    add_completion();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? 0 : 2;
    }
    return action_ ? action_() : 2;
  }

 private:
  // Runs `body` with the loaded configuration.
  void on(CLI::App* command, std::function<int(Config, const Output&)> body) {
    command->add_option("--config", arguments_.config_file, "configuration file (TOML)");
    command->add_flag("--json", arguments_.json, "one line of JSON on standard output");
    command->callback([this, body = std::move(body)] {
      action_ = [this, body] {
        auto config = load_config(arguments_.config_file, environ);
        if (!config) {
          fmt::print(stderr, "{}\n", config.error().to_string());
          return 2;
        }
        return body(std::move(*config), Output(arguments_.json));
      };
    });
  }

  CLI::App* group(const char* name, const char* what) {
    auto* command = app_.add_subcommand(name, what);
    command->require_subcommand(1);
    return command;
  }

  void add_serve() {
    auto* command = app_.add_subcommand("serve", "Serve until SIGTERM");
    command->add_flag("--check", arguments_.check_only, "only validate the configuration");
    command->add_flag("--describe-config", arguments_.describe, "print every key with its meaning");
    on(command, [this](Config config, const Output&) {
      if (arguments_.check_only) {
        fmt::print("configuration ok\n");
        return 0;
      }
      return serve(std::move(config));
    });
    command->parse_complete_callback([this] {
      if (!arguments_.describe) return;
      action_ = [] {
        fmt::print("{}", describe_config());
        return 0;
      };
    });
  }

  void add_bootstrap() {
    auto* command = app_.add_subcommand("bootstrap", "Make a tenant with its first administrator; may run again");
    command->add_option("--tenant", arguments_.tenant, "name of a further tenant");
    on(command, [this](Config config, const Output& output) {
      return bootstrap_command(std::move(config), arguments_.tenant, output);
    });
  }

  void add_tenant() {
    auto* tenants = group("tenant", "Tenants");
    on(tenants->add_subcommand("list", "All tenants"),
       [](Config config, const Output& output) { return tenant_list(std::move(config), output); });
    auto* create = tenants->add_subcommand("create", "Make an empty tenant");
    create->add_option("name", arguments_.name, "first label of its host")->required();
    create->add_option("--friendly-name", arguments_.friendly_name, "shown to people");
    on(create, [this](Config config, const Output& output) {
      return tenant_create(std::move(config), arguments_.name, arguments_.friendly_name, output);
    });
    auto* import = tenants->add_subcommand("import", "Make many empty tenants");
    import->add_option("file", arguments_.import.file, "a name on each line; - reads standard input")->required();
    on(import, [this](Config config, const Output& output) {
      return tenant_import(std::move(config), arguments_.import.file, output);
    });
    auto* show = tenants->add_subcommand("show", "One tenant with its settings");
    show->add_option("name", arguments_.name)->required();
    on(show,
       [this](Config config, const Output& output) { return tenant_show(std::move(config), arguments_.name, output); });
  }

  CLI::App* user_command(CLI::App* users, const char* name, const char* what,
                         std::function<int(Config, const Output&)> body) {
    auto* command = users->add_subcommand(name, what);
    command->add_option("user", arguments_.user.user, "user_id (auth0|…) or e-mail address")->required();
    command->add_option("--tenant", arguments_.user.tenant, "name of the tenant");
    command->add_option("--connection", arguments_.user.connection, "database connection")->capture_default_str();
    on(command, std::move(body));
    return command;
  }

  void add_user() {
    auto* users = group("user", "Users of a tenant");
    user_command(users, "show", "Look a user up", [this](Config config, const Output& output) {
      return user_find(std::move(config), arguments_.user, output);
    });
    auto* create = user_command(users, "create", "Make a user", [this](Config config, const Output& output) {
      return user_create(std::move(config), arguments_.user, arguments_.password, arguments_.verified, output);
    });
    create->add_option("--password", arguments_.password, "else it is read from standard input");
    create->add_flag("--verified", arguments_.verified, "the e-mail address is verified");
    auto* set = user_command(
        users, "set-password", "Set a password; ends the user's sessions", [this](Config config, const Output& output) {
          return user_set_password(std::move(config), arguments_.user, arguments_.password, output);
        });
    set->add_option("--password", arguments_.password, "else it is read from standard input");
    user_command(users, "block", "Refuse logins; ends the user's sessions",
                 [this](Config config, const Output& output) {
                   return user_block(std::move(config), arguments_.user, true, output);
                 });
    user_command(users, "unblock", "Allow logins again", [this](Config config, const Output& output) {
      return user_block(std::move(config), arguments_.user, false, output);
    });
    user_command(users, "delete", "Delete a user with everything that belongs to them",
                 [this](Config config, const Output& output) {
                   return user_delete(std::move(config), arguments_.user, output);
                 });
    add_user_import(users);
  }

  void add_user_import(CLI::App* users) {
    auto& options = arguments_.import;
    auto* command = users->add_subcommand("import", "Take over the users of a file in the format of Auth0's exports");
    command->add_option("file", options.file, "NDJSON or a JSON array; - reads standard input")->required();
    command->add_option("--tenant", options.tenant, "name of the tenant");
    command->add_option("--connection", options.connection, "connection of the users")->capture_default_str();
    command->add_flag("--upsert", options.overwrite, "overwrite users who exist already");
    on(command, [this](Config config, const Output& output) {
      return user_import(std::move(config), arguments_.import, output);
    });
  }

  void add_keys() {
    auto* keys = group("keys", "Signing keys of a tenant");
    auto* list = keys->add_subcommand("list", "Pending, active, retiring and revoked keys");
    list->add_option("--tenant", arguments_.tenant, "name of the tenant");
    on(list,
       [this](Config config, const Output& output) { return keys_list(std::move(config), arguments_.tenant, output); });
    auto* rotate = keys->add_subcommand("rotate", "The pending key becomes active, a new one pending");
    rotate->add_option("--tenant", arguments_.tenant, "name of the tenant");
    on(rotate, [this](Config config, const Output& output) {
      return keys_rotate(std::move(config), arguments_.tenant, output);
    });
    auto* revoke = keys->add_subcommand("revoke", "Take back a retiring key");
    revoke->add_option("kid", arguments_.kid)->required();
    revoke->add_option("--tenant", arguments_.tenant, "name of the tenant");
    on(revoke, [this](Config config, const Output& output) {
      return keys_revoke(std::move(config), arguments_.tenant, arguments_.kid, output);
    });
  }

  void add_db() {
    auto* db = group("db", "The database");
    on(db->add_subcommand("status", "Schema version and size"),
       [](Config config, const Output& output) { return db_status(std::move(config), output); });
    on(db->add_subcommand("migrate", "Bring the schema up to date"),
       [](Config config, const Output& output) { return db_migrate(std::move(config), output); });
    on(db->add_subcommand("check", "Read every row and say what is wrong"),
       [](Config config, const Output& output) { return db_check(std::move(config), output); });
    add_db_backup(db);
    add_db_restore(db);
    add_db_ship(db);
    add_db_copy(db);
  }

  void add_db_backup(CLI::App* db) {
    auto* backup = db->add_subcommand("backup", "Keep a copy of the whole store, while it is in use");
    backup->add_option("--to", arguments_.target, "folder, file or s3://bucket/prefix?…; default: backup.target");
    backup->add_option("--keep", arguments_.keep, "remove the oldest beyond so many; default: backup.keep");
    on(backup, [this](Config config, const Output& output) {
      return db_backup(std::move(config), arguments_.target, arguments_.keep, output);
    });
    auto* list = db->add_subcommand("backups", "The backups of this cell, oldest first");
    list->add_option("--at", arguments_.target, "default: backup.target");
    on(list, [this](Config config, const Output& output) {
      return db_backups(std::move(config), arguments_.target, output);
    });
  }

  void add_db_restore(CLI::App* db) {
    auto* restore = db->add_subcommand("restore", "Fill the empty database of store.url from a backup");
    restore->add_option("--from", arguments_.restore.target, "default: backup.target");
    restore->add_option("--at", arguments_.restore.name, "name of the backup; default: the newest");
    restore->add_flag("--check", arguments_.restore.only_check, "only read all of it; changes nothing");
    on(restore, [this](Config config, const Output& output) {
      return db_restore(std::move(config), arguments_.restore, output);
    });
  }

  void add_db_ship(CLI::App* db) {
    auto* ship = db->add_subcommand("ship", "Bring what a standby kept beside its replica to the primary");
    ship->add_option("--to", arguments_.copy_to, "store.url of the primary")->envname("CARDEA_COPY_TO")->required();
    on(ship,
       [this](Config config, const Output& output) { return db_ship(std::move(config), arguments_.copy_to, output); });
  }

  void add_db_copy(CLI::App* db) {
    auto* copy = db->add_subcommand("copy", "Move a store into an empty database, also of another engine");
    copy->add_option("--from", arguments_.copy_from, "as store.url")->envname("CARDEA_COPY_FROM")->required();
    copy->add_option("--to", arguments_.copy_to, "as store.url")->envname("CARDEA_COPY_TO")->required();
    copy->add_flag("--json", arguments_.json, "one line of JSON on standard output");
    copy->callback([this] {
      action_ = [this] { return db_copy(arguments_.copy_from, arguments_.copy_to, Output(arguments_.json)); };
    });
  }

  void add_region() {
    auto* region = group("region", "The mesh of cells");
    auto* init = region->add_subcommand("init", "Make the authority of the mesh, once for all cells");
    init->add_option("--folder", arguments_.region.folder, "where its files go")->required();
    without_config(init, [this](const Output& output) { return region_init(arguments_.region.folder, output); });
    auto* certificate = region->add_subcommand("certificate", "A certificate for a cell, by that authority");
    certificate->add_option("--folder", arguments_.region.folder, "of the authority; the files go there")->required();
    certificate->add_option("--cell", arguments_.region.cell, "number of the cell")
        ->required()
        ->check(CLI::Range(1, 65535));
    certificate->add_option("--days", arguments_.region.days, "of its life")
        ->capture_default_str()
        ->check(CLI::Range(1, 3650));
    without_config(certificate, [this](const Output& output) { return region_certificate(arguments_.region, output); });
    add_mark(region, "mark-down", "Decide that a cell is lost: nobody waits for it any more", true);
    add_mark(region, "mark-up", "Decide that a cell is back", false);
  }

  void add_mark(CLI::App* region, const char* name, const char* description, bool down) {
    auto* mark = region->add_subcommand(name, description);
    mark->add_option("cell", arguments_.region.cell, "number of the cell")->required()->check(CLI::Range(1, 65535));
    on(mark, [this, down](Config config, const Output& output) {
      return region_mark(std::move(config), arguments_.region.cell, down, output);
    });
  }

  void add_sync() {
    auto* sync = group("sync", "What the cells of the mesh have of each other");
    on(sync->add_subcommand("status", "How far this cell is with each peer, and each peer with it"),
       [](Config config, const Output& output) { return sync_status(std::move(config), output); });
    on(sync->add_subcommand("once", "Give and take until all is caught up, then end; needs no running node"),
       [](Config config, const Output& output) { return sync_once(std::move(config), output); });
    on(sync->add_subcommand("verify", "Compare every row with each peer now, and take what is missing here"),
       [](Config config, const Output& output) { return sync_verify(std::move(config), output); });
    auto* quarantine = sync->add_subcommand("quarantine", "Rows of peers that could not be taken over");
    quarantine->require_subcommand(1);
    on(quarantine->add_subcommand("list", "All of them, with the reasons"),
       [](Config config, const Output& output) { return quarantine_list(std::move(config), output); });
    on(quarantine->add_subcommand("retry", "Try all of them again"),
       [](Config config, const Output& output) { return quarantine_retry(std::move(config), output); });
    auto* drop = quarantine->add_subcommand("drop", "Forget one of them");
    drop->add_option("slot", arguments_.name, "of the list, or: all")->required();
    on(drop, [this](Config config, const Output& output) {
      return quarantine_drop(std::move(config), arguments_.name, output);
    });
  }

  // A command that opens no store.
  void without_config(CLI::App* command, std::function<int(const Output&)> body) {
    command->add_flag("--json", arguments_.json, "one line of JSON on standard output");
    command->callback(
        [this, body = std::move(body)] { action_ = [this, body] { return body(Output(arguments_.json)); }; });
  }

  void add_verify() {
    auto* command = app_.add_subcommand("verify", "Sign a canary user in at a deployment");
    auto& options = arguments_.verify;
    command->add_option("url", options.url, "https://host[:port]/")->required();
    command->add_option("--client-id", options.client_id, "Management API client")->envname("CARDEA_VERIFY_CLIENT_ID");
    command->add_option("--client-secret", options.client_secret)->envname("CARDEA_VERIFY_CLIENT_SECRET");
    command->add_option("--ca", options.ca_file, "trust this certificate (PEM)");
    command->add_flag("--insecure", options.insecure, "trust any certificate");
    command->add_option("--timeout", options.timeout_seconds, "seconds per request")->capture_default_str();
    command->add_flag("--json", arguments_.json, "one line of JSON on standard output");
    command->callback(
        [this] { action_ = [this] { return verify_command(arguments_.verify, Output(arguments_.json)); }; });
  }

  void add_completion() {
    auto* command = app_.add_subcommand("completion", "Completion script for a shell");
    command->add_option("shell", arguments_.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->callback([this] {
      action_ = [this] {
        std::vector<CompletionWord> words;
        collect(app_, "cardea", words);
        return completion_command(arguments_.shell, words);
      };
    });
  }

  static void collect(const CLI::App& app, const std::string& path, std::vector<CompletionWord>& out) {
    CompletionWord word{path, {}};
    for (const auto* option : app.get_options()) {
      for (const auto& name : option->get_lnames()) word.words.push_back("--" + name);
    }
    for (const auto* command : app.get_subcommands({})) {
      word.words.push_back(command->get_name());
      collect(*command, path + " " + command->get_name(), out);
    }
    out.push_back(std::move(word));
  }

  CLI::App app_;
  Arguments arguments_;
  std::function<int()> action_;
};

}  // namespace

int run_command_line(int argc, char** argv) { return CommandLine().run(argc, argv); }

}  // namespace cardea::app
