#include "orm/all_or_none.hpp"
#include "orm/bytes_of.hpp"
#include "orm/set_vectors.hpp"
#include "orm/table_statements.hpp"
#include "schema/table_change.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/orm/bulk.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::size_t rows_at_once = 128;  // bound in a row, on the embedded engine

std::size_t bytes_of_row(std::span<const value_view> row) {
  std::size_t bytes = 0;
  for (const auto& cell : row) bytes += bytes_of(cell);
  return bytes;
}

}  // namespace

struct bulk_insert::state {
  state(all_or_none& writes_, const mapped_table& table_, sql::insert form_, call_context context_)
      : table(table_), form(std::move(form_)), context(std::move(context_)), writes(writes_),
        what_to_set(form.set.empty() ? sql::printed{} : sql::print(form, dialect_of(writes.on()))),
        kept(context.where) {
    own_values = views_of(what_to_set, context);
    for (const auto& change : form.set) sets.push_back(change.column);
  }

  const mapped_table& table;
  sql::insert form;  ///< of no row
  call_context context;
  all_or_none& writes;
  std::size_t width{};
  bool row_by_row{};  ///< one INSERT a row: the embedded engine, where there is no round trip to save
  std::size_t batch_rows{};
  std::size_t batch_bytes{};
  std::size_t filled{};      ///< rows in `cells`; the newest may still be empty
  std::size_t full_bytes{};  ///< bytes of the rows before the newest
  std::size_t full_kept{};   ///< values in `kept` of the rows before the newest
  std::uint64_t inserted{};
  std::vector<sent_rows> sent{};
  std::vector<value_view> cells{};
  std::optional<statement_text> full_text{};
  sql::printed what_to_set;
  std::vector<std::string> sets{};
  std::vector<value_view> own_values{};  ///< the statement's own, behind those of its rows
  std::vector<value_view> all_values{};
  kept_cells kept;

  /// Those of so many rows, with the statement's own behind them.
  std::span<const value_view> parameters(std::size_t rows, std::size_t rows_a_statement) {
    if (own_values.empty()) return {cells.data(), rows * width};
    all_values.clear();
    for (std::size_t row = 0; row < rows; row += rows_a_statement) {
      const auto first = cells.begin() + static_cast<std::ptrdiff_t>(row * width);
      all_values.insert(all_values.end(), first, first + static_cast<std::ptrdiff_t>(rows_a_statement * width));
      all_values.insert(all_values.end(), own_values.begin(), own_values.end());
    }
    return all_values;
  }

  void send(std::size_t rows, bool more_follow) {
    if (rows == 0) return;
    if (more_follow || (row_by_row && rows > 1)) writes.expect_more();
    const auto& on = writes.on();
    auto target = target_of(table, write_kind::insert);
    target.may_conflict = form.conflict != sql::on_conflict::fail;
    target.sets = sets;
    target.row_count = row_by_row ? 1 : rows;
    const auto rows_a_statement = row_by_row ? 1 : rows;
    const auto given = parameters(rows, rows_a_statement);
    std::optional<statement_text> other;
    if (row_by_row || rows == batch_rows) {
      if (!full_text) full_text = insert_text(on, form, rows_a_statement);
    } else {
      other = insert_text(on, form, rows_a_statement);
    }
    const auto& text = other ? *other : *full_text;
    const auto limits = on.context(context.where);  // a time-out is for each statement
    if (row_by_row) {
      inserted += run_rows(on, text, given, width + own_values.size(), target, limits);
    } else {
      const auto result = run_write(on, text, given, target, limits);
      inserted += result.affected_rows;
      sent.push_back({rows, result.last_insert_id});
    }
    // what was not sent is at most the newest row: it becomes the first of the next batch
    std::copy(cells.begin() + static_cast<std::ptrdiff_t>(rows * width),
              cells.begin() + static_cast<std::ptrdiff_t>(filled * width), cells.begin());
    filled -= rows;
    full_bytes = 0;
    kept.forget_first(filled == 0 ? kept.size() : full_kept);
    full_kept = 0;
  }

  void send_all(bool more_follow) {
    if (filled > 1 && !row_by_row &&
        full_bytes + bytes_of_row({cells.data() + (filled - 1) * width, width}) > batch_bytes)
      send(filled - 1, true);
    send(filled, more_follow);
  }
};

bulk_insert::bulk_insert(all_or_none& writes, const mapped_table& table, const insert_form& form,
                         std::size_t expected_rows, call_context context) {
  auto statement = insert_of(table);
  statement.rows = 0;
  statement.conflict = form.conflict;
  statement.set = form.set;
  state_ = std::make_unique<state>(writes, table, std::move(statement), std::move(context));
  const auto features = borrowed(writes.on(), state_->context)->features();
  state_->width = table.names.size();
  state_->row_by_row = features.rows_per_insert == 1;
  const auto wanted = state_->row_by_row ? rows_at_once : features.rows_per_insert;
  state_->batch_rows = std::min(sql::rows_within(state_->width, wanted, features.max_parameters),
                                std::max<std::size_t>(expected_rows, 1));
  state_->batch_bytes = bytes_a_statement(features);
  state_->cells.resize(state_->batch_rows * state_->width);
}

bulk_insert::~bulk_insert() = default;

value_view* bulk_insert::next_row() {
  auto& own = *state_;
  if (own.filled > 0) {
    const auto* newest = own.cells.data() + (own.filled - 1) * own.width;
    const auto bytes = own.row_by_row ? 0 : bytes_of_row({newest, own.width});
    if (own.full_bytes + bytes > own.batch_bytes && own.filled > 1) own.send(own.filled - 1, true);
    own.full_bytes += bytes;
    if (own.filled == own.batch_rows) own.send(own.filled, true);
  }
  own.full_kept = own.kept.size();
  return own.cells.data() + own.filled++ * own.width;
}

kept_cells& bulk_insert::kept() { return state_->kept; }

std::span<const sent_rows> bulk_insert::sent() const noexcept { return state_->sent; }

void bulk_insert::send_early() { state_->send_all(true); }

std::uint64_t bulk_insert::flush() {
  state_->send_all(false);
  return state_->inserted;
}

const insert_form& checked(const insert_form& upsert, std::source_location where) {
  if (upsert.set.empty())
    throw_usage("upsert() sets no column: call set(c<...> = inserted(c<...>)), or use insert_missing()", where);
  return upsert;
}

insert_way way_of(const insert_form& form, const mapped_table& table) {
  if (form.conflict != sql::on_conflict::update) return {};
  insert_way made{row_write::upsert, {}};
  for (std::size_t place = 0; place < table.names.size(); ++place) {
    const auto takes_over = [&](const sql::assignment& each) {
      return same_text(each.column, table.names[place]) && each.to.kind() == sql::op::inserted;
    };
    if (std::ranges::any_of(form.set, takes_over)) made.taken_over.push_back(place);
  }
  return made;
}

std::uint64_t insert_rows(const executor& on, const mapped_table& table, const insert_form& form,
                          const row_supply& supply, function_ref<void(bulk_insert&)> encode,
                          std::source_location where) {
  auto whole = form;
  std::ranges::move(vectors_set_with(on, table.definition.name, form.set, table.names, where),
                    std::back_inserter(whole.set));
  std::uint64_t inserted = 0;
  const auto insert = [&](all_or_none& writes) {
    bulk_insert rows(writes, table, whole, supply.expected, writes.on().context(where));
    encode(rows);
    inserted = rows.flush();
  };
  if (supply.expected <= 1) {
    all_or_none one(on, false, where);
    insert(one);
  } else {
    write_all_or_none(on, {.max_tries = supply.repeatable ? transaction_options{}.max_tries : 1}, insert, where);
  }
  return inserted;
}

}  // namespace tidb::detail
