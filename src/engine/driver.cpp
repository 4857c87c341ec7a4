#include "tidbxx/engine/driver.hpp"

#include <functional>
#include <utility>

namespace tidb {

statement_text::statement_text(std::string sql) : sql_(std::move(sql)), hash_(std::hash<std::string>{}(sql_)) {}

engine_statement::~engine_statement() = default;

engine_connection::engine_connection() = default;
engine_connection::~engine_connection() = default;

void engine_statement::execute_rows(std::span<const value_view> parameters, std::size_t width,
                                    const call_context& context) {
  std::uint64_t sum = 0;
  for (; parameters.size() >= width && width > 0; parameters = parameters.subspan(width)) {
    execute(parameters.first(width), context);
    while (next()) {
    }
    sum += affected_rows_;
    finish();
  }
  affected_rows_ = sum;
}

std::optional<std::uint64_t> engine_connection::load(std::string_view, byte_source&, const call_context&) {
  return std::nullopt;
}

}  // namespace tidb
