// Statements that are printed once and run often.
#pragma once

#include "tidbxx/orm/result.hpp"
#include "tidbxx/sql/printer.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <source_location>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

namespace detail {

sql::dialect dialect_of(const executor& on);
/// The parameters of a statement that takes no arguments. Errors: usage_error if it has a param<...>.
std::vector<value_view> literals(const std::vector<sql::slot>& slots, const call_context& context);
/// The parameters of a prepared statement. Errors: usage_error if an argument is missing or left over.
std::vector<value_view> bind_arguments(const std::vector<sql::slot>& slots, std::span<const value_view> arguments,
                                       const call_context& context);
/// Errors: usage_error for an argument of a kind that cannot be compared with what it stands beside.
void check_arguments(const std::vector<sql::slot>& slots, std::span<const value_view> arguments,
                     const call_context& context);
/// The number of arguments that the slots take, and whether they are exactly the arguments in order.
std::pair<std::size_t, bool> count_arguments(const std::vector<sql::slot>& slots);

/// A typed result that says at compile time what a row is.
template <class Result>
class prepared_base {
public:
  prepared_base(executor on, sql::printed made, bool stream, std::source_location where)
      : stream_(stream), on_(std::move(on)), text_(std::move(made.text)), slots_(std::move(made.slots)), where_(where) {
    std::tie(arguments_, direct_) = count_arguments(slots_);
  }

protected:
  template <class Call, class... Args>
  decltype(auto) call(Call&& use, const Args&... args) const {
    return call_encoded(std::forward<Call>(use), codec<std::decay_t<const Args>>::encode(args)...);
  }
  bool stream_;

private:
  /// What was encoded may own what its view shows.
  template <class Call, class... Encoded>
  decltype(auto) call_encoded(Call&& use, const Encoded&... encoded) const {
    const std::array<value_view, sizeof...(Encoded)> given{encoded...};
    auto context = on_.context(where_);
    check_arguments(slots_, given, context);
    if (direct_ && given.size() == arguments_) return use(read_request{on_, text_, given, std::move(context)});
    const auto bound = bind_arguments(slots_, given, context);
    return use(read_request{on_, text_, bound, std::move(context)});
  }

  executor on_;
  statement_text text_;
  std::vector<sql::slot> slots_;
  std::source_location where_;  ///< of the call to prepare: behind a list of arguments no line can be taken
  std::size_t arguments_{};
  bool direct_{};
};

}  // namespace detail

/// A select that was printed once; its arguments stand for param<0>, param<1> …
/// Errors: as the select's, and usage_error for a wrong number of arguments.
/// Threads: may be shared; each call borrows a connection, which keeps the server's prepared statement.
/// Lifetime: one made from a transaction ends with it.
template <class Result>
class prepared : detail::prepared_base<Result> {
public:
  using detail::prepared_base<Result>::prepared_base;

  template <class... Args>
  std::vector<Result> all(const Args&... args) const {
    return this->call([](const detail::read_request& request) { return detail::read_all<Result>(request); }, args...);
  }
  template <class... Args>
  Result one(const Args&... args) const {
    return this->call([](const detail::read_request& request) { return detail::read_one<Result>(request); }, args...);
  }
  template <class... Args>
  std::optional<Result> one_or_none(const Args&... args) const {
    return this->call([](const detail::read_request& request) { return detail::read_one_or_none<Result>(request); },
                      args...);
  }
  /// Calls f with each row, as the select's `each` does.
  template <class F, class... Args>
  void each(F&& f, const Args&... args) const {
    this->call([&](const detail::read_request& request) { detail::read_each<Result>(request, this->stream_, f); },
               args...);
  }
};

}  // namespace tidb
