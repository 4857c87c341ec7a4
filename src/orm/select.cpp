#include "tidbxx/orm/select.hpp"

#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/orm/statements.hpp"

#include <algorithm>
#include <limits>

namespace tidb {

namespace detail {

sql::dialect dialect_of(const executor& on) {
  return on.expect_pool().engine() == engine_kind::embedded ? sql::dialect::sqlite : sql::dialect::tidb;
}

sql::expression row_number(std::uint64_t rows) {
  if (rows > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    throw_usage("a limit or offset is at most 9223372036854775807; leave it out to have no limit");
  return sql::literal(value_view::of(static_cast<std::int64_t>(rows)));
}

bound_select::bound_select(const executor& on, const sql::select& statement, std::source_location where)
    : bound_select(on, statement, on.context(where)) {}

bound_select::~bound_select() = default;

bound_select::bound_select(const executor& on, const sql::select& statement, call_context context)
    : on_(on), context_(std::move(context)), printed_(sql::print(statement, dialect_of(on))),
      text_(std::move(printed_.text)), parameters_(literals(printed_.slots, context_)) {
  if (statement.for_update && !on.in_transaction())
    throw_usage("for_update() outside a transaction would lock nothing: run it on the transaction", context_.where);
  if (statement.for_update && on.transaction()->read_only())
    throw_usage("for_update() in a read-only transaction: leave out transaction_options::read_only to lock rows",
                context_.where);
}

std::int64_t count_rows(const executor& on, const sql::select& statement, std::source_location where) {
  const auto counting = sql::counting(statement.table, statement.alias, statement.where);
  return read_one<std::int64_t>(bound_select(on, counting, where).request());
}

std::vector<value_view> literals(const std::vector<sql::slot>& slots, const call_context& context) {
  return bind_arguments(slots, {}, context);
}

std::vector<value_view> bind_arguments(const std::vector<sql::slot>& slots, std::span<const value_view> arguments,
                                       const call_context& context) {
  if (const auto expected = count_arguments(slots).first; expected != arguments.size())
    throw_usage(arguments.empty() ? "the statement has tidb::param<...> places: prepare it, and give their values to "
                                    "one, all or each"
                                  : "the statement takes " + std::to_string(expected) + " arguments, but " +
                                        std::to_string(arguments.size()) + " were given",
                context.where);
  std::vector<value_view> bound;
  bound.reserve(slots.size());
  for (const auto& slot : slots) bound.push_back(slot.is_argument ? arguments[slot.index] : slot.literal.view());
  return bound;
}

std::vector<value> own_values(std::span<const value_view> views) { return {views.begin(), views.end()}; }

std::pair<std::size_t, bool> count_arguments(const std::vector<sql::slot>& slots) {
  std::size_t count = 0;
  bool direct = true;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].is_argument) count = std::max(count, slots[i].index + 1);
    direct = direct && slots[i].is_argument && slots[i].index == i;
  }
  return {count, direct};
}

}  // namespace detail

write_result statements::execute_values(detail::located_sql sql, std::span<const value> parameters) const {
  auto context = on_.context(sql.where);
  detail::check_raw(on_, sql.text, context);
  const std::vector<value_view> views(parameters.begin(), parameters.end());
  return detail::run_write(on_, statement_text(std::string(sql.text)), views, {}, context);
}

}  // namespace tidb
