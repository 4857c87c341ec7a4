#include "support/fuzz/outcome.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tests::fuzz {

namespace sql = tidb::sql;

namespace {

/// Ends a transaction that shall leave nothing behind.
struct undo {};

/// Numbers by value: 1.0 is 1.
void normalise(nlohmann::json& item) {
  if (item.is_number_float()) {
    const auto number = item.get<double>();
    if (number == std::trunc(number) && std::abs(number) < 1e15) item = static_cast<std::int64_t>(number);
  } else if (item.is_structured()) {
    for (auto& each : item) normalise(each);
  }
}

std::string plain_digits(const tidb::decimal& number) {
  std::string text(number.text());
  if (number.scale() > 0) text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

template <class T>
T read_as(const tidb::value_view& from) {
  T out{};
  tidb::detail::decode_cell(from, out, "a column");
  return out;
}

cell read_cell(const tidb::value_view& from, kind of) {
  if (from.is_null()) return {"NULL", {}};
  switch (of) {
  case kind::integer:
  case kind::wide: return {std::to_string(read_as<std::int64_t>(from)), {}};
  case kind::real: return {"", read_as<double>(from)};
  case kind::decimal: return {plain_digits(read_as<tidb::decimal>(from)), {}};
  case kind::text:  // TiDB gives bytes where one of the texts that it chooses from is a function of NULL
    if (from.kind == tidb::value_kind::blob) return {"'" + std::string(from.text()) + "'", {}};
    return {"'" + read_as<std::string>(from) + "'", {}};
  case kind::bytes: {
    const auto bytes = read_as<tidb::blob>(from);
    return {to_string(tidb::value_view::bytes(tidb::value_kind::blob, bytes.data(), bytes.size())), {}};
  }
  case kind::date:
    return {tidb::detail::date_to_text(read_as<std::chrono::sys_days>(from).time_since_epoch().count()), {}};
  case kind::datetime:
    return {tidb::detail::datetime_to_text(read_as<tidb::time_point>(from).time_since_epoch().count()), {}};
  case kind::duration: return {tidb::detail::time_to_text(read_as<std::chrono::microseconds>(from).count()), {}};
  case kind::json: {
    auto parsed = nlohmann::json::parse(read_as<tidb::json>(from).text());
    normalise(parsed);
    return {parsed.dump(), {}};
  }
  }
  return {};
}

std::vector<std::vector<cell>> read_rows(const std::vector<tidb::row>& rows, const std::vector<kind>& kinds) {
  std::vector<std::vector<cell>> made;
  for (const auto& row : rows) {
    auto& cells = made.emplace_back();
    for (std::size_t i = 0; i < kinds.size(); ++i) cells.push_back(read_cell(row[i].view(), kinds[i]));
  }
  return made;
}

sql::printed print(const statement& item, sql::dialect to) {
  return std::visit([&](const auto& each) { return sql::print(each, to); }, item.made);
}

std::vector<tidb::value> parameters_of(const statement& item, const sql::printed& printed) {
  auto all = item.values;
  for (const auto& slot : printed.slots) all.push_back(slot.literal);
  return all;
}

std::vector<kind> kinds_of(std::string_view name) {
  std::vector<kind> kinds;
  for (const auto& each : tables())
    if (each.name == name)
      for (const auto& one : each.columns) kinds.push_back(one.of);
  return kinds;
}

void run_select(const tidb::client& on, const statement& item, outcome& done) {
  const auto where = std::source_location::current();
  const tidb::detail::bound_select bound(on.on(), std::get<sql::select>(item.made), where);
  done.rows = read_rows(tidb::detail::read_all<tidb::row>(bound.request()), item.columns);
}

void run_write(const tidb::client& on, const statement& item, outcome& done) {
  const auto printed = print(item, tidb::detail::dialect_of(on.on()));
  try {
    on.transaction([&](tidb::transaction& tx) {
      done.affected = tx.execute_values(printed.text, parameters_of(item, printed)).affected_rows;
      done.rows = read_rows(tx.query("SELECT * FROM " + item.table).all(), kinds_of(item.table));
      throw undo();
    });
  } catch (const undo&) {
  }
}

/// Reals last, and in full only where they are nearly equal: such may come in another order.
std::pair<std::string, std::vector<double>> sort_key(const std::vector<cell>& row) {
  std::string texts, rounded;
  std::vector<double> reals;
  for (const auto& each : row) {
    if (!each.real) {
      texts += each.text + '\x1f';
      continue;
    }
    rounded += fmt::format("{:+.6e}\x1f", *each.real + 0.0);
    reals.push_back(*each.real);
  }
  return {texts + rounded, std::move(reals)};
}

bool is_near(double left, double right) {
  return left == right || std::abs(left - right) <= 1e-12 * std::max(std::abs(left), std::abs(right));
}

bool same_cell(const cell& left, const cell& right) {
  if (left.real && right.real) return is_near(*left.real, *right.real);
  return left.real.has_value() == right.real.has_value() && left.text == right.text;
}

std::string text_of(const cell& item) { return item.real ? fmt::format("{}", *item.real) : item.text; }

std::string text_of(const std::vector<cell>& row) {
  std::string text;
  for (const auto& each : row) text += text_of(each) + " | ";
  return text;
}

std::string text_of(const outcome& done) {
  if (done.failed)
    return fmt::format("error {} ({}): {}; {}", static_cast<int>(done.failed->code), done.failed->server_code,
                       done.failed->message, done.failed->server_message);
  std::string text = fmt::format("{} rows, {} affected", done.rows.size(), done.affected);
  for (std::size_t i = 0; i < std::min<std::size_t>(done.rows.size(), is_replay() ? 500 : 12); ++i)
    text += "\n    " + text_of(done.rows[i]);
  return text;
}

/// What docs/embedded.md lists and a generator cannot foresee.
bool is_known(const outcome& server) {
  if (!server.failed) return false;
  constexpr int beyond_64_bits = 1690, cannot_be_planned = 1815, not_foreseen = 1105, json_from_text = 3140,
                json_from_bytes = 3144, json_from_null = 3146;
  const auto code = server.failed->server_code;
  // of what LEAST or GREATEST make of two parameters
  const bool no_length = server.failed->server_message.find("field len 0") != std::string::npos;
  return code == beyond_64_bits || code == cannot_be_planned || code == not_foreseen || code == json_from_text ||
         code == json_from_bytes || code == json_from_null || no_length;
}

}  // namespace

outcome run(const tidb::client& on, const statement& item) {
  outcome done;
  try {
    if (std::holds_alternative<sql::select>(item.made))
      run_select(on, item, done);
    else
      run_write(on, item, done);
  } catch (const tidb::error& problem) {
    done.failed = problem.info();
  }
  return done;
}

std::string difference(const statement& item, outcome embedded, outcome server) {
  if (is_known(server)) return {};
  if (embedded.failed && server.failed)
    return embedded.failed->code == server.failed->code ? "" : "errors of other classes";
  if (embedded.failed || server.failed) return "an error on one of them";
  if (embedded.rows.size() != server.rows.size()) return "numbers of rows";
  if (item.counts && embedded.affected != server.affected) return "counts of rows";
  if (!item.ordered) {
    std::ranges::sort(embedded.rows, {}, sort_key);
    std::ranges::sort(server.rows, {}, sort_key);
  }
  for (std::size_t row = 0; row < embedded.rows.size(); ++row)
    for (std::size_t i = 0; i < embedded.rows[row].size(); ++i)
      if (!same_cell(embedded.rows[row][i], server.rows[row][i]))
        return fmt::format("column {} of a row:\n  {}\n  {}", i, text_of(embedded.rows[row]),
                           text_of(server.rows[row]));
  return {};
}

std::string describe(const tidb::client& on, const statement& item, const outcome& done) {
  const auto printed = print(item, tidb::detail::dialect_of(on.on()));
  std::string text = "\n  " + printed.text + "\n  with";
  for (const auto& each : parameters_of(item, printed))
    text += " " + std::string(to_string(each.kind())) + ":" + to_string(each);
  return text + "\n  gives " + text_of(done) + "\n";
}

}  // namespace tests::fuzz
