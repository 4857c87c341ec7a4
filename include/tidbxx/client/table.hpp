// One table, with the statements and the search that belong to it.
#pragma once

#include "tidbxx/orm/statements.hpp"
#include "tidbxx/search/search.hpp"

#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <span>
#include <utility>
#include <vector>

namespace tidb {

/// The table of a struct.
/// Lifetime: must not outlive the client or transaction it was made from.
template <detail::mapped T>
class table {
public:
  explicit table(const statements& on) : on_(on) {}

  /// The rows nearest to a vector.
  search_builder<T> search(std::initializer_list<double> vector) const { return {on_.on(), detail::to_floats(vector)}; }
  search_builder<T> search(std::span<const float> vector) const {
    return {on_.on(), std::vector<float>(vector.begin(), vector.end())};
  }

  auto select() const { return on_.template select<T>(); }
  template <detail::is_operand... Exprs>
  auto select(const Exprs&... extra) const {
    return on_.template select<T>(extra...);
  }
  T insert(T row, std::source_location where = std::source_location::current()) const {
    return on_.insert(std::move(row), where);
  }
  template <detail::iterable Rows>
  std::uint64_t insert_many(const Rows& rows, std::source_location where = std::source_location::current()) const {
    return on_.insert_many(rows, where);
  }
  std::uint64_t insert_many(std::initializer_list<T> rows,
                            std::source_location where = std::source_location::current()) const {
    return on_.insert_many(rows, where);
  }
  T save(T row, std::source_location where = std::source_location::current()) const {
    return on_.save(std::move(row), where);
  }
  auto update() const { return on_.template update<T>(); }
  auto erase() const { return on_.template erase<T>(); }
  std::int64_t count(std::source_location where = std::source_location::current()) const {
    return on_.template count<T>(where);
  }

private:
  statements on_;
};

}  // namespace tidb
