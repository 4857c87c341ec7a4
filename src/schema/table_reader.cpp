#include "schema/table_reader.hpp"

#include "core/text.hpp"
#include "schema/sql_tokens.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tidb::detail {

namespace {

struct named_kind {
  std::string_view name;
  type_kind kind;
};

constexpr std::array kinds = {
    named_kind{"bool", type_kind::boolean},
    named_kind{"boolean", type_kind::boolean},
    named_kind{"tinyint", type_kind::tinyint},
    named_kind{"smallint", type_kind::smallint},
    named_kind{"mediumint", type_kind::integer},
    named_kind{"int", type_kind::integer},
    named_kind{"integer", type_kind::integer},
    named_kind{"bigint", type_kind::bigint},
    named_kind{"float", type_kind::float32},
    named_kind{"real", type_kind::float64},
    named_kind{"double", type_kind::float64},
    named_kind{"decimal", type_kind::decimal},
    named_kind{"decimal_text", type_kind::decimal},
    named_kind{"numeric", type_kind::decimal},
    named_kind{"char", type_kind::char_},
    named_kind{"varchar", type_kind::varchar},
    named_kind{"tinytext", type_kind::tinytext},
    named_kind{"text", type_kind::text},
    named_kind{"mediumtext", type_kind::mediumtext},
    named_kind{"longtext", type_kind::longtext},
    named_kind{"binary", type_kind::binary},
    named_kind{"varbinary", type_kind::varbinary},
    named_kind{"tinyblob", type_kind::tinyblob},
    named_kind{"blob", type_kind::blob},
    named_kind{"mediumblob", type_kind::mediumblob},
    named_kind{"longblob", type_kind::longblob},
    named_kind{"datetime", type_kind::datetime},
    named_kind{"timestamp", type_kind::timestamp},
    named_kind{"date", type_kind::date},
    named_kind{"time", type_kind::time},
    named_kind{"year", type_kind::year},
    named_kind{"bit", type_kind::bit},
    named_kind{"enum", type_kind::enumeration},
    named_kind{"enum_integer", type_kind::enumeration},
    named_kind{"set", type_kind::set},
    named_kind{"set_integer", type_kind::set},
    named_kind{"json", type_kind::json},
    named_kind{"json_text", type_kind::json},
    named_kind{"vector", type_kind::vector},
};

const named_kind* kind_named(std::string_view name) {
  const auto small = lower(name);
  const auto* found = std::ranges::find(kinds, small, &named_kind::name);
  return found == kinds.end() ? nullptr : found;
}

template <class Number>
Number number_of(std::string_view digits) {
  Number made{};
  std::from_chars(digits.data(), digits.data() + digits.size(), made);
  return made;
}

/// Reads one statement.
class table_reader {
public:
  table_reader(std::string_view create, sql::dialect of) : in_(create, of), of_(of) {}

  table_definition table();
  index_definition index(std::string_view table);

private:
  void element();
  void column();
  void type(column_definition& into);
  void attribute(column_definition& into);
  column_default value(const column_definition& of);
  std::string labels(const column_definition& of);
  void primary_key();
  void index_element(bool unique);
  std::vector<index_part> parts();
  index_part part();
  static void read_prefix(index_part& part);
  void foreign_key(std::string name, std::vector<std::string> columns);
  reference_action action();
  std::vector<std::string> names();
  void options();
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
  while (!in_.is("TABLE") && !in_.is_over()) in_.next();
  in_.expect("TABLE");
  in_.take("IF", "NOT", "EXISTS");
  made_.name = in_.name();
  if (in_.take(".")) made_.name = in_.name();
  in_.expect("(");
  do element();
  while (in_.take(","));
  if (is_of_table()) options();
  in_.expect(")");
  options();
  fold_implied_indexes();
  return std::move(made_);
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
  if (in_.take("UNIQUE")) return index_element(true);
  if (in_.peek().kind == token_kind::word && (in_.is("KEY") || in_.is("INDEX"))) return index_element(false);
  if (in_.take("FOREIGN", "KEY")) {
    auto columns = names();
    return foreign_key(std::move(name), std::move(columns));
  }
  if (in_.is("CHECK") && in_.is_at(1, "(")) return check(std::move(name));
  if (in_.is("FULLTEXT") || (in_.is("VECTOR") && (in_.is_at(1, "INDEX") || in_.is_at(1, "KEY")))) {
    while (!at_end_of_element()) in_.skip();  // the server's own search indexes are no part of a definition
    return;
  }
  column();
}

void table_reader::column() {
  column_definition made{.name = in_.name(), .nullable = true};
  type(made);
  while (!at_end_of_element()) attribute(made);
  made_.columns.push_back(std::move(made));
}

void table_reader::type(column_definition& into) {
  const auto* found = in_.peek().kind == token_kind::word ? kind_named(in_.peek().text) : nullptr;
  if (found == nullptr) {  // SQLite takes any words for a type, and none
    into.type = {of_ == sql::dialect::sqlite ? type_kind::longblob : type_kind::text};
    while (in_.peek().kind == token_kind::word && !in_.is("NOT") && !in_.is("NULL") && !in_.is("DEFAULT") &&
           !in_.is("PRIMARY") && !in_.is("UNIQUE") && !in_.is("CHECK") && !in_.is("REFERENCES") && !in_.is("COLLATE") &&
           !in_.is("CONSTRAINT") && !in_.is("GENERATED") && !in_.is("AS"))
      in_.next();
    if (in_.is("(")) (void)in_.in_parentheses();
    return;
  }
  const bool is_row_number = of_ == sql::dialect::sqlite && in_.is("INTEGER");
  in_.next();
  into.type = {is_row_number ? type_kind::bigint : found->kind};
  into.labels.clear();
  std::vector<std::string> arguments;
  if (in_.take("(")) {
    do {
      auto argument = in_.next();
      if (argument.kind == token_kind::text) {
        while (in_.peek().kind == token_kind::text) argument.text += in_.next().text;
        into.labels.push_back(argument.text);
      } else {
        arguments.push_back(argument.text);
      }
    } while (in_.take(","));
    in_.expect(")");
  }
  const auto number = [&](std::size_t place) {
    return place < arguments.size() ? number_of<std::uint32_t>(arguments[place]) : 0;
  };
  switch (into.type.kind) {
  case type_kind::tinyint:
    if (number(0) == 1) into.type.kind = type_kind::boolean;
    break;
  case type_kind::decimal:
    into.type.length = arguments.empty() ? 10 : number(0);
    into.type.scale = static_cast<std::uint8_t>(number(1));
    break;
  case type_kind::datetime:
  case type_kind::timestamp:
  case type_kind::time: into.type.scale = static_cast<std::uint8_t>(number(0)); break;
  case type_kind::char_:
  case type_kind::binary:
  case type_kind::bit: into.type.length = arguments.empty() ? 1 : number(0); break;
  case type_kind::varchar:
  case type_kind::varbinary:
  case type_kind::vector: into.type.length = number(0); break;
  default: break;
  }
  while (in_.is("UNSIGNED") || in_.is("SIGNED") || in_.is("ZEROFILL") || in_.is("PRECISION")) {
    into.type.is_unsigned = into.type.is_unsigned || in_.is("UNSIGNED");
    in_.next();
  }
  // what the embedded engine's file calls it otherwise
  if (of_ == sql::dialect::sqlite && in_.peek().group != 0 && kind_named(in_.peek().text) != nullptr) type(into);
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
    into.auto_random = in_.is("(") ? number_of<std::uint8_t>(in_.in_parentheses()) : 5;
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
    if (!lower(name).starts_with("tidbxx_")) into.collation = std::move(name);
  } else if (in_.is("GENERATED") || (in_.is("AS") && in_.is_at(1, "("))) {
    in_.take("GENERATED", "ALWAYS");
    in_.expect("AS");
    into.generated = in_.in_parentheses();
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
  if (first.kind == token_kind::text) return {texts(), false};
  if (first.kind == token_kind::number) return {of.labels.empty() ? in_.next().text : labels(of), false};
  if (in_.is("-") || in_.is("+")) {
    const bool minus = in_.next().text == "-";
    return {(minus ? "-" : "") + in_.next().text, false};
  }
  if (in_.is("TRUE") || in_.is("FALSE")) return {lower(in_.next().text) == "true" ? "1" : "0", false};
  if (in_.is("(")) {
    column_default made{in_.in_parentheses(), true};
    // the embedded engine's own form of the current time stands before what TiDB calls it
    if (in_.peek().group != 0 && in_.take("DEFAULT")) return value(of);
    return made;
  }
  column_default made{in_.next().text, true};
  if (in_.peek().kind == token_kind::text) made.text += "'" + in_.next().text + "'";  // b'101'
  if (in_.is("(")) made.text += "(" + in_.in_parentheses() + ")";
  return made;
}

void table_reader::primary_key() {
  made_.primary_key.clear();
  for (auto& each : parts()) made_.primary_key.push_back(std::move(each.column));
  for (auto& column : made_.columns)
    if (std::ranges::find(made_.primary_key, column.name) != made_.primary_key.end()) column.nullable = false;
  while (!at_end_of_element()) {
    if (in_.is("CLUSTERED") || in_.is("NONCLUSTERED")) made_.clustered = in_.is("CLUSTERED");
    in_.skip();
  }
}

void table_reader::index_element(bool unique) {
  if (in_.is("KEY") || in_.is("INDEX")) in_.next();
  index_definition made{.unique = unique};
  if (!in_.is("(")) made.name = in_.name();
  made.parts = parts();
  while (!at_end_of_element()) in_.skip();
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
  if (in_.is("(")) {
    made.expression = in_.in_parentheses();
    if (of_ == sql::dialect::sqlite) read_prefix(made);
  } else {
    made.column = in_.name();
  }
  if (in_.is("(")) made.prefix = number_of<std::uint32_t>(in_.in_parentheses());
  if (in_.take("COLLATE")) in_.next();
  made.descending = in_.take("DESC");
  in_.take("ASC");
  return made;
}

/// What the embedded engine has for the first characters of a column.
void table_reader::read_prefix(index_part& part) {
  token_reader in(part.expression, sql::dialect::sqlite);
  if (!in.take("substr", "(") || in.peek().kind != token_kind::name) return;
  auto column = in.name();
  if (!in.take(",") || in.next().text != "1" || !in.take(",")) return;
  part = {.column = std::move(column), .prefix = number_of<std::uint32_t>(in.next().text)};
}

void table_reader::foreign_key(std::string name, std::vector<std::string> columns) {
  in_.take("REFERENCES");
  foreign_key_definition made{.name = std::move(name), .columns = std::move(columns), .table = in_.name()};
  if (in_.take(".")) made.table = in_.name();
  if (in_.is("(")) made.referenced = names();
  while (in_.is("ON") || in_.is("MATCH") || in_.is("DEFERRABLE") || in_.is("INITIALLY")) {
    if (in_.take("ON", "DELETE"))
      made.on_delete = action();
    else if (in_.take("ON", "UPDATE"))
      made.on_update = action();
    else {
      in_.next();
      in_.next();
    }
  }
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
  auto condition = in_.in_parentheses();
  if (!name.starts_with("tidbxx:")) made_.checks.push_back({std::move(name), std::move(condition)});
}

/// One text, or several one after the other.
std::string table_reader::texts() {
  std::string text;
  while (in_.peek().kind == token_kind::text) text += in_.next().text;
  return text;
}

void table_reader::options() {
  while (!in_.is_over() && !in_.is(")")) {
    if (in_.is("ENGINE") || in_.is("AUTO_INCREMENT") || in_.is("AUTO_RANDOM_BASE") || in_.is("CHARSET") ||
        in_.is("TTL_ENABLE") || in_.is("TTL_JOB_INTERVAL")) {
      in_.next();
      in_.take("=");
      in_.next();
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
    } else if (!in_.take("DEFAULT") && !in_.take(",") && !in_.take("TABLE")) {
      other_option();
    }
  }
}

/// All that stands in one `/*T! … */`, or a PARTITION BY.
void table_reader::other_option() {
  const auto group = in_.peek().group;
  std::string text;
  while (!in_.is_over() && in_.peek().group == group && !(group == 0 && in_.is(","))) {
    if (!text.empty()) text += ' ';
    text += in_.source_of_next();
  }
  made_.options.push_back(std::move(text));
}

index_definition table_reader::index(std::string_view table) {
  index_definition made;
  in_.expect("CREATE");
  made.unique = in_.take("UNIQUE");
  in_.expect("INDEX");
  in_.take("IF", "NOT", "EXISTS");
  made.name = in_.name();
  if (in_.take(".")) made.name = in_.name();
  if (made.name.starts_with(std::string(table) + ".")) made.name.erase(0, table.size() + 1);
  in_.expect("ON");
  in_.name();
  made.parts = parts();
  return made;
}

}  // namespace

table_definition read_table(std::string_view create, sql::dialect of) { return table_reader(create, of).table(); }

index_definition read_index(std::string_view create, std::string_view table) {
  return table_reader(create, sql::dialect::sqlite).index(table);
}

}  // namespace tidb::detail
