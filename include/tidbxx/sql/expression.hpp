// SQL expressions as plain values.
#pragma once

#include "tidbxx/core/value.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace tidb::sql {

struct select;

enum class op : std::uint8_t {
  none,       ///< no expression
  column,     ///< `table`.`name`; an unqualified one has an empty table
  literal,    ///< `literal`, sent as a parameter
  constant,   ///< the text `name` as part of the statement: where no parameter can stand
  parameter,  ///< the prepared statement's argument number `index`; `comparison` tells what it is compared with
  label,      ///< its one argument, called `name`
  function,   ///< `name`(arguments)
  star,       ///< `*`, as in COUNT(*)
  row,        ///< its arguments in parentheses
  raw,        ///< `name` is SQL, each `?` in it one of the arguments
  query,      ///< `query` as a value, or as the rows that IN, any and all look through
  exists,     ///< whether `query` has a row
  any_of,
  all_of,  ///< the rows of `query`, as the right side of a comparison
  equal,
  not_equal,
  null_safe_equal,  ///< NULL equals NULL
  less,
  less_equal,
  greater,
  greater_equal,
  like,
  not_like,  ///< case-sensitive; a third argument escapes, else a backslash
  regexp,
  not_regexp,
  in,
  not_in,  ///< the first argument in the others
  between,
  not_between,
  is_null,
  is_not_null,
  logical_and,
  logical_or,
  logical_not,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  negate,
  exact,       ///< a sum, difference, product, aggregate or function of decimals
  concat,      ///< texts, one after the other
  case_when,   ///< condition and result by turns; what is left over is the result of no condition
  cast,        ///< to the cast_type `index`
  date_add,    ///< to its first argument its second, in units `name`
  round_real,  ///< of a double, to as many digits as a second argument says
  inserted,    ///< in what an upsert sets: what the row would have had in the column `name`
  decimal_sum,
  decimal_avg,
  group_concat,  ///< its first argument, in the order of the others; `name` is between two
  distinct,      ///< of an aggregate: each of its argument's values once
  ascending,
  descending,  ///< terms of an order, in which NULL has the place `index`; `comparison` tells what they are
  over         ///< a window function, the row of its partition, the row of its order; `name` is its frame
};

/// Where NULL comes in an order; by default before all, in a descending one behind all.
enum class null_order : std::uint8_t { by_default, first, last };

/// What CAST makes, by TiDB's names.
enum class cast_type : std::uint8_t { signed_integer, unsigned_integer, real, text, bytes, date, datetime, time, json };

class node_range;

/// One operation. Its arguments stand behind it, each with those of its own.
/// Lifetime: what it points to lives as long as its expression.
struct node {
  struct texts {
    const char* name;
    const char* table;
    std::uint32_t name_size;
    std::uint32_t table_size;
  };
  /// A short text or other bytes, in the node itself.
  struct bytes {
    value_kind kind;
    std::uint8_t size;
    char data[22];
  };

  node() noexcept : words{} {}
  explicit node(op of, bool lasts = true) noexcept : kind(of), lasting(lasts), words{} {}

  op kind{op::none};
  bool lasting{true};     ///< what it has lasts as long as the program, so where that is tells whether it is the same
  bool is_short{};        ///< a literal in `inside`
  std::uint32_t count{};  ///< arguments
  std::uint32_t size{1};  ///< nodes: itself, its arguments and theirs
  union {
    std::uint64_t words[3];  ///< the first is an index; all three tell whether two lasting nodes are the same
    value_view value;
    bytes inside;
    texts text;
    const select* query;
  };

  std::size_t index() const noexcept { return words[0]; }
  std::size_t comparison() const noexcept { return words[1]; }
  std::string_view name() const noexcept { return {text.name, text.name_size}; }
  std::string_view table() const noexcept { return {text.table, text.table_size}; }
  /// Lifetime: of this node.
  value_view literal() const noexcept {
    return is_short ? value_view::bytes(inside.kind, inside.data, inside.size) : value;
  }
  node_range arguments() const noexcept;
  const node& operator[](std::size_t argument) const noexcept;
};

/// The arguments of a node from one on.
class node_range {
public:
  class iterator {
  public:
    explicit iterator(const node* at) noexcept : at_(at) {}
    const node& operator*() const noexcept { return *at_; }
    iterator& operator++() noexcept {
      at_ += at_->size;
      return *this;
    }
    friend bool operator==(const iterator&, const iterator&) = default;

  private:
    const node* at_;
  };

  node_range(const node* first, std::size_t count, const node* end) noexcept
      : first_(first), end_(end), count_(count) {}
  iterator begin() const noexcept { return iterator(first_); }
  iterator end() const noexcept { return iterator(end_); }
  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  const node& front() const noexcept { return *first_; }
  node_range first(std::size_t count) const noexcept;
  /// Without the first `count`.
  node_range without(std::size_t count) const noexcept;

private:
  const node* first_;
  const node* end_;
  std::size_t count_;
};

inline node_range node::arguments() const noexcept { return {this + 1, count, this + size}; }
inline const node& node::operator[](std::size_t argument) const noexcept {
  const node* at = this + 1;
  for (; argument > 0; --argument) at += at->size;
  return *at;
}

/// A name that lives as long as the program, such as a mapping's.
struct lasting {
  std::string_view text{};
};

/// An operation with its arguments: nodes in a row, the operation first. A small one needs no memory of its own.
class expression {
public:
  explicit expression(op kind = op::none) noexcept {
    if (kind != op::none) push(kind);
  }
  /// One with an index, a text or a query of its own.
  expression(op kind, std::size_t index, std::size_t comparison = 0) noexcept;
  expression(op kind, std::string_view text);
  expression(op kind, lasting text) noexcept;
  expression(op kind, std::shared_ptr<const select> query);
  /// One that shares the nodes of another, which must last as long as the program and keep nothing.
  static expression sharing(const expression& lasting) noexcept;
  /// A literal.
  explicit expression(const value_view& item);
  /// A column.
  expression(std::string_view table, std::string_view name);
  expression(lasting table, lasting name) noexcept;
  expression(const expression& other);
  expression(expression&& other) noexcept;
  expression& operator=(const expression& other);
  expression& operator=(expression&& other) noexcept;
  ~expression() { release(); }

  explicit operator bool() const noexcept { return size_ != 0; }
  /// Its nodes are those of one that lasts.
  bool is_shared() const noexcept { return capacity_ == 0; }
  op kind() const noexcept { return size_ == 0 ? op::none : nodes_->kind; }
  /// The operation. Note: there must be one.
  const node& root() const noexcept { return *nodes_; }
  /// None of no operation.
  node_range arguments() const noexcept { return size_ == 0 ? node_range(nodes_, 0, nodes_) : root().arguments(); }

  /// A further argument. Errors: usage_error for one of no operation.
  expression& add(const expression& argument) &;
  expression& add(expression&& argument) &;
  expression&& add(const expression& argument) && { return std::move(add(argument)); }
  expression&& add(expression&& argument) && { return std::move(add(std::move(argument))); }
  expression& add_column(lasting table, lasting name);
  expression& add_literal(const value_view& item);
  /// Becomes `this kind right`; a long chain of AND or OR stays flat. Errors: usage_error if either is no operation.
  void join(op kind, const expression& right);
  /// One of its nodes with what belongs to it.
  expression part(const node& of) const;
  /// One of its nodes without its arguments.
  expression head(const node& of) const;
  /// Its nodes point to what they keep alive themselves: texts of a program's, queries.
  bool keeps() const noexcept { return !kept_.empty(); }

private:
  static constexpr std::size_t small = 3;

  /// One more node, to be filled where it is: to copy what was just written in parts makes a processor wait.
  node& push(op kind, bool lasts = true) {
    if (size_ >= capacity_) grow(1);
    return *std::construct_at(nodes_ + size_++, kind, lasts);
  }
  node& push_argument(op kind, bool lasts = true) {
    node& made = push(kind, lasts);
    ++nodes_->count;
    ++nodes_->size;
    return made;
  }
  void grow(std::size_t by);
  void append(const expression& argument);
  void set_literal(node& made, const value_view& item);
  void take(expression& other) noexcept;
  void release() noexcept {
    if (nodes_ != room_ && capacity_ != 0) free_nodes();
  }
  void free_nodes() noexcept;
  std::string_view keep(std::string_view text);

  union {
    std::byte empty_{};
    node room_[small];
  };
  node* nodes_{room_};
  std::uint32_t size_{};
  std::uint32_t capacity_{small};                    ///< 0: the nodes are another's
  std::vector<std::shared_ptr<const void>> kept_{};  ///< what the nodes point to
};

expression column(std::string_view table, std::string_view name);
expression column(lasting table, lasting name);
expression literal(const value_view& item);
expression parameter(std::size_t index);
expression label(const expression& inner, std::string_view name);
expression function(std::string_view name, const std::vector<expression>& arguments);
expression function(lasting name, const std::vector<expression>& arguments);
/// The same, of a name that a program may have from elsewhere.
/// Errors: usage_error unless it is letters, digits and underscores.
expression named_function(std::string_view name, const std::vector<expression>& arguments);
/// SQL as it is. Errors, when printed: usage_error if it has not one `?` for each argument.
expression raw(std::string_view sql, const std::vector<expression>& arguments);
expression unary(op kind, const expression& inner);
/// One term of ORDER BY.
expression order_term(const expression& by, bool descending = false, null_order nulls = null_order::by_default,
                      std::size_t comparison = 0);
/// A long chain of AND or OR stays flat.
expression binary(op kind, expression left, const expression& right);
expression cast(const expression& inner, cast_type to);
/// Of a kind that looks at a query.
expression of_query(op kind, std::shared_ptr<const select> query);
/// Both, or the one that is there.
expression both(expression left, expression right);
/// The same, in place. Errors: usage_error for a condition of no operation, which would choose every row.
void add_condition(expression& to, expression&& condition);

}  // namespace tidb::sql
