#include "tidbxx/sql/expression.hpp"

#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/statement.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string>
#include <utility>

namespace tidb::sql {

namespace {

void set_text(node& made, std::string_view text) noexcept {
  made.text = {text.data(), nullptr, static_cast<std::uint32_t>(text.size()), 0};
}

void set_column(node& made, std::string_view table, std::string_view name) noexcept {
  made.text = {name.data(), table.data(), static_cast<std::uint32_t>(name.size()),
               static_cast<std::uint32_t>(table.size())};
}

void copy_nodes(const node* from, std::size_t count, node* to) noexcept {
  static_assert(std::is_trivially_copyable_v<node>);
  std::memcpy(static_cast<void*>(to), from, count * sizeof(node));
}

[[noreturn]] void refuse_nothing() {
  throw_usage("a condition or value of a statement was moved from: copy it where it is needed again");
}

const node* behind(const node* at, std::size_t count) noexcept {
  for (; count > 0; --count) at += at->size;
  return at;
}

}  // namespace

node_range node_range::first(std::size_t count) const noexcept { return {first_, count, behind(first_, count)}; }

node_range node_range::without(std::size_t count) const noexcept {
  return {behind(first_, count), count_ - count, end_};
}

expression::expression(op kind, std::size_t index, std::size_t comparison) noexcept : expression(kind) {
  nodes_->words[0] = index;
  nodes_->words[1] = comparison;
}

expression::expression(op kind, std::string_view text) { set_text(push(kind, false), keep(text)); }

expression::expression(op kind, lasting text) noexcept { set_text(push(kind), text.text); }

expression::expression(op kind, std::shared_ptr<const select> query) : expression(kind) {
  nodes_->lasting = false;
  nodes_->query = query.get();
  kept_.push_back(std::move(query));
}

expression::expression(const value_view& item) { set_literal(push(op::literal, false), item); }

expression::expression(std::string_view table, std::string_view name) {
  const auto kept_table = keep(table);
  const auto kept_name = keep(name);
  set_column(push(op::column, false), kept_table, kept_name);
}

expression::expression(lasting table, lasting name) noexcept { set_column(push(op::column), table.text, name.text); }

expression expression::sharing(const expression& lasting) noexcept {
  expression made;
  made.nodes_ = lasting.nodes_;
  made.size_ = lasting.size_;
  made.capacity_ = 0;
  return made;
}

expression::expression(const expression& other) : expression() {
  if (other.capacity_ == 0) {
    nodes_ = other.nodes_;
    capacity_ = 0;
  } else if (other.size_ <= small) {
    copy_nodes(other.nodes_, other.size_, room_);
  } else {
    grow(other.size_);
    copy_nodes(other.nodes_, other.size_, nodes_);
  }
  size_ = other.size_;
  if (other.keeps()) kept_ = other.kept_;  // most keep nothing
}

expression::expression(expression&& other) noexcept { take(other); }

expression& expression::operator=(const expression& other) {
  if (this != &other) *this = expression(other);
  return *this;
}

expression& expression::operator=(expression&& other) noexcept {
  if (this != &other) {
    release();
    take(other);
  }
  return *this;
}

/// Expects to have nothing to release.
void expression::take(expression& other) noexcept {
  if (other.nodes_ == other.room_) {
    nodes_ = room_;
    capacity_ = small;
    std::memcpy(static_cast<void*>(room_), other.room_, sizeof room_);  // at once: cheaper than to count
  } else {
    nodes_ = std::exchange(other.nodes_, other.room_);
    capacity_ = std::exchange(other.capacity_, small);
  }
  size_ = std::exchange(other.size_, 0);
  kept_ = std::move(other.kept_);
}

void expression::free_nodes() noexcept { std::allocator<node>().deallocate(nodes_, capacity_); }

void expression::grow(std::size_t by) {
  const auto capacity = std::max({std::size_t{24}, std::size_t{2} * capacity_, size_ + by});
  node* larger = std::allocator<node>().allocate(capacity);
  copy_nodes(nodes_, size_, larger);
  release();
  nodes_ = larger;
  capacity_ = static_cast<std::uint32_t>(capacity);
}

std::string_view expression::keep(std::string_view text) {
  if (text.empty()) return "";  // a place, for a value without one would be NULL
  const std::shared_ptr<char[]> copy(new char[text.size()]);
  std::memcpy(copy.get(), text.data(), text.size());
  kept_.push_back(copy);
  return {copy.get(), text.size()};
}

void expression::set_literal(node& made, const value_view& item) {
  if (!item.has_bytes()) {
    made.value.kind = item.kind;
    made.value.unsigned_integer = item.unsigned_integer;
    made.value.size = 0;
  } else if (item.size <= sizeof made.inside.data && item.kind != value_kind::vector) {
    made.is_short = true;
    made.inside.kind = item.kind;
    made.inside.size = static_cast<std::uint8_t>(item.size);
    if (item.size > 0) std::memcpy(made.inside.data, item.data, item.size);
  } else {
    made.value = value_view::bytes(item.kind, keep(item.text()).data(), item.size);
  }
}

void expression::append(const expression& argument) {
  if (!argument) refuse_nothing();
  if (size_ + argument.size_ > capacity_) grow(argument.size_);
  copy_nodes(argument.nodes_, argument.size_, nodes_ + size_);
  size_ += argument.size_;
  ++nodes_->count;
  nodes_->size += argument.size_;
}

expression& expression::add(const expression& argument) & {
  append(argument);
  if (argument.keeps()) kept_.insert(kept_.end(), argument.kept_.begin(), argument.kept_.end());
  return *this;
}

expression& expression::add(expression&& argument) & {
  append(argument);
  if (kept_.empty())
    kept_.swap(argument.kept_);
  else if (argument.keeps())
    std::ranges::move(argument.kept_, std::back_inserter(kept_));
  return *this;
}

expression& expression::add_column(lasting table, lasting name) {
  set_column(push_argument(op::column), table.text, name.text);
  return *this;
}

expression& expression::add_literal(const value_view& item) {
  set_literal(push_argument(op::literal, false), item);
  return *this;
}

void expression::join(op kind, const expression& right) {
  if (size_ == 0) refuse_nothing();
  if (this->kind() != kind || (kind != op::logical_and && kind != op::logical_or)) {
    if (size_ + right.size_ + 1 > capacity_) grow(right.size_ + 1);
    std::copy_backward(nodes_, nodes_ + size_, nodes_ + size_ + 1);
    node root(kind);
    root.count = 1;
    root.size = ++size_;
    *nodes_ = root;
  }
  add(right);
}

expression expression::part(const node& of) const {
  expression made;
  if (of.size > made.capacity_) made.grow(of.size);
  copy_nodes(&of, of.size, made.nodes_);
  made.size_ = of.size;
  made.kept_ = kept_;
  return made;
}

expression expression::head(const node& of) const {
  expression made;
  made.push(of.kind) = of;
  made.nodes_->count = 0;
  made.nodes_->size = 1;
  made.kept_ = kept_;
  return made;
}

expression column(std::string_view table, std::string_view name) { return {table, name}; }

expression column(lasting table, lasting name) { return {table, name}; }

expression literal(const value_view& item) { return expression(item); }

expression parameter(std::size_t index) { return {op::parameter, index}; }

expression label(const expression& inner, std::string_view name) { return expression(op::label, name).add(inner); }

namespace {

expression with_arguments(expression made, const std::vector<expression>& arguments) {
  for (const auto& argument : arguments) made.add(argument);
  return made;
}

}  // namespace

expression function(std::string_view name, const std::vector<expression>& arguments) {
  return with_arguments({op::function, name}, arguments);
}

expression function(lasting name, const std::vector<expression>& arguments) {
  return with_arguments({op::function, name}, arguments);
}

expression named_function(std::string_view name, const std::vector<expression>& arguments) {
  const auto is_name_letter = [](unsigned char letter) { return std::isalnum(letter) != 0 || letter == '_'; };
  if (name.empty() || name.size() > 64 || !std::ranges::all_of(name, is_name_letter))
    throw_usage("\"" + std::string(name) + "\" is no function's name: it has letters, digits and underscores");
  return function(name, arguments);
}

expression raw(std::string_view sql, const std::vector<expression>& arguments) {
  return with_arguments({op::raw, sql}, arguments);
}

expression unary(op kind, const expression& inner) { return expression(kind).add(inner); }

expression order_term(const expression& by, bool descending, null_order nulls, std::size_t comparison) {
  return expression(descending ? op::descending : op::ascending, static_cast<std::size_t>(nulls), comparison).add(by);
}

expression binary(op kind, expression left, const expression& right) {
  left.join(kind, right);
  return left;
}

expression cast(const expression& inner, cast_type to) {
  return expression(op::cast, static_cast<std::size_t>(to)).add(inner);
}

expression of_query(op kind, std::shared_ptr<const select> query) { return {kind, std::move(query)}; }

expression both(expression left, expression right) {
  if (right) add_condition(left, std::move(right));
  return left;
}

void add_condition(expression& to, expression&& condition) {
  if (!condition) refuse_nothing();
  if (!to)
    to = std::move(condition);
  else
    to.join(op::logical_and, condition);
}

}  // namespace tidb::sql
