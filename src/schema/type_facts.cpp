#include "schema/type_facts.hpp"

namespace tidb::detail {

family family_of(type_kind kind) {
  switch (kind) {
  case type_kind::boolean:
  case type_kind::tinyint:
  case type_kind::smallint:
  case type_kind::integer:
  case type_kind::bigint: return family::integer;
  case type_kind::year: return family::year;
  case type_kind::decimal: return family::decimal;
  case type_kind::float32:
  case type_kind::float64: return family::real;
  case type_kind::char_:
  case type_kind::varchar:
  case type_kind::tinytext:
  case type_kind::text:
  case type_kind::mediumtext:
  case type_kind::longtext: return family::text;
  case type_kind::binary:
  case type_kind::varbinary:
  case type_kind::tinyblob:
  case type_kind::blob:
  case type_kind::mediumblob:
  case type_kind::longblob: return family::bytes;
  case type_kind::datetime:
  case type_kind::timestamp: return family::instant;
  case type_kind::date: return family::date;
  case type_kind::time: return family::time;
  case type_kind::enumeration:
  case type_kind::set: return family::labels;
  default: return family::other;
  }
}

number_range range_of(column_type type) {
  const auto bits = [&](int count) -> number_range {
    if (type.is_unsigned) return {0, ~std::uint64_t{0} >> (64 - count)};
    const auto most = ~std::uint64_t{0} >> (65 - count);
    return {-static_cast<std::int64_t>(most) - 1, most};
  };
  switch (type.kind) {
  case type_kind::boolean:
  case type_kind::tinyint: return bits(8);
  case type_kind::smallint: return bits(16);
  case type_kind::integer: return bits(32);
  case type_kind::year: return {0, 2155};
  default: return bits(64);
  }
}

std::uint64_t bytes_of(column_type type) {
  switch (type.kind) {
  case type_kind::char_:
  case type_kind::varchar: return std::uint64_t{4} * type.length;
  case type_kind::binary:
  case type_kind::varbinary: return type.length;
  case type_kind::tinytext:
  case type_kind::tinyblob: return 255;
  case type_kind::text:
  case type_kind::blob: return 65'535;
  case type_kind::mediumtext:
  case type_kind::mediumblob: return 16'777'215;
  default: return 0xFFFF'FFFF;
  }
}

bool counts_characters(column_type type) { return type.kind == type_kind::char_ || type.kind == type_kind::varchar; }

std::optional<std::string> zero_of(const column_definition& column, sql::dialect by) {
  const bool embedded = by == sql::dialect::sqlite;
  switch (family_of(column.type.kind)) {
  case family::integer:
  case family::year:
  case family::real: return "0";
  case family::decimal: return column.type.scale == 0 ? "'0'" : "'0." + std::string(column.type.scale, '0') + "'";
  case family::text: return "''";
  case family::bytes:
    return "x'" + std::string(column.type.kind == type_kind::binary ? std::size_t{2} * column.type.length : 0, '0') +
           "'";
  case family::time: return "'000:00:00.000000'";
  case family::labels:
    if (column.type.kind == type_kind::set) return embedded ? "0" : "''";
    return embedded ? "1" : sql::quote_text(column.labels.front(), by);
  default: return column.type.kind == type_kind::bit ? std::optional<std::string>("0") : std::nullopt;
  }
}

}  // namespace tidb::detail
