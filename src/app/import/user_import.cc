#include "app/import/user_import.h"

#include <optional>
#include <vector>

#include "app/import/at_once.h"
#include "app/import/record_reader.h"
#include "identity/imported_user.h"

namespace cardea::app {
namespace {

using Outcome = store::ImportedUsers::Outcome;

// Larger units gain nothing more, and locks are held longer.
constexpr std::size_t kUsersPerUnit = 200;

struct Entry {
  std::uint64_t line = 0;
  identity::ImportedUser user;
  std::vector<model::Session> elsewhere;  // of the user, in case they end
};
using Batch = std::vector<Entry>;

}  // namespace

base::json::object ImportCounts::to_json() const {
  return {{"read", read}, {"created", created}, {"updated", updated}, {"exists", existed}, {"refused", refused}};
}

// One file. All its coroutines are on one executor.
class UserImport::Run {
 public:
  Run(UserImport& of, std::istream& in) : of_(of), reader_(in) {}

  base::awaitable<void> several(std::size_t workers) {
    return at_once(workers, [this] { return work(); });
  }

  base::Result<ImportCounts> outcome() const {
    if (failure_) return std::unexpected(*failure_);
    return counts_;
  }

 private:
  base::awaitable<void> work() {
    for (auto batch = next_batch(); !batch.empty() && !failure_; batch = next_batch()) {
      co_await write(std::move(batch));
      of_.hooks_.progress(counts_);
    }
  }

  Batch next_batch() {
    Batch batch;
    while (batch.size() < kUsersPerUnit) {
      auto item = reader_.next();
      if (!item) break;
      ++counts_.read;
      if (!item->record) {
        refuse(item->line, item->record.error().reason);
        continue;
      }
      auto user = identity::read_imported_user(*item->record);
      if (user)
        batch.push_back({item->line, std::move(*user)});
      else
        refuse(item->line, user.error().reason);
    }
    return batch;
  }

  // Sessions without a row cannot be seen from within a unit of work.
  base::awaitable<void> look_elsewhere(Entry& entry) {
    const bool may_end = entry.user.password_hash || base::get_bool_or(entry.user.document, "blocked", false);
    if (!of_.overwrites_ || !may_end) co_return;
    const auto user = co_await of_.imported_.find(of_.database_, entry.user.document);
    if (user)
      entry.elsewhere = co_await of_.ending_.sessions.elsewhere(of_.tenant_, *user);
    else if (user.error().code != base::Errc::not_found)
      failure_ = user.error();
  }

  base::Result<void> end_sessions(store::Transaction& t, const Entry& entry, const store::ImportedUsers::Taken& taken) {
    if (!taken.password_changed && !taken.newly_blocked) return {};
    return of_.ending_.sessions.end_all_in(t, of_.ending_.context, taken.user, entry.elsewhere,
                                           taken.newly_blocked ? "account-deactivated" : "password-changed");
  }

  // What one user does to a unit takes the others along, so then each gets a unit of its own.
  base::awaitable<void> write(Batch batch) {
    for (auto& entry : batch) co_await look_elsewhere(entry);
    if (failure_) co_return;
    auto written = co_await try_write(batch);
    if (written || failure_) co_return;
    if (batch.size() == 1) co_return refuse(batch.front().line, written.error().reason);
    for (auto& entry : batch) {
      Batch alone;
      alone.push_back(std::move(entry));
      written = co_await try_write(alone);
      if (failure_) co_return;
      if (!written) refuse(alone.front().line, written.error().reason);
    }
  }

  // An error that is not of the users' making ends the import.
  base::awaitable<base::Result<void>> try_write(const Batch& batch) {
    std::vector<Outcome> outcomes;
    const auto written = co_await of_.database_.write([&](store::Transaction& t) -> base::Result<void> {
      outcomes.clear();
      for (const auto& entry : batch) {
        const auto& user = entry.user;
        auto taken = of_.imported_.take_in(t, user.document, user.password_hash, user.times);
        if (!taken) return base::pass_on(taken);
        if (auto ended = end_sessions(t, entry, *taken); !ended) return ended;
        outcomes.push_back(taken->outcome);
      }
      return {};
    });
    if (written) {
      for (const auto outcome : outcomes) count(outcome);
      co_return base::Result<void>{};
    }
    const auto code = written.error().code;
    if (code != base::Errc::invalid && code != base::Errc::conflict && code != base::Errc::already_exists)
      failure_ = written.error();
    co_return base::pass_on(written);
  }

  void count(Outcome outcome) {
    switch (outcome) {
      case Outcome::created:
        ++counts_.created;
        break;
      case Outcome::existed:
        ++counts_.existed;
        break;
      case Outcome::updated:
        ++counts_.updated;
        break;
    }
  }

  void refuse(std::uint64_t line, std::string_view reason) {
    ++counts_.refused;
    of_.hooks_.refused(line, reason);
  }

  UserImport& of_;
  RecordReader reader_;
  ImportCounts counts_;
  std::optional<base::Error> failure_;
};

UserImport::UserImport(store::Database& database, store::Users& users, store::ImportedUsers::Target target,
                       Ending ending, Hooks hooks)
    : database_(database),
      imported_(users, target),
      tenant_(target.tenant),
      overwrites_(target.overwrite),
      ending_(std::move(ending)),
      hooks_(std::move(hooks)) {}

base::awaitable<base::Result<ImportCounts>> UserImport::run(std::istream& in, std::size_t at_once) {
  Run run(*this, in);
  co_await run.several(at_once);
  co_return run.outcome();
}

}  // namespace cardea::app
