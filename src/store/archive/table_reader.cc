#include "store/archive/table_reader.h"

#include <fmt/format.h>

#include <deque>

namespace cardea::store {
namespace {

std::string join(const std::vector<Column>& columns, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ", ") + columns[i].name;
  return out;
}

// What comes after a row in the order of the key, in a form that every engine answers from the index: first the rows
// that share all but the last column of the key, then those that share one less, and so on.
std::string select_after(const Table& table, std::size_t depth) {
  std::string where;
  for (std::size_t i = 0; i < depth; ++i)
    where += fmt::format("{}{} {} :after{}", i == 0 ? " WHERE " : " AND ", table.columns[i].name,
                         i + 1 == depth ? ">" : "=", i);
  return fmt::format("SELECT {} FROM {}{} ORDER BY {} LIMIT {}", join(table.columns, table.columns.size()),
                     in_sql(table), where, join(table.columns, table.key), TableReader::kPage);
}

}  // namespace

// A statement with as many columns as the table has; they live in it, since SOCI keeps their addresses.
class TableReader::Query {
 public:
  Query(soci::session& session, const Table& table, std::size_t depth) : statement_(session) {
    for (std::size_t i = 0; i < depth; ++i)
      bind(after_, table.columns[i], [this](auto& v) { statement_.exchange(soci::use(v)); });
    for (const auto& column : table.columns)
      bind(columns_, column, [this](auto& v) { statement_.exchange(soci::into(v)); });
    statement_.alloc();
    statement_.prepare(select_after(table, depth));
    statement_.define_and_bind();
  }

  void run(const Row& after, std::vector<Row>& out) {
    for (std::size_t i = 0; i < after_.size(); ++i) after_[i].set(after[i]);
    statement_.execute(false);
    while (statement_.fetch()) {
      Row row;
      row.reserve(columns_.size());
      for (auto& column : columns_) row.push_back(column.take());
      out.push_back(std::move(row));
    }
  }

 private:
  struct Cell {
    bool is_number = false;
    long long number = 0;
    std::string text;

    void set(const Value& value) {
      if (is_number)
        number = std::get<std::int64_t>(value);
      else
        text = std::get<std::string>(value);
    }
    Value take() { return is_number ? Value(static_cast<std::int64_t>(number)) : Value(text); }
  };

  template <class Exchange>
  static void bind(std::deque<Cell>& cells, const Column& column, Exchange exchange) {
    auto& cell = cells.emplace_back();
    cell.is_number = column.number;
    if (column.number)
      exchange(cell.number);
    else
      exchange(cell.text);
  }

  std::deque<Cell> after_, columns_;
  soci::statement statement_;  // after what it points into
};

TableReader::TableReader(soci::session& session, Table table)
    : session_(session), table_(std::move(table)), queries_(table_.key + 1) {}

TableReader::~TableReader() = default;

TableReader::Query& TableReader::query(std::size_t depth) {
  auto& slot = queries_[depth];
  if (slot == nullptr) slot = std::make_unique<Query>(session_, table_, depth);
  return *slot;
}

void TableReader::read_page() {
  const bool first = last_.empty();
  page_.clear();
  at_ = 0;
  query(depth_).run(last_, page_);
  if (!page_.empty()) last_ = page_.back();
  if (page_.size() == kPage) {
    depth_ = table_.key;
  } else if (first || depth_ <= 1) {
    ended_ = true;
  } else {
    --depth_;
  }
}

std::optional<Row> TableReader::next() {
  while (at_ == page_.size()) {
    if (ended_) return std::nullopt;
    read_page();
  }
  return std::move(page_[at_++]);
}

}  // namespace cardea::store
