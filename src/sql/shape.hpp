// What two statements have in common that differ only in the values of their literals.
#pragma once

#include "tidbxx/sql/statement.hpp"

#include <cstdint>
#include <vector>

namespace tidb::sql {

/// The same for selects of the same shape.
std::uint64_t shape_of(const select& statement) noexcept;
/// True if both print the same text in each dialect.
bool same_shape(const select& left, const select& right) noexcept;
/// Its literals, in the same order for all selects of one shape. Lifetime: the statement's.
void literals_of(const select& statement, std::vector<value_view>& into);
void literal_nodes_of(const select& statement, std::vector<const node*>& into);

/// Whether it has a literal or a parameter in it, queries inside of it aside.
bool has_value(const node& of) noexcept;
/// Whether both are the same, values included.
bool same_nodes(const node& left, const node& right) noexcept;

}  // namespace tidb::sql
