// How a statement becomes text: one printer for both dialects, which override what they say otherwise.
#pragma once

#include "tidbxx/sql/printer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::sql {

/// Whether it is a value alone, which orders nothing, and which TiDB takes for a column's place in ORDER BY.
bool is_constant(const node& item);

class statement_printer {
public:
  statement_printer() = default;
  statement_printer(const statement_printer&) = delete;
  statement_printer& operator=(const statement_printer&) = delete;
  virtual ~statement_printer() = default;

  printed take() && { return std::move(out_); }
  /// Values are part of the text from now on.
  void put_values() { puts_values_ = true; }

  void statement(const select& from);
  void statement(const insert& into);
  void statement(const update& of);
  void statement(const erase& from);

protected:
  void put(std::string_view text) { out_.text += text; }
  void name(std::string_view identifier) { put(quote_identifier(identifier)); }
  /// In parentheses if it is an operator itself.
  void operand(const node& item) { print(item, true); }
  void whole(const node& item) { print(item, false); }
  void list(node_range items);
  void infix(const node& item, std::string_view sign);
  /// A `?` whose value is the statement's own.
  void constant_slot(const value_view& item);
  void nested(const select& query);
  void call(std::string_view function, node_range arguments);

  // What dialects say differently.
  virtual dialect spoken() const = 0;
  virtual void literal(const node& item);
  /// Whether it would give on the collation of an argument.
  virtual bool ends_collation(const node& /*item*/) const { return false; }
  virtual void like(const node& item) = 0;
  virtual void divide(const node& item) = 0;
  virtual void concat(const node& item) = 0;
  virtual void exact(const node& item) = 0;  ///< add, subtract, multiply or an aggregate
  virtual void cast(const node& item) = 0;
  virtual void null_safe_equal(const node& item) = 0;
  virtual void quantified(const node& item) = 0;  ///< a comparison with any_of or all_of
  virtual void rows_of_in(node_range rows) = 0;
  virtual void function(const node& item) { call(item.name(), item.arguments()); }
  virtual std::string_view name_of(op kind) const = 0;  ///< of round_real, decimal_sum, decimal_avg
  virtual void date_add(const node& item) = 0;
  virtual void group_concat(const node& item) = 0;
  virtual std::string_view no_limit() const = 0;
  virtual void lock(const row_lock& how) = 0;
  virtual void hints(std::span<const std::string> hints) = 0;
  virtual void as_of(std::string_view time) = 0;
  virtual void conflict(const insert& into) = 0;
  virtual void inserted(std::string_view column) = 0;
  virtual void statement_with_joins(const update& of) = 0;
  virtual void statement_with_joins(const erase& from) = 0;

  void assignments(std::span<const assignment> set, std::string_view table = {});
  void condition(std::string_view before, const expression& what);
  void source(std::string_view table, std::string_view alias);
  void sources(std::string_view table, std::span<const join> joins);
  void print_joins(std::span<const join> joins);
  /// What `print_it` prints is in a query inside of the one around it.
  template <class Print>
  void inside(Print&& print_it) {
    ++depth_;
    print_it();
    --depth_;
  }
  static std::string_view sign_of(op kind);
  /// The operation without what it needs around it.
  void print_operator(const node& item);

private:
  /// For as long as an inner part is printed. Errors: usage_error where a statement goes too deep for the stack.
  class deeper {
  public:
    deeper(std::size_t& levels, std::size_t by);
    deeper(const deeper&) = delete;
    deeper& operator=(const deeper&) = delete;
    ~deeper() { levels_ -= by_; }

  private:
    std::size_t& levels_;
    std::size_t by_;
  };

  void slot_for(slot made);
  void print(const node& item, bool nested);
  void column(const node& item);
  void chain(std::span<const node* const> items, std::string_view sign);
  void joined(node_range items, std::string_view sign);
  void membership(const node& item);
  void between(const node& item, std::string_view sign);
  void cases(const node& item);
  void window(const node& item);
  void term(const node& item);
  void null_place(const node& term);
  void raw(const node& item);

  void query(const select& from);
  void with(const select& from);
  void body(const select& from);
  void sources(const select& from);
  void group(node_range items, node_range columns);
  void order(const expression& terms, node_range columns, bool by_place = false);
  void page(const expression& limit, const expression& offset);

  printed out_;
  bool puts_values_{};
  std::string_view bare_;  ///< the only table of the statement: its columns need no table's name
  bool labels_{};          ///< in ORDER BY a plain name means a label before it means a column
  bool united_{};          ///< in the ORDER BY of several queries together only a column's name is known
  std::size_t depth_{};    ///< queries around this one
  std::size_t levels_{};   ///< of everything around this part
};

}  // namespace tidb::sql
