#pragma once

#include <soci/soci.h>

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

  std::string_view begin;
  std::string_view begin_snapshot;  // read only; all its statements see the database as one moment left it
  std::string_view unhurried;       // lifts the deadlines of the connection's statements; empty: there are none
  std::string_view numbered_on;  // lets `numbered_key` of the table job go on above what was inserted with its number
  std::string_view integrity;    // gives "ok", or what is wrong with the engine's own pages; empty: it cannot tell
  std::string_view greatest;     // the larger of two arguments
  std::string_view lock;         // ends a SELECT whose rows stay locked until the end of the transaction
  std::string_view lock_free;    // the same, but rows that somebody else has locked are left out
  bool nul_in_text;              // whether a text may hold the byte 0

  // Several transactions write at once, so numbers of the feed and the events are given by those who read: see
  // store/sql/outbox.h, which says what these two do. Empty: one writer numbers as it goes.
  std::string_view sequence_rows;
  std::string_view sequence_events;
  bool several_writers() const { return !sequence_rows.empty(); }
};

// invalid_argument: an engine that we have no dialect for.
const Dialect& dialect_of(soci::session& session);

// A text that the engine cannot keep. Thrown by a statement that should take it; the engine answers invalid.
struct NotStorable : std::invalid_argument {
  NotStorable() : std::invalid_argument("this database cannot keep a text with the byte 0") {}
};

}  // namespace cardea::store
