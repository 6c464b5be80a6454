#pragma once

#include <soci/soci.h>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cardea::store {

// What differs between the engines in the SQL that they share. A further engine is one more of these and its sessions.
struct Dialect {
  std::string_view engine;  // as SOCI names its backend

  // Types of columns. Keys and what is looked up are ordered and compared by their bytes.
  std::string_view number;
  std::string_view key;
  std::string_view text;
  std::string_view numbered_key;  // given by the engine, rising, with gaps
  std::string_view by_key;        // end of a CREATE TABLE whose rows are kept in the order of the primary key
  std::string_view has_meta;      // counts the tables with the name "meta"
  bool partial_indexes;           // CREATE INDEX … WHERE
  // Where a statement that makes a table commits, instead of being part of a transaction: whether it failed because
  // what it makes is there already. nullptr elsewhere.
  bool (*made_already)(const soci::soci_error& error);

  std::string_view begin;
  std::string_view before_snapshot;  // what runs before begin_snapshot; may be empty
  std::string_view begin_snapshot;   // read only; all its statements see the database as one moment left it
  // Lets `numbered_key` of the table job go on above what was inserted with its number; empty: the engine does.
  std::string_view numbered_on;
  std::string_view integrity;       // gives "ok", or what is wrong with the engine's own pages; empty: it cannot tell
  std::string_view tell_news;       // wakes the nodes that listen, when it is committed; empty: nobody can
  std::string_view refuses_writes;  // 1 on a server that takes no writes, 0 else; empty: the engine always takes them
  std::string_view greatest;        // the larger of two arguments
  std::string_view lock;            // ends a SELECT whose rows stay locked until the end of the transaction
  std::string_view lock_free;       // the same, but rows that somebody else has locked are left out
  bool nul_in_text;                 // whether a text may hold the byte 0

  // How an INSERT ends that overwrites a row which is there: `keys` are its unique columns, as in "a, b".
  std::string (*overwrite)(std::string_view keys, std::initializer_list<std::string_view> columns);

  // Several transactions write at once, so numbers of the feed and the events are given by those who read: see
  // store/sql/outbox.h. `one_writer` numbers as it goes. `one_statement`: the two texts below take from the outbox,
  // number and say how much; `steps`: store/sql/outbox_steps.h.
  enum class Numbering { one_writer, one_statement, steps };
  Numbering numbering;
  std::string_view sequence_rows;
  std::string_view sequence_events;
  bool several_writers() const { return numbering != Numbering::one_writer; }
};

// invalid_argument: an engine that we have no dialect for.
const Dialect& dialect_of(soci::session& session);

// A text that the engine cannot keep. Thrown by a statement that should take it; the engine answers invalid.
struct NotStorable : std::invalid_argument {
  NotStorable() : std::invalid_argument("this database cannot keep a text with the byte 0") {}
};

}  // namespace cardea::store
