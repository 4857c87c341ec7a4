#include "tidbxx/orm/bulk.hpp"

#include "orm/all_or_none.hpp"
#include "orm/bulk_writes.hpp"
#include "orm/bytes_of.hpp"
#include "orm/cells_text.hpp"
#include "orm/table_statements.hpp"
#include "schema/table_sql.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/orm/result.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace tidb::detail {

namespace {

// Each is compared with each in a statement of several; TiDB takes 30 us a row with 100 of them as with 500.
constexpr std::size_t rows_at_once = 500;

bool has_null_key(const mapped_table& table, const value_view* cells) {
  return std::ranges::any_of(table.key, [&](std::size_t place) { return cells[place].is_null(); });
}

/// The rows of a list, encoded so many at a time.
class encoded_rows {
public:
  encoded_rows(const mapped_table& table, row_encoder encode, std::source_location where)
      : width_(table.names.size()), encode_(encode), kept_(where) {}

  /// For a statement that sends each column of a row so many times.
  void limit(const capabilities& features, std::vector<std::size_t> times) {
    times_ = std::move(times);
    const auto parameters = std::accumulate(times_.begin(), times_.end(), std::size_t{0});
    most_rows_ = sql::rows_within(parameters, rows_at_once, features.max_parameters);
    most_bytes_ = bytes_a_statement(features);
  }
  /// The first ones of `rows`, as many as a statement carries, at least one. Lifetime: until the next call.
  std::span<const value_view> take(std::span<const std::size_t> rows) {
    kept_.forget_first(kept_.size());
    cells_.clear();
    std::size_t bytes = 0;
    for (const auto row : rows.first(std::min(rows.size(), most_rows_))) {
      const auto before = cells_.size();
      cells_.resize(before + width_);
      encode_(row, cells_.data() + before, kept_);
      for (std::size_t place = 0; place < times_.size(); ++place)
        bytes += times_[place] * bytes_of(cells_[before + place]);
      if (before > 0 && bytes > most_bytes_) {
        cells_.resize(before);
        break;
      }
    }
    return cells_;
  }

private:
  std::size_t width_;
  row_encoder encode_;
  kept_cells kept_;
  std::vector<value_view> cells_;
  std::vector<std::size_t> times_;
  std::size_t most_rows_{rows_at_once};
  std::size_t most_bytes_{};
};

/// The values of the primary key of rows of cells, row after row.
std::vector<value_view> keys_in(const mapped_table& table, std::span<const value_view> cells) {
  std::vector<value_view> keys;
  for (std::size_t row = 0; row < cells.size(); row += table.names.size())
    for (const auto place : table.key) keys.push_back(cells[row + place]);
  return keys;
}

/// A statement whose arguments are the cells of `rows` rows, row after row.
struct shaped {
  statement_text text{""};
  std::vector<sql::slot> slots{};

  template <class Statement>
  shaped(const executor& on, const Statement& statement) {
    auto made = sql::print(statement, dialect_of(on));
    text = statement_text(std::move(made.text));
    slots = std::move(made.slots);
  }
  std::vector<value_view> arguments(std::span<const value_view> cells) const {
    std::vector<value_view> ordered;
    ordered.reserve(slots.size());
    for (const auto& slot : slots) ordered.push_back(cells[slot.index]);
    return ordered;
  }
};

sql::expression column_and_argument(const mapped_table& table, std::size_t row, std::size_t place) {
  return sql::binary(sql::op::equal, sql::column({}, table.names[place]),
                     sql::parameter(row * table.names.size() + place));
}

/// The key of the row of this number, as arguments.
sql::expression key_is(const mapped_table& table, std::size_t row) {
  sql::expression all;
  for (const auto place : table.key) all = sql::both(std::move(all), column_and_argument(table, row, place));
  return all;
}

/// The version that the row had before the one of its new cells.
sql::expression version_before(const mapped_table& table, std::size_t version) {
  return sql::binary(sql::op::add, sql::column({}, table.names[version]), sql::raw("1", {}));
}

}  // namespace

sql::expression key_among(const mapped_table& table, std::span<const std::size_t> key, std::size_t rows) {
  const auto parts = [&](auto&& part) {
    if (key.size() == 1) return part(key.front());
    sql::expression all(sql::op::row);
    for (const auto place : key) all.add(part(place));
    return all;
  };
  auto made = sql::unary(sql::op::in, parts([&](std::size_t place) { return sql::column({}, table.names[place]); }));
  for (std::size_t row = 0; row < rows; ++row)
    made.add(parts([&](std::size_t place) { return sql::parameter(row * table.names.size() + place); }));
  return made;
}

namespace {

/// What an update of several rows by their keys is.
struct update_shape {
  std::span<const std::size_t> columns{};
  std::optional<std::size_t> version{};  ///< the place of a column that counts the writes
};

sql::update update_of_one(const mapped_table& table, const update_shape& shape) {
  sql::update made{.table = table.definition.name};
  for (const auto place : shape.columns) made.set.push_back({table.names[place], sql::parameter(place)});
  made.where = key_is(table, 0);
  if (shape.version)
    made.where = sql::both(std::move(made.where), sql::binary(sql::op::equal, version_before(table, *shape.version),
                                                              sql::parameter(*shape.version)));
  return made;
}

/// Those of `rows` rows that have the version before their new one.
sql::expression version_among(const mapped_table& table, std::size_t version, std::size_t rows) {
  sql::expression wanted(sql::op::case_when);
  for (std::size_t row = 0; row < rows; ++row)
    wanted.add(key_is(table, row)).add(sql::parameter(row * table.names.size() + version));
  return sql::binary(sql::op::equal, version_before(table, version), wanted);
}

/// Each column becomes what the row with this key says; of two with the same, the later.
sql::update update_of_several(const mapped_table& table, const update_shape& shape, std::size_t rows) {
  sql::update made{.table = table.definition.name};
  for (const auto place : shape.columns) {
    sql::expression to(sql::op::case_when);
    for (std::size_t row = rows; row-- > 0;) {
      to.add(key_is(table, row)).add(sql::parameter(row * table.names.size() + place));
    }
    made.set.push_back({table.names[place], std::move(to)});
  }
  made.where = key_among(table, table.key, rows);
  if (shape.version) made.where = sql::both(std::move(made.where), version_among(table, *shape.version, rows));
  return made;
}

/// Updates rows of a table by their keys.
class bulk_update {
public:
  bulk_update(all_or_none& writes, const mapped_table& table, const update_shape& shape, row_encoder encode,
              std::source_location where)
      : writes_(writes), table_(table), shape_(shape), rows_(table, encode, where), where_(where) {
    names_ = names_at(table, shape.columns);
    key_names_ = names_at(table, table.key);
    several_ = writes.on().engine() == engine_kind::tidb;
    if (several_) rows_.limit(borrowed(writes.on(), writes.on().context(where))->features(), times());
  }

  void run(std::span<const std::size_t> rows) {
    while (!rows.empty() && !shape_.columns.empty()) {
      const auto cells = rows_.take(rows);
      const auto taken = cells.size() / table_.names.size();
      rows = rows.subspan(taken);
      if (!rows.empty() || (!several_ && taken > 1)) writes_.expect_more();
      if (several_)
        send_together(cells, taken);
      else
        send_each(cells, taken);
    }
  }
  std::uint64_t matched() const noexcept { return matched_; }

private:
  /// How often a statement of several rows sends each column of a row.
  std::vector<std::size_t> times() const {
    std::vector<std::size_t> made(table_.names.size());
    for (const auto place : shape_.columns) made[place] = 1;
    for (const auto place : table_.key) made[place] += shape_.columns.size() + (shape_.version ? 2 : 1);
    if (shape_.version) ++made[*shape_.version];
    return made;
  }
  void send_each(std::span<const value_view> cells, std::size_t rows) {
    const auto& on = writes_.on();
    if (!form_) form_.emplace(on, update_of_one(table_, shape_));
    std::vector<value_view> all;
    for (std::size_t row = 0; row < rows; ++row)
      std::ranges::copy(form_->arguments(cells.subspan(row * table_.names.size())), std::back_inserter(all));
    matched_ += run_rows(on, form_->text, all, form_->slots.size(), target({}), on.context(where_));
  }
  void send_together(std::span<const value_view> cells, std::size_t rows) {
    const auto& on = writes_.on();
    if (rows != rows_of_form_) form_.emplace(on, update_of_several(table_, shape_, rows));
    rows_of_form_ = rows;
    const auto keys = keys_in(table_, cells);
    matched_ += run_write(on, form_->text, form_->arguments(cells), target(keys), on.context(where_)).affected_rows;
  }
  write_target target(std::span<const value_view> keys) const {
    return {.kind = write_kind::update,
            .table = table_.definition.name,
            .columns = names_,
            .rows = keys,
            .key_names = key_names_};
  }

  all_or_none& writes_;
  const mapped_table& table_;
  update_shape shape_;
  encoded_rows rows_;
  std::source_location where_;
  std::vector<std::string> names_, key_names_;
  bool several_{};  ///< in one statement: where there are round trips to save
  std::optional<shaped> form_;
  std::size_t rows_of_form_{};
  std::uint64_t matched_{};
};

std::vector<sent_rows> insert_chosen(all_or_none& writes, const mapped_table& table, std::span<const std::size_t> rows,
                                     row_encoder encode, std::source_location where) {
  bulk_insert inserting(writes, table, {}, rows.size(), writes.on().context(where));
  for (const auto row : rows) {
    auto* cells = inserting.next_row();
    encode(row, cells, inserting.kept());
  }
  inserting.flush();
  return {inserting.sent().begin(), inserting.sent().end()};
}

/// Sorts rows by what is to be done with them.
class saved_rows {
public:
  saved_rows(const executor& on, const mapped_table& table, row_encoder encode, std::source_location where)
      : on_(on), table_(table), rows_(table, encode, where), where_(where) {
    std::vector<std::size_t> times(table.names.size());
    for (const auto place : table.key) times[place] = 2;
    rows_.limit(borrowed(on, on.context(where))->features(), std::move(times));
    integers_ = std::ranges::all_of(
        table.key, [&](std::size_t place) { return is_integer(table.definition.columns[place].type.kind); });
  }

  void sort(std::span<const std::size_t> rows) {
    while (!rows.empty()) {
      const auto cells = rows_.take(rows);
      const auto taken = cells.size() / table_.names.size();
      sort(rows.first(taken), cells);
      rows = rows.subspan(taken);
    }
  }

  std::vector<std::size_t> to_update{}, to_insert{};
  std::vector<std::size_t> to_update_then{};  ///< further ones with the key of one that is inserted

private:
  void sort(std::span<const std::size_t> rows, std::span<const value_view> cells) {
    const auto there = keys_there(cells, rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (has_null_key(table_, row_of(cells, i))) {
        to_insert.push_back(rows[i]);
        continue;
      }
      auto text = key_of(cells, i);
      if (there.contains(text))
        to_update.push_back(rows[i]);
      else if (new_keys_.insert(std::move(text)).second)
        to_insert.push_back(rows[i]);
      else
        to_update_then.push_back(rows[i]);
    }
  }
  const value_view* row_of(std::span<const value_view> cells, std::size_t row) const {
    return cells.data() + row * table_.names.size();
  }
  std::string key_of(std::span<const value_view> cells, std::size_t row) const {
    std::vector<value_view> key;
    for (const auto place : table_.key) key.push_back(row_of(cells, row)[place]);
    return cells_text(key);
  }
  /// Keys that rows of the table have, as they were given. Locks those rows.
  std::unordered_set<std::string> keys_there(std::span<const value_view> cells, std::size_t rows) {
    sql::select statement;
    statement.table = table_.definition.name;
    if (integers_)
      for (const auto place : table_.key) statement.columns.add(sql::column({}, table_.names[place]));
    else
      statement.columns.add(first_with_this_key(rows));
    statement.where = key_among(table_, table_.key, rows);
    statement.lock.for_update = true;
    const shaped form(on_, statement);
    const auto arguments = form.arguments(cells);
    open_rows found(on_, form.text, arguments, on_.context(where_));
    std::unordered_set<std::string> keys;
    while (found.next()) {
      const auto& first = found.cells().front();
      keys.insert(integers_ ? cells_text(found.cells()) : key_of(cells, static_cast<std::size_t>(first.integer)));
    }
    return keys;
  }
  /// The number of a given row. Of keys that are no integers, only the server knows which ones it takes for equal.
  sql::expression first_with_this_key(std::size_t rows) const {
    sql::expression number(sql::op::case_when);
    for (std::size_t row = 0; row < rows; ++row) number.add(key_is(table_, row)).add(sql::raw(std::to_string(row), {}));
    return number;
  }

  const executor& on_;
  const mapped_table& table_;
  encoded_rows rows_;
  std::source_location where_;
  bool integers_{};  ///< all columns of the key
  std::unordered_set<std::string> new_keys_;
};

std::vector<std::size_t> numbers_below(std::size_t count) {
  std::vector<std::size_t> all(count);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

/// Each row is updated, and inserted if it was not there.
std::uint64_t save_each(const executor& on, const mapped_table& table, std::span<const std::size_t> columns,
                        std::span<const std::size_t> rows, row_encoder encode, std::source_location where) {
  auto form = insert_of(table);
  if (columns.empty()) form.conflict = sql::on_conflict::ignore;  // the key is the row
  const auto insert = insert_text(on, form, 1);
  std::optional<shaped> update;
  if (!columns.empty()) update.emplace(on, update_of_one(table, {columns, {}}));
  encoded_rows encoded(table, encode, where);
  std::uint64_t inserted = 0;
  const auto key_names = names_at(table, table.key);
  for (const auto& row : rows) {
    const auto cells = encoded.take({&row, 1});
    const auto limits = on.context(where);
    const auto keys = keys_in(table, cells);
    auto updates = target_of(table, write_kind::update), inserts = target_of(table, write_kind::insert);
    updates.rows = keys;
    updates.key_names = key_names;
    inserts.may_conflict = columns.empty();
    if (update && !has_null_key(table, cells.data()) &&
        run_write(on, update->text, update->arguments(cells), updates, limits).affected_rows > 0)
      continue;
    inserted += run_write(on, insert, cells, inserts, limits).affected_rows;
  }
  return inserted;
}

/// Inserts rows whose keys are not there; the number inserted. Keys that look different may still be equal to the
/// server, as "a" and "a " are: then it is smaller, and the others are updated.
std::uint64_t insert_new(const executor& on, const mapped_table& table, std::span<const std::size_t> columns,
                         std::span<const std::size_t> rows, row_encoder encode, std::source_location where) {
  constexpr std::size_t tried_at_once = 500;
  std::uint64_t inserted = 0;
  while (!rows.empty()) {
    const auto some = rows.first(std::min(rows.size(), tried_at_once));
    rows = rows.subspan(some.size());
    try {
      all_or_none inserts(on, true, where);
      insert_chosen(inserts, table, some, encode, where);
      inserts.keep();
      inserted += some.size();
    } catch (const constraint_violation&) {
      inserted += save_each(on, table, columns, some, encode, where);
    }
  }
  return inserted;
}

/// With few round trips.
std::uint64_t save_in_batches(const executor& on, const mapped_table& table, std::span<const std::size_t> columns,
                              std::span<const std::size_t> rows, row_encoder encode, std::source_location where) {
  saved_rows sorted(on, table, encode, where);
  sorted.sort(rows);
  all_or_none writes(on, false, where);
  bulk_update update(writes, table, {columns, {}}, encode, where);
  update.run(sorted.to_update);
  const auto inserted = insert_new(on, table, columns, sorted.to_insert, encode, where);
  update.run(inserted == sorted.to_insert.size() ? std::span<const std::size_t>(sorted.to_update_then) : rows);
  return inserted;
}

std::vector<std::size_t> places_without_key(const mapped_table& table) {
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < table.names.size(); ++place)
    if (std::ranges::find(table.key, place) == table.key.end()) places.push_back(place);
  return places;
}

/// The rows with the vectors that are made for them. Lifetime: borrows both.
auto encoder_with(const row_vectors& vectors, row_encoder encode) {
  return [&vectors, encode](std::size_t row, value_view* cells, kept_cells& kept) {
    encode(row, cells, kept);
    vectors.put(row, cells);
  };
}

/// TiDB generates the keys of one statement one after the other, this far apart.
std::uint64_t distance_of_keys(const executor& on, std::source_location where) {
  const auto context = on.context(where);
  const statement_text text("SELECT @@auto_increment_increment");
  return read_one<std::uint64_t>({on, text, {}, context});
}

}  // namespace

std::uint64_t update_rows_by_key(all_or_none& writes, const mapped_table& table, std::span<const std::size_t> columns,
                                 std::size_t rows, row_encoder encode, std::optional<std::size_t> version,
                                 std::source_location where) {
  bulk_update updating(writes, table, {columns, version}, encode, where);
  updating.run(numbers_below(rows));
  return updating.matched();
}

std::uint64_t erase_rows_by_key(all_or_none& writes, const mapped_table& table, std::span<const std::size_t> key,
                                std::size_t rows, row_encoder encode, std::source_location where) {
  const auto& on = writes.on();
  encoded_rows encoded(table, encode, where);
  std::vector<std::size_t> times(table.names.size());
  for (const auto place : key) times[place] = 1;
  encoded.limit(borrowed(on, on.context(where))->features(), std::move(times));
  const auto numbers = numbers_below(rows);
  const auto key_names = names_at(table, table.key);
  std::uint64_t matched = 0;
  for (std::span<const std::size_t> left = numbers; !left.empty();) {
    const auto cells = encoded.take(left);
    const auto taken = cells.size() / table.names.size();
    const shaped form(on, sql::erase{.table = table.definition.name, .where = key_among(table, key, taken)});
    const auto keys = keys_in(table, cells);
    auto target = target_of(table, write_kind::erase);
    target.rows = keys;
    target.key_names = key_names;
    matched += run_write(on, form.text, form.arguments(cells), target, on.context(where)).affected_rows;
    left = left.subspan(taken);
  }
  return matched;
}

std::uint64_t update_rows(const executor& on, const mapped_table& table, row_write how,
                          std::span<const std::size_t> columns, std::size_t rows, row_encoder encode,
                          std::source_location where) {
  if (columns.empty()) throw_usage("update_many() of a table that is all key has nothing to set", where);
  if (rows == 0) return 0;
  const row_vectors vectors(on, table, how, columns, rows, encode, where);
  const auto written = vectors.with(columns);
  const auto encode_whole = encoder_with(vectors, encode);
  std::uint64_t matched = 0;
  const auto update = [&](all_or_none& writes) {
    matched = update_rows_by_key(writes, table, written, rows, encode_whole, {}, where);
  };
  write_all_or_none(on, {}, update, where);
  return matched;
}

std::uint64_t save_rows(const executor& on, const mapped_table& table, std::size_t rows, row_encoder encode,
                        std::source_location where) {
  if (rows == 0) return 0;
  const auto columns = places_without_key(table);
  const auto all = numbers_below(rows);
  const row_vectors vectors(on, table, row_write::save, {}, rows, encode, where);
  const auto encode_whole = encoder_with(vectors, encode);
  std::uint64_t inserted = 0;
  const auto save = [&](all_or_none& writes) {
    if (rows > 1) writes.expect_more();
    const auto save_all = on.engine() == engine_kind::embedded ? save_each : save_in_batches;
    inserted = save_all(writes.on(), table, columns, all, encode_whole, where);
  };
  write_all_or_none(on, {}, save, where);
  return inserted;
}

namespace {

/// The keys that the engine generates for them.
std::vector<std::uint64_t> insert_without_keys(all_or_none& writes, const mapped_table& table,
                                               std::span<const std::size_t> rows, row_encoder encode,
                                               std::source_location where) {
  std::vector<std::uint64_t> keys;
  if (writes.on().engine() == engine_kind::embedded) {
    if (rows.size() > 1) writes.expect_more();
    const auto& on = writes.on();
    const auto insert = insert_text(on, insert_of(table), 1);
    encoded_rows encoded(table, encode, where);
    for (const auto& row : rows)
      keys.push_back(
          run_write(on, insert, encoded.take({&row, 1}), target_of(table, write_kind::insert), on.context(where))
              .last_insert_id);
    return keys;
  }
  const auto step = distance_of_keys(writes.on(), where);
  for (const auto& [sent, first] : insert_chosen(writes, table, rows, encode, where))
    for (std::size_t i = 0; i < sent; ++i) keys.push_back(first + i * step);
  return keys;
}

}  // namespace

std::vector<std::uint64_t> insert_rows_for_keys(all_or_none& writes, const mapped_table& table,
                                                std::span<const std::size_t> without_key,
                                                std::span<const std::size_t> with_key, row_encoder encode,
                                                std::source_location where) {
  if (!with_key.empty() && !without_key.empty()) writes.expect_more();
  // given keys first: those that are generated then are others
  if (!with_key.empty()) insert_chosen(writes, table, with_key, encode, where);
  if (without_key.empty()) return {};
  return insert_without_keys(writes, table, without_key, encode, where);
}

std::vector<std::uint64_t> insert_for_keys(const executor& on, const mapped_table& table,
                                           std::span<const std::size_t> without_key,
                                           std::span<const std::size_t> with_key, row_encoder encode,
                                           std::source_location where) {
  std::vector<std::uint64_t> keys;
  const auto insert = [&](all_or_none& writes) {
    keys = insert_rows_for_keys(writes, table, without_key, with_key, encode, where);
  };
  write_all_or_none(on, {}, insert, where);
  return keys;
}

}  // namespace tidb::detail
