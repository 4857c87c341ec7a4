#include "tidbxx/sql/expression.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace tidb::sql {

expression::expression(op of_kind) noexcept : kind(of_kind) {}
expression::expression(const expression&) = default;
expression::expression(expression&&) noexcept = default;
expression& expression::operator=(const expression&) = default;
expression& expression::operator=(expression&&) noexcept = default;
expression::~expression() = default;

expression column(std::string table, std::string name) {
  expression made(op::column);
  made.table = std::move(table);
  made.name = std::move(name);
  return made;
}

expression literal(const value_view& item) {
  expression made(op::literal);
  made.literal = value(item);
  return made;
}

expression parameter(std::size_t index) {
  expression made(op::parameter);
  made.index = index;
  return made;
}

expression label(expression inner, std::string name) {
  expression made = unary(op::label, std::move(inner));
  made.name = std::move(name);
  return made;
}

expression function(std::string name, std::vector<expression> arguments) {
  expression made(op::function);
  made.name = std::move(name);
  made.arguments = std::move(arguments);
  return made;
}

expression named_function(std::string name, std::vector<expression> arguments) {
  const auto is_name_letter = [](unsigned char letter) { return std::isalnum(letter) != 0 || letter == '_'; };
  if (name.empty() || name.size() > 64 || !std::ranges::all_of(name, is_name_letter))
    throw_usage("\"" + name + "\" is no function's name: it has letters, digits and underscores");
  return function(std::move(name), std::move(arguments));
}

expression raw(std::string sql, std::vector<expression> arguments) {
  expression made(op::raw);
  made.name = std::move(sql);
  made.arguments = std::move(arguments);
  return made;
}

expression unary(op kind, expression inner) {
  expression made(kind);
  made.arguments.push_back(std::move(inner));
  return made;
}

expression binary(op kind, expression left, expression right) {
  if ((kind == op::logical_and || kind == op::logical_or) && left.kind == kind) {  // a long chain stays flat
    left.arguments.push_back(std::move(right));
    return left;
  }
  expression made(kind);
  made.arguments.reserve(2);
  made.arguments.push_back(std::move(left));
  made.arguments.push_back(std::move(right));
  return made;
}

expression cast(expression inner, cast_type to) {
  auto made = unary(op::cast, std::move(inner));
  made.index = static_cast<std::size_t>(to);
  return made;
}

expression of_query(op kind, std::shared_ptr<const select> query) {
  expression made(kind);
  made.query = std::move(query);
  return made;
}

expression both(expression left, expression right) {
  if (!left) return right;
  if (!right) return left;
  return binary(op::logical_and, std::move(left), std::move(right));
}

}  // namespace tidb::sql
