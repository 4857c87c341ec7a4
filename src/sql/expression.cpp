#include "tidbxx/sql/expression.hpp"

#include <utility>

namespace tidb::sql {

expression column(std::string table, std::string name) {
  return {.kind = op::column, .table = std::move(table), .name = std::move(name)};
}

expression literal(const value_view& item) { return {.kind = op::literal, .literal = value(item)}; }

expression parameter(std::size_t index) { return {.kind = op::parameter, .index = index}; }

expression label(expression inner, std::string name) {
  expression made = unary(op::label, std::move(inner));
  made.name = std::move(name);
  return made;
}

expression function(std::string name, std::vector<expression> arguments) {
  return {.kind = op::function, .name = std::move(name), .arguments = std::move(arguments)};
}

expression unary(op kind, expression inner) {
  expression made{.kind = kind};
  made.arguments.push_back(std::move(inner));
  return made;
}

expression binary(op kind, expression left, expression right) {
  if ((kind == op::logical_and || kind == op::logical_or) && left.kind == kind) {  // a long chain stays flat
    left.arguments.push_back(std::move(right));
    return left;
  }
  expression made{.kind = kind};
  made.arguments.reserve(2);
  made.arguments.push_back(std::move(left));
  made.arguments.push_back(std::move(right));
  return made;
}

expression both(expression left, expression right) {
  if (!left) return right;
  if (!right) return left;
  return binary(op::logical_and, std::move(left), std::move(right));
}

}  // namespace tidb::sql
