#include "tidbxx/orm/bulk.hpp"

#include "orm/table_statements.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
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

constexpr std::size_t rows_at_once = 100;  // each is compared with each in a statement of several

/// Calls `run` in the caller's transaction, or in a new one.
void within_transaction(const executor& on, std::source_location where, function_ref<void(const executor&)> run) {
  if (on.in_transaction())
    run(on);
  else
    run_transaction(on, {}, run, nullptr, where);
}

bool has_null_key(const mapped_table& table, const value_view* cells) {
  return std::ranges::any_of(table.key, [&](std::size_t place) { return cells[place].is_null(); });
}

/// The rows of a list, encoded so many at a time.
class encoded_rows {
public:
  encoded_rows(const mapped_table& table, row_encoder encode, std::source_location where)
      : width_(table.names.size()), encode_(encode), kept_(where) {}

  /// Lifetime: until the next call.
  std::span<const value_view> take(std::span<const std::size_t> rows) {
    kept_.forget_first(kept_.size());
    cells_.resize(rows.size() * width_);
    for (std::size_t i = 0; i < rows.size(); ++i) encode_(rows[i], cells_.data() + i * width_, kept_);
    return cells_;
  }

private:
  std::size_t width_;
  row_encoder encode_;
  kept_cells kept_;
  std::vector<value_view> cells_;
};

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

/// The key of the row of this number, as arguments.
sql::expression key_is(const mapped_table& table, std::size_t row) {
  sql::expression all;
  for (const auto place : table.key)
    all = sql::both(std::move(all), sql::binary(sql::op::equal, sql::column({}, table.names[place]),
                                                sql::parameter(row * table.names.size() + place)));
  return all;
}

sql::expression key_among(const mapped_table& table, std::size_t rows) {
  const bool one = table.key.size() == 1;
  const auto key = [&](auto&& part) {
    if (one) return part(table.key.front());
    sql::expression all(sql::op::row);
    for (const auto place : table.key) all.add(part(place));
    return all;
  };
  auto made = sql::unary(sql::op::in, key([&](std::size_t place) { return sql::column({}, table.names[place]); }));
  for (std::size_t row = 0; row < rows; ++row)
    made.add(key([&](std::size_t place) { return sql::parameter(row * table.names.size() + place); }));
  return made;
}

sql::update update_of_one(const mapped_table& table, std::span<const std::size_t> columns) {
  sql::update made{.table = table.definition.name};
  for (const auto place : columns) made.set.push_back({table.names[place], sql::parameter(place)});
  made.where = key_is(table, 0);
  return made;
}

/// Each column becomes what the row with this key says; of two with the same, the later.
sql::update update_of_several(const mapped_table& table, std::span<const std::size_t> columns, std::size_t rows) {
  sql::update made{.table = table.definition.name};
  for (const auto place : columns) {
    sql::expression to(sql::op::case_when);
    for (std::size_t row = rows; row-- > 0;) {
      to.add(key_is(table, row)).add(sql::parameter(row * table.names.size() + place));
    }
    made.set.push_back({table.names[place], std::move(to)});
  }
  made.where = key_among(table, rows);
  return made;
}

/// Updates rows of a table by their keys.
class bulk_update {
public:
  bulk_update(const executor& on, const mapped_table& table, std::span<const std::size_t> columns, row_encoder encode,
              std::source_location where)
      : on_(on), table_(table), columns_(columns), rows_(table, encode, where), where_(where) {
    for (const auto place : columns) names_.push_back(table.names[place]);
    several_ = on.engine() == engine_kind::tidb;
  }

  void run(std::span<const std::size_t> rows) {
    for (; !rows.empty() && !columns_.empty(); rows = rows.subspan(std::min(rows.size(), rows_at_once)))
      send(rows.first(std::min(rows.size(), rows_at_once)));
  }
  std::uint64_t matched() const noexcept { return matched_; }

private:
  void send(std::span<const std::size_t> rows) {
    const auto cells = rows_.take(rows);
    const write_target target{.kind = write_kind::update, .table = table_.definition.name, .columns = names_};
    if (!several_) {
      if (!one_) one_.emplace(on_, update_of_one(table_, columns_));
      std::vector<value_view> all;
      for (std::size_t row = 0; row < rows.size(); ++row)
        std::ranges::copy(one_->arguments(cells.subspan(row * table_.names.size())), std::back_inserter(all));
      matched_ += run_rows(on_, one_->text, all, one_->slots.size(), target, on_.context(where_));
      return;
    }
    std::optional<shaped> other;
    if (rows.size() < rows_at_once)
      other.emplace(on_, update_of_several(table_, columns_, rows.size()));
    else if (!full_)
      full_.emplace(on_, update_of_several(table_, columns_, rows.size()));
    const auto& form = other ? *other : *full_;
    matched_ += run_write(on_, form.text, form.arguments(cells), target, on_.context(where_)).affected_rows;
  }

  const executor& on_;
  const mapped_table& table_;
  std::span<const std::size_t> columns_;
  encoded_rows rows_;
  std::source_location where_;
  std::vector<std::string> names_;
  bool several_{};  ///< in one statement: where there are round trips to save
  std::optional<shaped> one_, full_;
  std::uint64_t matched_{};
};

void insert_chosen(const executor& on, const mapped_table& table, std::span<const std::size_t> rows, row_encoder encode,
                   std::source_location where) {
  bulk_insert inserting(on, table, {}, rows.size(), on.context(where));
  for (const auto row : rows) {
    auto* cells = inserting.next_row();
    encode(row, cells, inserting.kept());
  }
  inserting.flush();
}

std::string key_text(std::span<const value_view> key) {
  std::string text;
  for (const auto& part : key) {
    const auto one = to_string(part);
    text += std::to_string(one.size()) + ":" + one;
  }
  return text;
}

/// Sorts rows by what is to be done with them.
class saved_rows {
public:
  saved_rows(const executor& on, const mapped_table& table, row_encoder encode, std::source_location where)
      : on_(on), table_(table), rows_(table, encode, where), where_(where) {}

  void sort(std::span<const std::size_t> rows) {
    const auto cells = rows_.take(rows);
    const auto there = keys_there(cells, rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto* row = cells.data() + i * table_.names.size();
      if (has_null_key(table_, row)) {
        to_insert.push_back(rows[i]);
        continue;
      }
      std::vector<value_view> key;
      for (const auto place : table_.key) key.push_back(row[place]);
      auto text = key_text(key);
      if (there.contains(text))
        to_update.push_back(rows[i]);
      else if (new_keys_.insert(std::move(text)).second)
        to_insert.push_back(rows[i]);
      else
        to_update_then.push_back(rows[i]);
    }
  }

  std::vector<std::size_t> to_update{}, to_insert{};
  std::vector<std::size_t> to_update_then{};  ///< further ones with the key of one that is inserted

private:
  /// Locks those rows.
  std::unordered_set<std::string> keys_there(std::span<const value_view> cells, std::size_t rows) {
    sql::select statement;
    statement.table = table_.definition.name;
    for (const auto place : table_.key) statement.columns.add(sql::column({}, table_.names[place]));
    statement.where = key_among(table_, rows);
    statement.lock.for_update = true;
    const shaped form(on_, statement);
    const auto arguments = form.arguments(cells);
    open_rows found(on_, form.text, arguments, on_.context(where_));
    std::unordered_set<std::string> keys;
    while (found.next()) keys.insert(key_text(found.cells()));
    return keys;
  }

  const executor& on_;
  const mapped_table& table_;
  encoded_rows rows_;
  std::source_location where_;
  std::unordered_set<std::string> new_keys_;
};

std::vector<std::size_t> numbers_below(std::size_t count) {
  std::vector<std::size_t> all(count);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

/// Without round trips to save: each row is updated, and inserted if it was not there.
std::uint64_t save_each(const executor& on, const mapped_table& table, std::span<const std::size_t> columns,
                        std::size_t rows, row_encoder encode, std::source_location where) {
  auto form = insert_of(table);
  if (columns.empty()) form.conflict = sql::on_conflict::ignore;  // the key is the row
  const auto insert = insert_text(on, form, 1);
  std::optional<shaped> update;
  if (!columns.empty()) update.emplace(on, update_of_one(table, columns));
  encoded_rows encoded(table, encode, where);
  std::uint64_t inserted = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto cells = encoded.take({&row, 1});
    const auto limits = on.context(where);
    if (update && !has_null_key(table, cells.data()) &&
        run_write(on, update->text, update->arguments(cells), target_of(table, write_kind::update), limits)
                .affected_rows > 0)
      continue;
    inserted += run_write(on, insert, cells, target_of(table, write_kind::insert), limits).affected_rows;
  }
  return inserted;
}

std::uint64_t save_in_batches(const executor& on, const mapped_table& table, std::span<const std::size_t> columns,
                              std::size_t rows, row_encoder encode, std::source_location where) {
  saved_rows sorted(on, table, encode, where);
  const auto all = numbers_below(rows);
  for (std::span<const std::size_t> left = all; !left.empty();) {
    const auto some = left.first(std::min(left.size(), rows_at_once));
    sorted.sort(some);
    left = left.subspan(some.size());
  }
  bulk_update update(on, table, columns, encode, where);
  update.run(sorted.to_update);
  insert_chosen(on, table, sorted.to_insert, encode, where);
  update.run(sorted.to_update_then);
  return sorted.to_insert.size();
}

std::vector<std::size_t> places_without_key(const mapped_table& table) {
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < table.names.size(); ++place)
    if (std::ranges::find(table.key, place) == table.key.end()) places.push_back(place);
  return places;
}

/// TiDB generates the keys of one statement one after the other, this far apart.
std::uint64_t distance_of_keys(const executor& on, std::source_location where) {
  const auto context = on.context(where);
  const statement_text text("SELECT @@auto_increment_increment");
  return read_one<std::uint64_t>({on, text, {}, context});
}

}  // namespace

std::uint64_t update_rows(const executor& on, const mapped_table& table, std::span<const std::size_t> columns,
                          std::size_t rows, row_encoder encode, std::source_location where) {
  if (columns.empty()) throw_usage("update_many() of a table that is all key has nothing to set", where);
  if (rows == 0) return 0;
  std::uint64_t matched = 0;
  within_transaction(on, where, [&](const executor& inside) {
    bulk_update update(inside, table, columns, encode, where);
    update.run(numbers_below(rows));
    matched = update.matched();
  });
  return matched;
}

std::uint64_t save_rows(const executor& on, const mapped_table& table, std::size_t rows, row_encoder encode,
                        std::source_location where) {
  if (rows == 0) return 0;
  const auto columns = places_without_key(table);
  std::uint64_t inserted = 0;
  within_transaction(on, where, [&](const executor& inside) {
    const auto save = on.engine() == engine_kind::embedded ? save_each : save_in_batches;
    inserted = save(inside, table, columns, rows, encode, where);
  });
  return inserted;
}

std::vector<std::uint64_t> insert_for_keys(const executor& on, const mapped_table& table,
                                           std::span<const std::size_t> without_key,
                                           std::span<const std::size_t> with_key, row_encoder encode,
                                           std::source_location where) {
  std::vector<std::uint64_t> keys;
  within_transaction(on, where, [&](const executor& inside) {
    keys.clear();
    if (!without_key.empty() && on.engine() == engine_kind::embedded) {
      const auto insert = insert_text(inside, insert_of(table), 1);
      encoded_rows encoded(table, encode, where);
      for (const auto& row : without_key)
        keys.push_back(run_write(inside, insert, encoded.take({&row, 1}), target_of(table, write_kind::insert),
                                 inside.context(where))
                           .last_insert_id);
    } else if (!without_key.empty()) {
      const auto step = distance_of_keys(inside, where);
      bulk_insert inserting(inside, table, {}, without_key.size(), inside.context(where));
      for (const auto row : without_key) {
        auto* cells = inserting.next_row();
        encode(row, cells, inserting.kept());
      }
      inserting.flush();
      for (const auto& [rows, first] : inserting.sent())
        for (std::size_t i = 0; i < rows; ++i) keys.push_back(first + i * step);
    }
    if (!with_key.empty()) insert_chosen(inside, table, with_key, encode, where);
  });
  return keys;
}

}  // namespace tidb::detail
