#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/output.h"

namespace cardea::app {

// The commands behind `cardea NAME`. Each gives the exit status. They open the store themselves, also beside a serving
// node.

int bootstrap_command(Config config, const std::string& tenant, const Output& output);

int tenant_list(Config config, const Output& output);
int tenant_create(Config config, const std::string& name, const std::string& friendly_name, const Output& output);
// Empty tenants, a name on each line of the file ("-": standard input). Those that exist stay as they are.
int tenant_import(Config config, const std::string& file, const Output& output);
int tenant_show(Config config, const std::string& name, const Output& output);

struct UserSelection {
  std::string tenant;  // name; "" = the default one
  std::string connection = "Username-Password-Authentication";
  std::string user;  // user_id ("auth0|…") or e-mail address
};
int user_find(Config config, const UserSelection& selection, const Output& output);
// The password is read from standard input when `password` is empty.
int user_create(Config config, const UserSelection& selection, std::string password, bool verified,
                const Output& output);
int user_set_password(Config config, const UserSelection& selection, std::string password, const Output& output);
int user_block(Config config, const UserSelection& selection, bool blocked, const Output& output);
// Of a file in the format of Auth0's exports; the status is 1 when some of its users were refused.
struct UserImportOptions {
  std::string file;  // "-": standard input
  std::string tenant;
  std::string connection = "Username-Password-Authentication";
  bool overwrite = false;
};
int user_import(Config config, const UserImportOptions& options, const Output& output);
int user_delete(Config config, const UserSelection& selection, const Output& output);

int keys_list(Config config, const std::string& tenant, const Output& output);
int keys_rotate(Config config, const std::string& tenant, const Output& output);
int keys_revoke(Config config, const std::string& tenant, const std::string& kid, const Output& output);

// The authority of the mesh of cells and its certificates, as files in a folder: docs/guide/regions.md.
int region_init(const std::string& folder, const Output& output);
struct RegionCertificate {
  std::string folder;
  std::uint16_t cell = 0;
  int days = 365;
};
int region_certificate(const RegionCertificate& options, const Output& output);
// Whether a cell counts as lost, for all cells (control.mode = "static").
int region_mark(Config config, std::uint16_t cell, bool down, const Output& output);

int db_status(Config config, const Output& output);
int db_migrate(Config config, const Output& output);

// docs/guide/backups.md. Targets are as in backup.target, which is the default.
int db_backup(Config config, const std::string& target, std::optional<std::uint32_t> keep, const Output& output);
int db_backups(Config config, const std::string& target, const Output& output);
struct RestoreOptions {
  std::string target;
  std::string name;         // of a backup there; "" = the newest
  bool only_check = false;  // reads all of it and changes nothing
};
int db_restore(Config config, const RestoreOptions& options, const Output& output);
// Of two stores as store.url names them.
int db_copy(const std::string& from, const std::string& to, const Output& output);
int db_check(Config config, const Output& output);
// Brings what a standby kept beside its replica to the primary at the URL.
int db_ship(Config config, const std::string& to, const Output& output);

// The mesh, seen from this cell; beside a running node or without one. The first says who is how far; the second gives
// and takes until all are caught up; the third compares everything and takes what is missing (docs/guide/regions.md).
int sync_status(Config config, const Output& output);
int sync_once(Config config, const Output& output);
int sync_verify(Config config, const Output& output);
// Rows of peers that could not be taken over. `slot`: one of the list, or "all".
int quarantine_list(Config config, const Output& output);
int quarantine_retry(Config config, const Output& output);
int quarantine_drop(Config config, const std::string& slot, const Output& output);

// A smoke test of any deployment: makes a canary application and user through the Management API, signs the user in
// through the login page as a browser would, checks the tokens, and removes both again.
struct VerifyOptions {
  std::string url;
  std::string client_id;
  std::string client_secret;  // or the environment's CARDEA_VERIFY_CLIENT_SECRET
  std::string ca_file;        // trust this certificate too
  bool insecure = false;      // trust any certificate
  std::uint32_t timeout_seconds = 10;
};
int verify_command(const VerifyOptions& options, const Output& output);

// A completion script for "bash", "zsh" or "fish", made of the names of commands and options.
struct CompletionWord {
  std::string path;                // "cardea user"
  std::vector<std::string> words;  // what may come next
};
int completion_command(const std::string& shell, const std::vector<CompletionWord>& words);

}  // namespace cardea::app
