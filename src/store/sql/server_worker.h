#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/random.h"
#include "store/connect_gate.h"
#include "store/open.h"
#include "store/sql/server_news.h"
#include "store/sql/server_role.h"
#include "store/sql/server_session.h"
#include "store/sql/sql_database.h"
#include "store/sql/watchdog.h"
#include "store/unit_of_work.h"

namespace cardea::store {

// What the threads of a database share.
struct ServerShared {
  const ServerEngine& engine;
  const Surroundings& surroundings;
  HybridClock& hlc;
  std::atomic<std::uint64_t>& ceiling;  // the highest that is committed in meta.hlc_ceiling, as far as we know
  UlidSource& ulids;
  ConnectGate& gate;
  SlowStatements& slow;
  Watchdog& watchdog;
  ServerRole role;
  const ServerNews& news;
  const StoreMetrics& metrics;
};

// One thread of a database on a server, with its connection: opened when it is needed, thrown away when it breaks.
// Tries again what may be tried again (docs/design/0011-server-databases.md). One thread.
class ServerWorker {
 public:
  // Whatever `shared` refers to must outlive it.
  explicit ServerWorker(const ServerShared& shared);

  using Read = std::function<void(SqlRows& rows)>;
  using Work = std::function<base::Result<void>(UnitOfWork& unit, SqlRows& rows)>;

  // What is committed when each statement begins, or one moment for all of them.
  enum class See { each_newest, one_moment };
  // `read` may run twice.
  base::Result<void> read(const Read& read, See see = See::each_newest);
  // One transaction; `work` may run several times. unavailable: also when the connection broke during the commit,
  // so that nobody knows whether it is done. conflict: others were faster again and again.
  base::Result<CommitMark> change(const Work& work);
  // Asks the server.
  base::Result<bool> refuses_writes();
  // Numbers what is committed and waits for it (store/sql/outbox.h), unless that is somebody else's to do.
  base::Result<void> number(NumberFirst first);

 private:
  struct Connection {
    Connection(std::unique_ptr<ServerSession> opened, const ServerShared& shared);
    // What it says to the server on its end has a deadline too.
    ~Connection() { watch.begin(); }

    std::unique_ptr<ServerSession> session;
    StoreMetrics::Held counted;
    StatementWatch watch;
    Watchdog::Leash leash;
    SqlLink link;
    SqlRows rows;
    KeptQuery<std::tuple<>, std::tuple<>> begin, commit, rollback, before_snapshot, begin_snapshot;
    KeptQuery<std::tuple<long long>, std::tuple<>> set_ceiling;
    KeptQuery<std::tuple<>, std::tuple<long long>> refuses_writes;
    KeptQuery<std::tuple<>, std::tuple<>> tell_news;
  };
  using Step = std::function<base::Result<void>(SqlRows& rows)>;

  base::Result<void> connect();
  void read_once(const Read& read, See see);
  base::Result<void> transact(const Step& step);
  base::Result<void, Trouble> try_once(const Step& step);
  base::Result<void> sequence(const std::function<bool(SqlRows&)>& any,
                              const std::function<std::size_t(SqlRows&)>& move);
  base::Result<void> sequence_rows(Lane lane);
  base::Result<void> sequence_events();
  // Reports it, and drops a connection that is gone.
  Trouble examine(const soci::soci_error& error);
  void roll_back();
  std::uint64_t raise_ceiling();
  void pause(int attempt);

  const ServerShared shared_;
  base::SeededRandom random_;
  std::optional<Connection> connection_;
  std::mutex pausing_;
  std::condition_variable never_;
};

}  // namespace cardea::store
