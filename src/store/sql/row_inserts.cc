#include "store/sql/row_inserts.h"

#include <fmt/format.h>

#include <bit>
#include <span>

namespace cardea::store {

RowInserts::RowInserts(const SqlLink& link, std::string table, std::vector<std::string> columns, std::string ending)
    : link_(link), table_(std::move(table)), columns_(std::move(columns)), ending_(std::move(ending)) {}

void RowInserts::add(Cells row) {
  for (auto& cell : row) {
    if (const auto* text = std::get_if<std::string>(&cell)) bytes_ += text->size();
    rows_.push_back(std::move(cell));
  }
  if (rows_.size() >= kMostRows * columns_.size() || bytes_ >= kMostBytes) flush();
}

// In the statements of the sizes whose sum the number is.
void RowInserts::flush() {
  Cells rows = std::exchange(rows_, {});
  bytes_ = 0;
  std::span<Cell> rest(rows);
  while (!rest.empty()) {
    const auto size = static_cast<std::size_t>(std::bit_width(rest.size() / columns_.size()) - 1);
    const auto cells = (std::size_t{1} << size) * columns_.size();
    insert_of(size).run(rest.first(cells));
    rest = rest.subspan(cells);
  }
}

void RowInserts::forget() {
  rows_.clear();
  bytes_ = 0;
}

RowInserts::Insert& RowInserts::insert_of(std::size_t size) {
  auto& slot = inserts_.at(size);
  if (slot == nullptr) slot = std::make_unique<Insert>(link_, text_of(std::size_t{1} << size));
  return *slot;
}

std::string RowInserts::text_of(std::size_t rows) const {
  std::string out = fmt::format("INSERT INTO {} ({}) VALUES ", table_, fmt::join(columns_, ", "));
  std::size_t number = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    out += row == 0 ? "(" : ", (";
    for (std::size_t column = 0; column < columns_.size(); ++column)
      out += fmt::format("{}:p{}", column == 0 ? "" : ", ", number++);
    out += ')';
  }
  return out + ending_;
}

}  // namespace cardea::store
