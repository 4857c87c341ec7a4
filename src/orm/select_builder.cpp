#include "tidbxx/orm/select_builder.hpp"

#include "engine/printed_selects.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/orm/row.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tidb::detail {

sql::expression row_number(std::uint64_t rows) {
  if (rows > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    throw_usage("a limit or offset is at most 9223372036854775807; leave it out to have no limit");
  return sql::literal(value_view::of(static_cast<std::int64_t>(rows)));
}

void check_lock(const executor& on, const sql::row_lock& lock, std::source_location where) {
  if (!lock.for_update) return;
  if (!on.in_transaction())
    throw_usage("for_update() outside a transaction would lock nothing: run it on the transaction", where);
  if (lock.waiting == sql::lock_wait::skip_locked && on.engine() == engine_kind::tidb)
    throw_error({.code = errc::unsupported,
                 .message = "TiDB has no SKIP LOCKED: use for_update(lock_wait::nowait), and go on with another row "
                            "after errc::conflict",
                 .where = where,
                 .sent = false});
  if (on.transaction()->read_only())
    throw_usage("for_update() in a read-only transaction: leave out transaction_options::read_only to lock rows",
                where);
}

bound_select::bound_select(const executor& on, const sql::select& statement, std::source_location where)
    : on_(on), context_(on.context(where)),
      printed_(on.expect_pool().printed().print(statement, dialect_of(on), parameters_, context_)) {
  check_lock(on, statement.lock, where);
}

bound_select::~bound_select() = default;

read_request bound_select::request() const { return {on_, printed_->text, parameters_.items(), context_}; }

sql::join join_of(sql::join_kind kind, std::string_view table, std::string_view alias, sql::expression on) {
  sql::join made{.kind = kind, .table = std::string(table), .alias = std::string(alias)};
  if (kind != sql::join_kind::cross) sql::add_condition(made.on, std::move(on));
  return made;
}

void put_together(sql::select& statement, sql::set_kind kind, std::shared_ptr<const sql::select> with) {
  if (statement.lock.for_update || with->lock.for_update)
    throw_usage("for_update() locks the rows of tables, and a union has none: lock them in a select of their own");
  const bool is_plain = statement.order.arguments().empty() && !statement.limit && !statement.offset;
  // INTERSECT binds closer in TiDB than in SQLite: what comes before it is made one
  const bool is_one = kind != sql::set_kind::intersect || std::ranges::all_of(statement.sets, [](const auto& part) {
                        return part.kind == sql::set_kind::intersect;
                      });
  if (!is_plain || !is_one) {
    auto inner = std::make_shared<sql::select>(std::move(statement));
    statement = {};
    statement.with = std::exchange(inner->with, {});
    statement.recursive = inner->recursive;
    statement.columns.add(sql::expression(sql::op::star));
    const auto name = "_tidbxx_first_" + std::to_string(statement.with.size());
    statement.with.push_back({name, {}, std::move(inner)});
    statement.table = name;
  }
  statement.sets.push_back({kind, std::move(with)});
}

std::int64_t count_rows(const executor& on, const sql::select& statement, std::source_location where) {
  const auto counting = sql::counting(statement);
  return read_one<std::int64_t>(bound_select(on, counting, where).request());
}

void explain_select(const executor& on, const sql::select& statement, bool analyze, std::source_location where,
                    std::vector<row>& into) {
  const auto dialect = dialect_of(on);
  const auto context = on.context(where);
  if (analyze && dialect == sql::dialect::sqlite)
    throw_error({.code = errc::unsupported,
                 .message = "the embedded engine does not tell what each step cost: use explain()",
                 .where = where});
  auto made = sql::print(statement, dialect);
  const auto parameters = literals(made.slots, context);
  const statement_text text((dialect == sql::dialect::sqlite ? "EXPLAIN QUERY PLAN "
                             : analyze                       ? "EXPLAIN ANALYZE "
                                                             : "EXPLAIN ") +
                            made.text);
  into = read_all<row>({on, text, parameters, context});
}

sql::expression behind(const sql::expression& order, const std::vector<compared>& values) {
  std::vector<const sql::node*> terms;
  for (const auto& term : order.arguments()) terms.push_back(&term);
  if (terms.size() != values.size())
    throw_usage("after() takes one value for each term of order_by, which are " + std::to_string(terms.size()) +
                ", and was given " + std::to_string(values.size()));
  const auto compare = [&](sql::op kind, std::size_t i) {
    return sql::binary(kind, order.part((*terms[i])[0]), beside(values[i], terms[i]->comparison()));
  };
  sql::expression any;
  for (std::size_t last = 0; last < terms.size(); ++last) {
    sql::expression all;
    for (std::size_t i = 0; i < last; ++i) all = sql::both(std::move(all), compare(sql::op::equal, i));
    const bool descending = terms[last]->kind == sql::op::descending;
    all = sql::both(std::move(all), compare(descending ? sql::op::less : sql::op::greater, last));
    any = any ? sql::binary(sql::op::logical_or, std::move(any), all) : std::move(all);
  }
  return any;
}

}  // namespace tidb::detail
