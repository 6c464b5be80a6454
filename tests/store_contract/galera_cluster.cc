#include "tests/store_contract/galera_cluster.h"

#include <unistd.h>

namespace cardea::store {
namespace {

constexpr const char* kLibrary = "/usr/lib/galera/libgalera_smm.so";

// `group`: where the first member listens for the others; empty for the first itself.
std::vector<std::string> member(int group_port, int transfer_port, int state_port, const std::string& group) {
  const auto at = [](int port) { return "127.0.0.1:" + std::to_string(port); };
  std::vector<std::string> out = {"--wsrep-on=ON",
                                  std::string("--wsrep-provider=") + kLibrary,
                                  "--binlog-format=ROW",
                                  "--innodb-autoinc-lock-mode=2",
                                  "--wsrep-sst-method=rsync",
                                  "--wsrep-node-address=127.0.0.1",
                                  "--wsrep-sst-receive-address=" + at(state_port),
                                  "--wsrep-slave-threads=2",
                                  "--wsrep-provider-options=gcache.size=16M;gmcast.listen_addr=tcp://" +
                                      at(group_port) + ";ist.recv_addr=" + at(transfer_port) +
                                      ";evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT2S;evs.inactive_timeout=PT4S",
                                  "--wsrep-cluster-address=gcomm://" + group};
  if (group.empty()) out.push_back("--wsrep-new-cluster");
  if (!group.empty()) out.push_back("--init-file=");  // the users come from the first
  return out;
}

}  // namespace

GaleraCluster::GaleraCluster() : GaleraCluster(free_port()) {}

GaleraCluster::GaleraCluster(int group_port) : MariadbServer(member(group_port, free_port(), free_port(), "")) {
  for (int i = 0; i < 2; ++i)
    others_.push_back(std::make_unique<MariadbServer>(
        member(free_port(), free_port(), free_port(), "127.0.0.1:" + std::to_string(group_port))));
  for (int look = 0; look < 200; ++look) {
    if (by_hand("/information_schema",
                "SELECT variable_value FROM global_status "
                "WHERE variable_name = 'wsrep_cluster_size'") == "3")
      return;
    ::usleep(100'000);
  }
  give_up("the members do not find each other");
}

GaleraCluster& GaleraCluster::shared() {
  static GaleraCluster cluster;
  return cluster;
}

ServerKind GaleraCluster::kind() {
  return {"galera", []() -> TestServer& { return shared(); }, [] { return std::make_unique<GaleraCluster>(); }};
}

std::string GaleraCluster::other_node(const std::string& url) {
  auto out = url;
  const auto port = std::to_string(this->port());
  return out.replace(out.find(port), port.size(), std::to_string(others_.front()->port()));
}

std::string GaleraCluster::url_of_all(const std::string& url) const {
  auto out = url;
  std::string hosts = std::to_string(port());
  const auto size = hosts.size();
  for (const auto& other : others_) hosts += ",127.0.0.1:" + std::to_string(other->port());
  return out.replace(out.find(std::to_string(port())), size, hosts);
}

}  // namespace cardea::store
