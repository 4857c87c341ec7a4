#include "orm/followed_writes.hpp"

#include "orm/columns_among.hpp"
#include "orm/table_statements.hpp"
#include "schema/table_change.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/orm/result.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidb::detail {

namespace {

constexpr std::size_t keys_at_once = 1'000;

std::vector<std::string> columns_of(const sql::update& statement) {
  std::vector<std::string> columns;
  for (const auto& change : statement.set) columns.push_back(change.column);
  return columns;
}
std::vector<std::string> columns_of(const sql::erase& /*statement*/) { return {}; }
constexpr write_kind kind_of(const sql::update& /*statement*/) { return write_kind::update; }
constexpr write_kind kind_of(const sql::erase& /*statement*/) { return write_kind::erase; }

/// Keys of rows, each of several values.
using locked_keys = std::vector<std::vector<value>>;

/// A row that meets several others by a join comes once.
void keep_each_once(locked_keys& keys) {
  std::set<std::string> seen;
  std::erase_if(keys, [&](const std::vector<value>& key) {
    std::string text;
    for (const auto& part : key) text += to_string(part.view()) + '\0';
    return !seen.insert(std::move(text)).second;
  });
}

/// The keys of the rows that the statement is of, which are locked.
template <class Statement>
locked_keys lock_keys(const executor& inside, const Statement& statement, const key_columns& key,
                      const call_context& context) {
  sql::select rows;
  rows.table = statement.table;
  rows.joins = statement.joins;
  rows.where = statement.where;
  rows.order = statement.order;
  rows.limit = statement.limit;
  for (const auto& column : key) rows.columns.add(sql::column(statement.table, column));
  rows.lock = {.for_update = true, .of = {statement.table}};
  auto made = sql::print(rows, dialect_of(inside));
  const auto views = views_of(made, context);
  const statement_text text(std::move(made.text));
  locked_keys keys;
  open_rows found(inside, text, views, inside.context(context.where));
  while (found.next()) keys.emplace_back(found.cells().begin(), found.cells().end());
  if (!rows.joins.empty()) keep_each_once(keys);
  return keys;
}

template <class Statement>
std::uint64_t change_rows(const executor& inside, const Statement& statement, const key_columns& key,
                          std::span<const std::vector<value>> keys, const call_context& context) {
  const auto columns = columns_of(statement);
  std::uint64_t changed = 0;
  for (; !keys.empty(); keys = keys.subspan(std::min(keys.size(), keys_at_once))) {
    const auto some = keys.first(std::min(keys.size(), keys_at_once));
    std::vector<key_values> lists;
    std::vector<value_view> rows;
    for (const auto& one : some) {
      lists.emplace_back(one.begin(), one.end());
      rows.insert(rows.end(), one.begin(), one.end());
    }
    auto part = statement;
    part.order = sql::expression(sql::op::row);
    part.limit = sql::expression();
    auto among = columns_among(statement.table, key, lists);
    // locked as they are, the rows go on meeting the condition, which another part may have changed what it looks at
    part.where = part.joins.empty() ? std::move(among) : sql::both(std::move(part.where), among);
    auto made = sql::print(part, dialect_of(inside));
    const auto views = views_of(made, context);
    const write_target target{.kind = kind_of(statement), .table = statement.table, .columns = columns, .rows = rows};
    changed += run_write(inside, statement_text(std::move(made.text)), views, target, inside.context(context.where))
                   .affected_rows;
  }
  return changed;
}

void check_key_stays(std::span<const std::string> columns, const key_columns& key, const call_context& context) {
  const auto set = std::ranges::find_first_of(columns, key, same_text);
  if (set != columns.end())
    throw_usage("an update cannot set \"" + *set +
                    "\", by which a search index knows the rows: delete them, and insert "
                    "them with their new keys",
                context.where);
}

template <class Statement>
std::uint64_t change(const executor& on, const Statement& statement, const key_columns& key,
                     const call_context& context) {
  check_key_stays(columns_of(statement), key, context);
  std::uint64_t changed = 0;
  const auto body = [&](const executor& inside) {
    const auto keys = lock_keys(inside, statement, key, context);
    const auto change_all = [&](const executor& nested) {
      changed = change_rows(nested, statement, key, keys, context);
    };
    if (keys.size() > keys_at_once)
      run_nested(inside, change_all, context.where);  // all parts or none
    else
      change_all(inside);
  };
  if (on.in_transaction())
    body(on);
  else
    run_transaction(on, {}, body, nullptr, context.where);
  return changed;
}

/// Rows whose keys come behind this one, in the order of the columns.
sql::expression is_behind(std::string_view table, const key_columns& key, std::span<const value> last) {
  sql::expression behind;
  for (std::size_t i = key.size(); i-- > 0;) {
    const auto column = sql::column(table, key[i]);
    const auto beyond = sql::binary(sql::op::greater, column, sql::literal(last[i].view()));
    behind = i + 1 == key.size()
                 ? beyond
                 : sql::binary(sql::op::logical_or, beyond,
                               sql::both(sql::binary(sql::op::equal, column, sql::literal(last[i].view())), behind));
  }
  return behind;
}

template <class Statement>
void change_in_batches(const executor& on, Statement statement, const key_columns& key, std::uint64_t rows,
                       const call_context& context) {
  check_key_stays(columns_of(statement), key, context);
  const auto where = std::move(statement.where);
  for (const auto& column : key) statement.order.add(sql::order_term(sql::column(statement.table, column)));
  statement.limit = sql::literal(value_view::of(static_cast<std::int64_t>(
      std::min<std::uint64_t>(rows, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())))));
  std::vector<value> last;
  for (bool more = true; more;) {
    statement.where = last.empty() ? where : sql::both(where, is_behind(statement.table, key, last));
    locked_keys keys;
    const auto body = [&](const executor& inside) {
      keys = lock_keys(inside, statement, key, context);
      change_rows(inside, statement, key, keys, context);
    };
    run_transaction(on, {}, body, nullptr, context.where);
    more = keys.size() >= rows;
    if (more) last = std::move(keys.back());
  }
}

}  // namespace

std::uint64_t change_followed(const executor& on, const sql::update& statement, const key_columns& key,
                              const call_context& context) {
  return change(on, statement, key, context);
}

std::uint64_t change_followed(const executor& on, const sql::erase& statement, const key_columns& key,
                              const call_context& context) {
  return change(on, statement, key, context);
}

void change_followed_in_batches(const executor& on, const sql::update& statement, const key_columns& key,
                                std::uint64_t rows, const call_context& context) {
  change_in_batches(on, statement, key, rows, context);
}

void change_followed_in_batches(const executor& on, const sql::erase& statement, const key_columns& key,
                                std::uint64_t rows, const call_context& context) {
  change_in_batches(on, statement, key, rows, context);
}

}  // namespace tidb::detail
