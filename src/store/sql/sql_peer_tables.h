#pragma once

#include <string>
#include <vector>

#include "store/mesh_store.h"
#include "store/sql/kept_query.h"

namespace cardea::store {

// The tables repl_quarantine and peer_ack, and the identity of the store, on one session. One thread. Throws
// soci::soci_error.
class SqlPeerTables {
 public:
  explicit SqlPeerTables(const SqlLink& link);

  void quarantine(const Quarantined& row);
  bool release(const std::string& slot);
  std::vector<Quarantined> quarantined(const std::string& after, std::size_t limit);
  std::vector<Quarantined> due(base::Time now, std::size_t limit);
  QuarantineSize size();

  void acknowledge(const std::string& incarnation, const PeerAck& ack);
  std::vector<PeerAck> acknowledgements(const std::string& incarnation);

  // Gives the one that holds afterwards.
  std::string renew_incarnation(const std::string& known, const std::string& next);

 private:
  using Number = long long;
  using Text = std::string;
  using None = std::tuple<>;
  using QuarantineColumns = std::tuple<Text, Number, Number, Text, Number, Text, Text, Text, Number, Number>;

  KeptQuery<QuarantineColumns, None> quarantine_;
  KeptQuery<std::tuple<Text>, None> release_;
  KeptQuery<std::tuple<Text, Number>, QuarantineColumns> list_;
  KeptQuery<std::tuple<Number, Number>, QuarantineColumns> due_;
  KeptQuery<None, std::tuple<Number>> count_, count_held_;
  KeptQuery<std::tuple<Text, Text, Number, Number, Number>, None> acknowledge_;
  KeptQuery<std::tuple<Text>, std::tuple<Text, Number, Number, Number>> acknowledgements_;
  KeptQuery<std::tuple<Text, Text>, None> renew_;
  KeptQuery<None, std::tuple<Text>> incarnation_;
};

}  // namespace cardea::store
