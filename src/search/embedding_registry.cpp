#include "search/embedding_registry.hpp"

#include "search/own_sql.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/search/embedding.hpp"

#include <cstdint>
#include <optional>
#include <tuple>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

constexpr std::string_view registry = "_tidbxx_embedding";
constexpr std::string_view create_embedded =
    "CREATE TABLE IF NOT EXISTS `_tidbxx_embedding` (table_name TEXT NOT NULL COLLATE NOCASE, "
    "column_name TEXT NOT NULL COLLATE NOCASE, model TEXT NOT NULL, dimensions INTEGER NOT NULL, "
    "texts TEXT NOT NULL, PRIMARY KEY (table_name, column_name))";
constexpr std::string_view create_on_server =
    "CREATE TABLE IF NOT EXISTS `_tidbxx_embedding` (table_name VARCHAR(64) COLLATE utf8mb4_general_ci NOT NULL, "
    "column_name VARCHAR(64) COLLATE utf8mb4_general_ci NOT NULL, model VARCHAR(255) NOT NULL, "
    "dimensions INT NOT NULL, texts TEXT NOT NULL, PRIMARY KEY (table_name, column_name)) "
    "DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin";

/// What the vectors of a column are of. `texts`: the columns, as they are named in a message.
struct noted_model {
  std::string model{};
  std::uint32_t dimensions{};
  std::string texts{};
  friend bool operator==(const noted_model&, const noted_model&) = default;
};

std::string to_string(const noted_model& of) {
  const auto dimensions = of.dimensions == 0 ? std::string() : fmt::format("{} dimensions, ", of.dimensions);
  return fmt::format("\"{}\" ({}of {})", of.model, dimensions, of.texts);
}

bool has_registry(const executor& on, const call_context& context) {
  const statement_text look(on.engine() == engine_kind::embedded
                                ? "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ?"
                                : "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND "
                                  "table_name = ?");
  return read_own<std::int64_t>(on, context, look, std::string(registry)).front() > 0;
}

std::optional<noted_model> find_noted(const executor& on, const embedding_facts& of, const call_context& context) {
  const statement_text text("SELECT model, dimensions, texts FROM `_tidbxx_embedding` WHERE table_name = ? AND "
                            "column_name = ?");
  const auto found =
      read_own<std::tuple<std::string, std::uint32_t, std::string>>(on, context, text, of.table, of.column);
  if (found.empty()) return std::nullopt;
  const auto& [model, dimensions, texts] = found.front();
  return noted_model{model, dimensions, texts};
}

void make_registry(const executor& on, const call_context& context) try {
  run_own_ddl(on, context, on.engine() == engine_kind::embedded ? create_embedded : create_on_server);
} catch (const error& failed) {
  constexpr int command_denied = 1142;
  if (failed.info().server_code != command_denied) throw;
  auto info = failed.info();
  info.message = "the name of a model is kept in a table, which this user may not make: leave out the name, or have "
                 "somebody run " +
                 std::string(create_on_server);
  info.where = context.where;
  throw_error(std::move(info));
}

/// Unless another program was first.
void enter(const executor& on, const embedding_facts& of, const noted_model& wanted, const call_context& context) {
  const statement_text text((on.engine() == engine_kind::embedded ? "INSERT OR IGNORE" : "INSERT IGNORE") +
                            std::string(" INTO `_tidbxx_embedding` (table_name, column_name, model, dimensions, "
                                        "texts) VALUES (?, ?, ?, ?, ?)"));
  const auto insert = [&](const executor& inside) {
    run_own(inside, context, text, of.table, of.column, wanted.model, wanted.dimensions, wanted.texts);
  };
  run_transaction(on, {}, insert, nullptr, context.where);
}

void put_in_place(const executor& on, const embedding_facts& of, const noted_model& wanted,
                  const call_context& context) {
  const statement_text text("UPDATE `_tidbxx_embedding` SET model = ?, dimensions = ?, texts = ? WHERE table_name = ? "
                            "AND column_name = ?");
  const auto update = [&](const executor& inside) {
    run_own(inside, context, text, wanted.model, wanted.dimensions, wanted.texts, of.table, of.column);
  };
  run_transaction(on, {}, update, nullptr, context.where);
}

}  // namespace

void register_model(const executor& on, const embedding_facts& of, const std::string& model, bool replace,
                    const call_context& context) {
  noted_model wanted{.model = model, .dimensions = of.dimensions};
  for (const auto& text : of.texts) wanted.texts += (wanted.texts.empty() ? "\"" : ", \"") + text + '"';
  const bool is_there = has_registry(on, context);
  auto noted = is_there ? find_noted(on, of, context) : std::nullopt;
  if (!noted) {
    if (!is_there) make_registry(on, context);
    enter(on, of, wanted, context);
    noted = find_noted(on, of, context);
  }
  if (noted == wanted) return;
  if (replace) return put_in_place(on, of, wanted, context);
  throw_usage(fmt::format("the vectors in \"{}.{}\" are of the model {}, not of {}: use that one, or say .replace = "
                          "true and have the vectors of all rows made anew, by update_many of their texts",
                          of.table, of.column, noted ? to_string(*noted) : "of another program", to_string(wanted)),
              context.where);
}

void forget_models(const executor& on, std::string_view table, const call_context& context) {
  if (!has_registry(on, context)) return;
  const statement_text text("DELETE FROM `_tidbxx_embedding` WHERE table_name = ?");
  run_own(on, context, text, std::string(table));
}

}  // namespace tidb::detail
