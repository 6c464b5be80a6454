#pragma once

#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tests/store_contract/temporary_folder.h"

namespace cardea::store {

// A database server of its own, on a free port of the loopback, in a folder that is removed at the end. It does not
// sync: it survives its own death, not that of the machine. As root it runs as the user that its package made.
// Throws std::runtime_error when its package is not here or it does not start.
class TestServer {
 public:
  virtual ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  // Of a database that is empty at the first call with the name.
  virtual std::string url(const std::string& name) = 0;
  // Runs SQL beside the engine and gives the first value of the result.
  virtual std::string by_hand(const std::string& url, const std::string& sql) = 0;

  // The same database at another server of its cluster, where there is one.
  virtual std::string other_node(const std::string& url) { return url; }

  int port() const { return port_; }
  void start();
  // As a power cut would, but for the disk.
  void kill();
  // Neither answers nor breaks a connection, until thaw().
  void freeze() { signal_all(SIGSTOP); }
  void thaw() { signal_all(SIGCONT); }

 protected:
  explicit TestServer(std::string user);

  virtual std::vector<std::string> command() const = 0;
  virtual bool answers() const = 0;
  [[noreturn]] static void give_up(const std::string& what);
  static int free_port();
  void run(const std::vector<std::string>& command) const;
  const std::filesystem::path& folder() const { return folder_.path(); }
  // Before the members of a derived class go.
  void stop(int signal);

 private:
  pid_t spawn(const std::vector<std::string>& command) const;
  void signal_all(int signal) const;

  TemporaryFolder folder_;
  const std::string user_;
  const int port_ = free_port();
  pid_t pid_ = 0;
};

// A kind of server, for tests that run on each.
struct ServerKind {
  std::string name;
  // The one that the tests of this program share.
  std::function<TestServer&()> shared;
  std::function<std::unique_ptr<TestServer>()> make;
};

inline void PrintTo(const ServerKind& kind, std::ostream* out) { *out << kind.name; }

// Lower case, letters and digits: the name of a database for a test.
std::string database_name(const std::string& name);

}  // namespace cardea::store
