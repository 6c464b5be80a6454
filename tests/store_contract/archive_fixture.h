#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/fake_clock.h"
#include "crypto/seal.h"
#include "crypto/system_random.h"
#include "store/archive/archive.h"
#include "store/open.h"
#include "store/sql/open_server.h"
#include "store/sql/open_sqlite.h"
#include "tests/store_contract/mariadb_server.h"
#include "tests/store_contract/postgres_server.h"
#include "tests/store_contract/temporary_folder.h"
#include "tests/store_contract/wait.h"

namespace cardea::store {

// An archive in memory. Reads give pieces of odd sizes, as a network does.
class MemoryArchive {
 public:
  std::string bytes;
  bool finished = false;
  std::uint64_t opened = 0;
  std::size_t room = std::string::npos;  // writes beyond it fail

  class Sink final : public ArchiveSink {
   public:
    explicit Sink(MemoryArchive& archive) : archive_(archive) {}
    base::Result<void> write(std::string_view bytes) override {
      if (archive_.bytes.size() + bytes.size() > archive_.room)
        return base::fail(base::Errc::unavailable, "the disk is full");
      archive_.bytes += bytes;
      return {};
    }
    base::Result<void> finish() override {
      archive_.finished = true;
      return {};
    }

   private:
    MemoryArchive& archive_;
  };

  class Source final : public ArchiveSource {
   public:
    explicit Source(std::string bytes) : bytes_(std::move(bytes)) {}
    base::Result<std::string> read(std::size_t most) override {
      std::string out = bytes_.substr(at_, std::min<std::size_t>(most, 1021));
      at_ += out.size();
      return out;
    }

   private:
    std::string bytes_;
    std::size_t at_ = 0;
  };

  OpenSource open() {
    return [this]() -> base::Result<std::unique_ptr<ArchiveSource>> {
      ++opened;
      return std::make_unique<Source>(bytes);
    };
  }
};

// Stores of a cell with some of everything, on the engines that archives are for.
class ArchiveFixture {
 public:
  static constexpr model::CellNumber kCell = 7;

  ArchiveFixture() {
    EXPECT_TRUE(keys_.learn(tenant_, keys_.make_wrapped()));
    EXPECT_TRUE(keys_.learn(other_, keys_.make_wrapped()));
  }

  // Of a database that does not exist yet.
  std::string url(const std::string& engine, const std::string& name) {
    if (engine == "sqlite") return "sqlite:" + (folder_.path() / (name + ".db")).string();
    return server(engine).url(folder_.path().filename().string() + name);
  }
  static TestServer& server(const std::string& engine) {
    if (engine == "mariadb") return MariadbServer::shared();
    return PostgresServer::shared();
  }

  std::unique_ptr<Database> open(const std::string& url) {
    const Surroundings surroundings{clock_, random_, log_, keys_, kCell};
    auto database = url.starts_with("sqlite:")
                        ? open_sqlite(*sqlite_path(url), surroundings, {.synchronous_full = false})
                        : open_server(url, surroundings);
    EXPECT_TRUE(database) << (database ? "" : database.error().reason);
    return database ? std::move(*database) : nullptr;
  }

  static Record make(Key key, const base::json::object& document, base::Time expires_at = {}) {
    Record record;
    record.key = std::move(key);
    record.expires_at = expires_at;
    record.set_document(document);
    return record;
  }
  Key user(const std::string& id) const { return {tenant_, Kind::user, id}; }
  Key session(const std::string& id) const { return {tenant_, Kind::session, id}; }

  void put(Database& database, const Key& key, const base::json::object& document, base::Time expires_at = {}) {
    const auto done = wait(database.write([&](Transaction& t) { return t.put(make(key, document, expires_at)); }));
    ASSERT_TRUE(done) << done.error().reason;
  }

  // More users than a page of the reader has, in two tenants; tombstones, claims, sessions, events, jobs, a cursor.
  void fill(Database& database, int users = 300) {
    for (int begin = 0; begin < users; begin += 50) {
      const auto done = wait(database.write([&](Transaction& t) -> base::Result<void> {
        for (int i = begin; i < std::min(begin + 50, users); ++i) {
          const auto& tenant = i % 3 == 0 ? other_ : tenant_;
          const auto id = "U" + std::to_string(i);
          if (auto put =
                  t.put(make({tenant, Kind::user, id}, {{"email", id + "@example.test"}, {"name", "Zoë ☃ " + id}}));
              !put)
            return put;
          if (auto claim = t.claim(tenant, "user_id", "auth0|" + id, id, false); !claim) return claim;
          t.append_event({0, tenant, "s", {}, {{"user", id}}});
        }
        return {};
      }));
      ASSERT_TRUE(done) << done.error().reason;
    }
    put(database, session("S1"), {{"user", "U1"}, {"last_seen_at", 5}}, clock_.now() + std::chrono::hours(1));
    const auto more = wait(database.write([&](Transaction& t) -> base::Result<void> {
      t.enqueue({.tenant = tenant_, .queue = "mail", .body = {{"to", "somebody"}}});
      if (auto released = t.release(tenant_, "user_id", "auth0|U2", "U2"); !released) return released;
      return t.erase(user("U2"));
    }));
    ASSERT_TRUE(more) << more.error().reason;
    ASSERT_TRUE(wait(database.set_cursor("follower", Lane::bulk, 4)));
  }

  static std::vector<std::pair<std::uint64_t, std::string>> feed_of(Database& database, Lane lane) {
    const auto entries = wait(database.feed(lane, 0, 100'000));
    EXPECT_TRUE(entries);
    std::vector<std::pair<std::uint64_t, std::string>> out;
    if (entries)
      for (const auto& entry : *entries) out.emplace_back(entry.lseq, entry.key.tenant.value + "/" + entry.key.id);
    return out;
  }

  // Without the numbers: what nobody had numbered yet may get others at its new place.
  static std::vector<std::string> order_of(Database& database, Lane lane) {
    std::vector<std::string> out;
    for (auto& [lseq, key] : feed_of(database, lane)) out.push_back(key);
    return out;
  }

  ArchiveKeys archive_keys() const { return ArchiveKeys::of(seal_key_, backup_key_); }
  ArchiveTools tools() { return {clock_, random_, "1.2.3"}; }

  Manifest must_archive(const std::string& url, MemoryArchive& archive) {
    MemoryArchive::Sink sink(archive);
    auto manifest = make_archive(url, archive_keys(), sink, tools());
    EXPECT_TRUE(manifest) << (manifest ? "" : manifest.error().reason);
    EXPECT_TRUE(archive.finished);
    return manifest ? std::move(*manifest) : Manifest{};
  }

  TemporaryFolder folder_;
  base::FakeClock clock_;
  crypto::SystemRandom random_;
  base::NullLog log_;
  TenantKeys keys_{crypto::SealKey::generate(random_), random_};
  crypto::SealKey seal_key_ = crypto::SealKey::generate(random_);
  std::optional<crypto::SealKey> backup_key_;
  const model::TenantId tenant_{"tenant-1"};
  const model::TenantId other_{"tenant-2"};
};

}  // namespace cardea::store
