#include "orm/columns_among.hpp"

#include <algorithm>

namespace tidb::detail {

sql::expression columns_among(std::string_view table, std::span<const std::string> columns,
                              std::span<const key_values> keys) {
  const auto parts = [&](auto&& part) {
    if (columns.size() == 1) return part(0);
    sql::expression all(sql::op::row);
    for (std::size_t i = 0; i < columns.size(); ++i) all.add(part(i));
    return all;
  };
  auto made = sql::unary(sql::op::in, parts([&](std::size_t i) { return sql::column(table, columns[i]); }));
  std::size_t wanted = 1;
  while (wanted < keys.size()) wanted *= 2;
  for (std::size_t row = 0; row < wanted; ++row) {
    const auto& key = keys[std::min(row, keys.size() - 1)];
    made.add(parts([&](std::size_t i) { return sql::literal(key[i]); }));
  }
  return made;
}

}  // namespace tidb::detail
