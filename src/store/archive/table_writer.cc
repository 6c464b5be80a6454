#include "store/archive/table_writer.h"

#include <fmt/format.h>

#include <deque>
#include <span>

#include "store/sql/dialect.h"

namespace cardea::store {
namespace {

std::string insert_text(const Table& table, std::size_t rows) {
  std::string columns, values;
  for (const auto& column : table.columns) columns += (columns.empty() ? "" : ", ") + column.name;
  for (std::size_t row = 0, number = 0; row < rows; ++row) {
    values += row == 0 ? "(" : ", (";
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      values += fmt::format("{}:v{}", i == 0 ? "" : ", ", number++);
    values += ")";
  }
  return fmt::format("INSERT INTO {} ({}) VALUES {}", in_sql(table), columns, values);
}

}  // namespace

// A statement for so many rows; their values live in it, since SOCI keeps their addresses.
class TableWriter::Insert {
 public:
  Insert(soci::session& session, const Table& table, std::size_t rows)
      : nul_in_text_(dialect_of(session).nul_in_text), statement_(session) {
    for (std::size_t row = 0; row < rows; ++row) {
      for (const auto& column : table.columns) {
        auto& cell = cells_.emplace_back();
        if (column.number)
          statement_.exchange(soci::use(cell.number));
        else
          statement_.exchange(soci::use(cell.text));
      }
    }
    statement_.alloc();
    statement_.prepare(insert_text(table, rows));
    statement_.define_and_bind();
  }

  void run(std::span<Row> rows) {
    std::size_t at = 0;
    for (auto& row : rows) {
      for (auto& value : row) set(cells_[at++], value);
    }
    statement_.execute(true);
  }

 private:
  struct Cell {
    long long number = 0;
    std::string text;
  };

  void set(Cell& cell, Value& value) const {
    if (auto* text = std::get_if<std::string>(&value)) {
      if (!nul_in_text_ && text->find('\0') != std::string::npos) throw NotStorable();
      cell.text = std::move(*text);
    } else {
      cell.number = std::get<std::int64_t>(value);
    }
  }

  const bool nul_in_text_;
  std::deque<Cell> cells_;
  soci::statement statement_;  // after what it points into
};

TableWriter::TableWriter(soci::session& session, Table table) : session_(session), table_(std::move(table)) {}

TableWriter::~TableWriter() = default;

void TableWriter::add(Row row) {
  bytes_ += size_of(row);
  waiting_.push_back(std::move(row));
  if (bytes_ > kBytesAtOnce) return flush();
  if (waiting_.size() < kAtOnce) return;
  if (many_ == nullptr) many_ = std::make_unique<Insert>(session_, table_, kAtOnce);
  many_->run(waiting_);
  waiting_.clear();
  bytes_ = 0;
}

void TableWriter::flush() {
  for (auto& row : waiting_) {
    if (one_ == nullptr) one_ = std::make_unique<Insert>(session_, table_, 1);
    one_->run({&row, 1});
  }
  waiting_.clear();
  bytes_ = 0;
}

}  // namespace cardea::store
