#include "schema/table_reader.hpp"

#include "core/text.hpp"
#include "schema/sql_tokens.hpp"
#include "schema/type_reader.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace tidb::detail {

namespace {

template <class Number>
Number number_of(std::string_view digits) {
  Number made{};
  std::from_chars(digits.data(), digits.data() + digits.size(), made);
  return made;
}

std::uint64_t bits(std::string_view digits) {
  std::uint64_t made = 0;
  for (const char digit : digits) made = made << 1U | (digit == '1' ? 1U : 0U);
  return made;
}

std::string bytes_of_hex(std::string_view digits) {
  std::string made;
  for (; digits.size() >= 2; digits.remove_prefix(2)) {
    unsigned byte = 0;
    std::from_chars(digits.data(), digits.data() + 2, byte, 16);
    made += static_cast<char>(byte);
  }
  return made;
}

/// Reads one statement.
class table_reader {
public:
  table_reader(std::string_view create, sql::dialect of) : in_(create, of), of_(of) {}

  table_definition table();
  void index(table_definition& to);

private:
  void element();
  void column();
  void attribute(column_definition& into);
  column_default value(const column_definition& of);
  std::string labels(const column_definition& of);
  std::string plain(const std::string& sql) const;
  void primary_key();
  void index_element(bool unique, std::string name);
  std::vector<index_part> parts();
  index_part part();
  static void read_prefix(index_part& part);
  void foreign_key(std::string name, std::vector<std::string> columns);
  reference_action action();
  std::vector<std::string> names();
  void options(bool in_group);
  void spell_keys();
  void fold_implied_indexes();
  void other_option();
  void check(std::string name);
  std::string texts();
  bool at_end_of_element() const { return in_.is_over() || in_.is(",") || in_.is(")") || is_of_table(); }
  /// What the embedded engine's file says of the whole table, behind all elements.
  bool is_of_table() const { return in_.peek().group != 0 && in_.is("TABLE"); }

  token_reader in_;
  sql::dialect of_;
  table_definition made_;
};

table_definition table_reader::table() {
  in_.expect("CREATE");
  while (!in_.is("TABLE") && !in_.is_over()) {
    if (in_.is("VIRTUAL")) throw_usage("it is a virtual table, whose columns its module knows");
    if (in_.is("TEMPORARY")) made_.not_told.emplace_back("GLOBAL TEMPORARY");
    in_.next();
  }
  in_.expect("TABLE");
  in_.take("IF", "NOT", "EXISTS");
  made_.name = in_.name();
  if (in_.take(".")) made_.name = in_.name();
  in_.expect("(");
  do {
    element();
    while (is_of_table()) options(true);
  } while (in_.take(","));
  in_.expect(")");
  options(false);
  spell_keys();
  fold_implied_indexes();
  return std::move(made_);
}

/// Names of the primary key as the columns have them: SQL does not tell small letters from large ones.
void table_reader::spell_keys() {
  for (auto& key : made_.primary_key)
    for (auto& column : made_.columns)
      if (lower(column.name) == lower(key)) {
        key = column.name;
        column.nullable = false;
      }
}

/// An index that a UNIQUE or a foreign key made, which has its name, is said by that.
void table_reader::fold_implied_indexes() {
  const auto is_of = [](const index_definition& index, const std::vector<std::string>& columns) {
    return std::ranges::equal(index.parts, columns, [](const index_part& part, const std::string& column) {
      return part == index_part{.column = column};
    });
  };
  std::erase_if(made_.indexes, [&](const index_definition& index) {
    for (auto& column : made_.columns)
      if (index.unique && index.name == column.name && is_of(index, {column.name})) return column.unique = true;
    return !index.unique && std::ranges::any_of(made_.foreign_keys, [&](const foreign_key_definition& key) {
      return key.name == index.name && is_of(index, key.columns);
    });
  });
}

void table_reader::element() {
  std::string name;
  if (in_.is("CONSTRAINT")) {
    in_.next();
    if (!in_.is("CHECK") && !in_.is("FOREIGN") && !in_.is("PRIMARY") && !in_.is("UNIQUE")) name = in_.name();
  }
  if (in_.take("PRIMARY", "KEY")) return primary_key();
  if (in_.take("UNIQUE")) return index_element(true, std::move(name));
  if (of_ == sql::dialect::tidb && (in_.is("KEY") || in_.is("INDEX"))) return index_element(false, {});
  if (in_.take("FOREIGN", "KEY")) {
    auto columns = names();
    return foreign_key(std::move(name), std::move(columns));
  }
  if (in_.is("CHECK") && in_.is_at(1, "(")) return check(std::move(name));
  if (of_ == sql::dialect::tidb &&
      (in_.is("FULLTEXT") || (in_.is("VECTOR") && (in_.is_at(1, "INDEX") || in_.is_at(1, "KEY"))))) {
    while (!at_end_of_element()) in_.skip();  // the server's own search indexes are no part of a definition
    return;
  }
  column();
}

void table_reader::column() {
  column_definition made{.name = in_.name(), .nullable = true};
  read_type(in_, of_, made, made_.not_told);
  while (!at_end_of_element()) attribute(made);
  made_.columns.push_back(std::move(made));
}

void table_reader::attribute(column_definition& into) {
  if (in_.take("NOT", "NULL")) {
    into.nullable = false;
  } else if (in_.take("NULL")) {
    into.nullable = true;
  } else if (in_.take("DEFAULT")) {
    if (!in_.take("NULL")) into.default_to = value(into);
  } else if (in_.take("AUTO_INCREMENT") || in_.take("AUTOINCREMENT")) {
    into.auto_increment = true;
  } else if (in_.take("AUTO_RANDOM")) {
    const auto bits = in_.is("(") ? in_.in_parentheses() : "5";
    into.auto_random = number_of<std::uint8_t>(bits);
    if (bits.find(',') != std::string::npos) made_.not_told.push_back("AUTO_RANDOM(" + bits + ")");
    into.auto_increment = false;  // which stands before it in the embedded engine's file
  } else if (in_.take("PRIMARY", "KEY")) {
    made_.primary_key = {into.name};
    into.nullable = false;
    if (!in_.take("ASC")) in_.take("DESC");
  } else if (in_.take("UNIQUE")) {
    in_.take("KEY");
    into.unique = true;
  } else if (in_.take("COMMENT")) {
    into.comment = texts();
  } else if (in_.take("CHARACTER", "SET") || in_.take("CHARSET")) {
    in_.next();
  } else if (in_.take("COLLATE")) {
    auto name = in_.name();
    const auto small = lower(name);
    if (small.starts_with("tidbxx_")) return;  // which the type brings with it
    if (of_ == sql::dialect::sqlite && in_.peek().group == 0 && !small.starts_with("utf8"))
      made_.not_told.push_back("COLLATE " + name + " of " + sql::quote_identifier(into.name));
    else
      into.collation = std::move(name);
  } else if (in_.is("GENERATED") || (in_.is("AS") && in_.is_at(1, "("))) {
    in_.take("GENERATED", "ALWAYS");
    in_.expect("AS");
    into.generated = plain(in_.in_parentheses());
    into.stored = in_.take("STORED");
    in_.take("VIRTUAL");
  } else if (in_.take("ON", "UPDATE")) {
    into.on_update_now = true;
    in_.next();
    if (in_.is("(")) (void)in_.in_parentheses();
  } else if (in_.take("REFERENCES")) {
    foreign_key({}, {into.name});
  } else if (in_.is("CONSTRAINT")) {
    in_.next();
    auto name = in_.is("CHECK") ? std::string() : in_.name();
    if (in_.is("CHECK")) check(std::move(name));
  } else if (in_.is("CHECK") && in_.is_at(1, "(")) {
    check({});
  } else {
    in_.skip();
  }
}

/// The labels whose number comes next, which is how the embedded engine holds them.
std::string table_reader::labels(const column_definition& of) {
  const auto number = number_of<std::uint64_t>(in_.next().text);
  if (of.type.kind == type_kind::enumeration)
    return number >= 1 && number <= of.labels.size() ? of.labels[number - 1] : std::string();
  std::string all;
  for (std::size_t i = 0; i < of.labels.size(); ++i)
    if ((number >> i & 1U) != 0) all += (all.empty() ? "" : ",") + of.labels[i];
  return all;
}

/// What stands behind DEFAULT.
column_default table_reader::value(const column_definition& of) {
  const auto& first = in_.peek();
  const bool is_sqlite = of_ == sql::dialect::sqlite;
  if (first.kind == token_kind::text) return {texts(), false};
  if (first.kind == token_kind::name && is_sqlite) return {in_.next().text, false};
  if (first.kind == token_kind::number) return {of.labels.empty() ? in_.next().text : labels(of), false};
  if (in_.is("-") || in_.is("+")) {
    const bool minus = in_.next().text == "-";
    return {(minus ? "-" : "") + in_.next().text, false};
  }
  if (in_.is("TRUE") || in_.is("FALSE")) return {lower(in_.next().text) == "true" ? "1" : "0", false};
  if (in_.is("(")) {
    column_default made{plain(in_.in_parentheses()), true};
    // the embedded engine's own form of the current time stands before what TiDB calls it
    if (in_.peek().group != 0 && in_.take("DEFAULT")) return value(of);
    return made;
  }
  column_default made{in_.next().text, true};
  const auto word = lower(made.text);
  if (in_.peek().kind == token_kind::text && word == "b") return {std::to_string(bits(in_.next().text)), false};
  if (in_.peek().kind == token_kind::text && word == "x") return {bytes_of_hex(in_.next().text), false};
  if (in_.is("(")) {
    made.text += "(" + plain(in_.in_parentheses()) + ")";
  } else if (is_sqlite && !word.starts_with("current_")) {
    made.is_expression = false;  // a word is a text there
  }
  return made;
}

void table_reader::primary_key() {
  made_.primary_key.clear();
  for (auto& each : parts()) {
    if (each.prefix > 0)
      made_.not_told.push_back("a primary key of the first characters of " + sql::quote_identifier(each.column));
    made_.primary_key.push_back(std::move(each.column));
  }
  while (!at_end_of_element()) {
    if (in_.is("CLUSTERED") || in_.is("NONCLUSTERED")) made_.clustered = in_.is("CLUSTERED");
    in_.skip();
  }
}

void table_reader::index_element(bool unique, std::string name) {
  if (in_.is("KEY") || in_.is("INDEX")) in_.next();
  index_definition made{.name = std::move(name), .unique = unique};
  if (!in_.is("(")) made.name = in_.name();
  made.parts = parts();
  while (!at_end_of_element()) {
    if (in_.is("INVISIBLE")) made_.not_told.push_back("INVISIBLE of the index " + sql::quote_identifier(made.name));
    in_.skip();
  }
  made_.indexes.push_back(std::move(made));
}

std::vector<index_part> table_reader::parts() {
  std::vector<index_part> all;
  in_.expect("(");
  do all.push_back(part());
  while (in_.take(","));
  in_.expect(")");
  return all;
}

index_part table_reader::part() {
  index_part made;
  const auto ends = [this](std::size_t ahead) {
    return in_.is_at(ahead, ",") || in_.is_at(ahead, ")") || in_.is_at(ahead, "COLLATE") || in_.is_at(ahead, "ASC") ||
           in_.is_at(ahead, "DESC") || in_.is_at(ahead, "AUTOINCREMENT");
  };
  if (of_ == sql::dialect::tidb) {
    if (in_.is("("))
      made.expression = plain(in_.in_parentheses());
    else
      made.column = in_.name();
    if (in_.is("(")) made.prefix = number_of<std::uint32_t>(in_.in_parentheses());
  } else if (in_.peek().kind != token_kind::sign && ends(1)) {
    made.column = in_.name();
  } else {
    made.expression = in_.source_while([&] { return !ends(0); });
    token_reader whole(made.expression, of_);
    if (whole.is("(")) {  // all of it in one parenthesis
      auto inner = whole.in_parentheses();
      if (whole.is_over()) made.expression = std::move(inner);
    }
    read_prefix(made);
  }
  if (in_.take("COLLATE")) made_.not_told.push_back("COLLATE " + in_.next().text + " of an index");
  made.descending = in_.take("DESC");
  in_.take("ASC");
  if (in_.take("AUTOINCREMENT"))
    for (auto& column : made_.columns)
      column.auto_increment = column.auto_increment || lower(column.name) == lower(made.column);
  return made;
}

/// What the embedded engine has for the first characters of a column.
void table_reader::read_prefix(index_part& part) {
  token_reader in(part.expression, sql::dialect::sqlite);
  if (!in.take("substr", "(") || in.peek().kind != token_kind::name) return;
  auto column = in.name();
  if (!in.take(",") || in.next().text != "1" || !in.take(",")) return;
  const auto prefix = number_of<std::uint32_t>(in.next().text);
  if (in.take(")") && in.is_over() && prefix > 0) part = {.column = std::move(column), .prefix = prefix};
}

void table_reader::foreign_key(std::string name, std::vector<std::string> columns) {
  in_.take("REFERENCES");
  foreign_key_definition made{.name = std::move(name), .columns = std::move(columns), .table = in_.name()};
  std::string elsewhere;
  if (in_.take(".")) elsewhere = std::exchange(made.table, in_.name());
  if (in_.is("(")) made.referenced = names();
  for (;;) {
    if (in_.take("ON", "DELETE"))
      made.on_delete = action();
    else if (in_.take("ON", "UPDATE"))
      made.on_update = action();
    else if (in_.is("MATCH") || in_.is("INITIALLY")) {
      in_.next();
      in_.next();
    } else if (!in_.take("NOT", "DEFERRABLE") && !in_.take("DEFERRABLE"))
      break;
  }
  if (made.referenced.empty() || !elsewhere.empty())
    made_.not_told.push_back("a foreign key to " + (elsewhere.empty() ? "" : elsewhere + ".") + made.table +
                             (made.referenced.empty() ? ", which names no columns" : ""));
  else
    made_.foreign_keys.push_back(std::move(made));
}

reference_action table_reader::action() {
  if (in_.take("CASCADE")) return reference_action::cascade;
  if (in_.take("RESTRICT")) return reference_action::restrict;
  if (in_.take("SET", "NULL")) return reference_action::set_null;
  if (in_.take("SET", "DEFAULT")) return reference_action::set_default;
  in_.take("NO", "ACTION");
  return reference_action::no_action;
}

std::vector<std::string> table_reader::names() {
  std::vector<std::string> all;
  in_.expect("(");
  do all.push_back(in_.name());
  while (in_.take(","));
  in_.expect(")");
  return all;
}

void table_reader::check(std::string name) {
  in_.expect("CHECK");
  auto condition = plain(in_.in_parentheses());
  if (in_.take("NOT", "ENFORCED")) made_.not_told.push_back("NOT ENFORCED of the check " + sql::quote_identifier(name));
  if (!name.starts_with("tidbxx:")) made_.checks.push_back({std::move(name), std::move(condition)});
}

/// One text, or several one after the other.
std::string table_reader::texts() {
  std::string text;
  while (in_.peek().kind == token_kind::text) text += in_.next().text;
  return text;
}

void table_reader::options(bool in_group) {
  while (!in_.is_over() && !in_.is(")") && (!in_group || in_.peek().group != 0)) {
    if (in_.is("ENGINE") || in_.is("AUTO_INCREMENT") || in_.is("AUTO_RANDOM_BASE") || in_.is("CHARSET")) {
      in_.next();
      in_.take("=");
      in_.next();
    } else if (in_.is("TTL_ENABLE") || in_.is("TTL_JOB_INTERVAL")) {
      const auto name = in_.next().text;
      in_.take("=");
      const auto value = in_.next().text;
      const bool is_usual = lower(value) == "on" || value == "24h" || value == "1h";
      if (!is_usual) made_.options.push_back(name + " = " + sql::quote_text(value, of_));
    } else if (in_.take("COLLATE")) {
      in_.take("=");
      made_.collation = in_.name();
    } else if (in_.take("COMMENT")) {
      in_.take("=");
      made_.comment = texts();
    } else if (in_.take("AUTO_ID_CACHE")) {
      in_.take("=");
      made_.auto_id_cache = number_of<std::uint32_t>(in_.next().text);
    } else if (in_.take("SHARD_ROW_ID_BITS")) {
      in_.take("=");
      made_.shard_row_id_bits = number_of<std::uint8_t>(in_.next().text);
    } else if (in_.take("CLUSTERED")) {
      made_.clustered = true;
    } else if (in_.take("NONCLUSTERED")) {
      made_.clustered = false;
    } else if (of_ == sql::dialect::sqlite && (in_.is("STRICT") || in_.is("WITHOUT"))) {
      made_.not_told.push_back(in_.take("STRICT") ? "STRICT" : "WITHOUT ROWID");
      while (!in_.is_over() && !in_.is(",")) in_.next();
    } else if (!in_.take("DEFAULT") && !in_.take(",") && !in_.take("TABLE")) {
      other_option();
    }
  }
}

/// A PARTITION BY to its end, all that stands in one `/*T! … */`, or a name with its value.
void table_reader::other_option() {
  const auto group = in_.peek().group;
  const bool is_whole = in_.is("PARTITION") || group != 0;
  std::size_t left = is_whole ? 0 : in_.is_at(1, "=") ? 3 : 2;
  made_.options.push_back(in_.source_while([&] { return in_.peek().group == group && (is_whole || left-- > 0); }));
}

/// The expression without the character sets that TiDB writes before texts.
std::string table_reader::plain(const std::string& sql) const {
  if (of_ != sql::dialect::tidb) return sql;
  std::string made;
  token_reader in(sql, of_);
  std::size_t kept = 0;
  while (!in.is_over()) {
    const auto here = in.next();
    if (here.kind != token_kind::word || !here.text.starts_with('_') || in.peek().kind != token_kind::text) continue;
    made += sql.substr(kept, here.begin - kept);
    kept = in.peek().begin;
  }
  return made + sql.substr(kept);
}

void table_reader::index(table_definition& to) {
  in_.expect("CREATE");
  index_definition made{.unique = in_.take("UNIQUE")};
  in_.expect("INDEX");
  in_.take("IF", "NOT", "EXISTS");
  made.name = in_.name();
  if (in_.take(".")) made.name = in_.name();
  if (made.name.starts_with(to.name + ".")) made.name.erase(0, to.name.size() + 1);
  in_.expect("ON");
  in_.name();
  made.parts = parts();
  if (in_.is("WHERE"))
    made_.not_told.push_back("the index " + sql::quote_identifier(made.name) + " " +
                             in_.source_while([] { return true; }));
  else
    to.indexes.push_back(std::move(made));
  std::ranges::move(made_.not_told, std::back_inserter(to.not_told));
}

}  // namespace

table_definition read_table(std::string_view create, sql::dialect of) { return table_reader(create, of).table(); }

void read_index(std::string_view create, sql::dialect of, table_definition& to) { table_reader(create, of).index(to); }

}  // namespace tidb::detail
