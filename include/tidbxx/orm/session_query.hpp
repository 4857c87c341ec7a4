// What a session reads: queries whose rows are its objects.
#pragma once

#include "tidbxx/orm/relation.hpp"
#include "tidbxx/orm/select_builder.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

namespace detail {

/// Finds a relation's facts among those of its struct.
using relation_member = relation_base& (*)(void* object);

struct object_query {
  const object_class* type{};
  sql::select statement{};
  std::vector<relation_member> joined{};
  std::vector<std::vector<relation_member>> selectin{};  ///< each a path: a relation, then one of its objects' …
};

/// Calls `found` with each.
void load_objects(session_core& session, const object_query& query, function_ref<void(tracked&)> found,
                  std::source_location where);
/// Errors: errc::no_row unless `or_none`; errc::too_many_rows.
std::shared_ptr<tracked> load_one_object(session_core& session, const object_query& query, bool or_none,
                                         std::source_location where);
std::int64_t count_objects(session_core& session, const object_query& query, std::source_location where);

std::shared_ptr<tracked> add_object(session_core& session, std::shared_ptr<tracked> object, std::source_location where);
std::shared_ptr<tracked> get_object(session_core& session, const object_class& type, const void* with_key,
                                    std::source_location where);
std::shared_ptr<tracked> merge_object(session_core& session, const object_class& type, const void* value,
                                      std::source_location where);
void remove_object(session_core& session, const object_class& type, const void* object, std::source_location where);
void expire_object(session_core& session, const object_class& type, const void* object, std::source_location where);
void refresh_object(session_core& session, const object_class& type, const void* object, std::source_location where);
void forget_object(session_core& session, const object_class& type, const void* object, std::source_location where);
bool knows_object(session_core& session, const object_class& type, const void* object);
bool is_changed_object(session_core& session, const object_class& type, const void* object, std::source_location where);

/// Whether it is a value of the only column of T's primary key.
template <class T, class Key>
constexpr bool is_key_of() {
  if constexpr (key_places<T>.size() == 1)
    return std::same_as<Key, typename member_of<std::remove_cvref_t<decltype(key_member<T, 0>)>>::type>;
  return false;
}

/// A struct with nothing but its primary key.
template <class T, class Key>
T with_key(const Key& key) {
  T made{};
  if constexpr (requires { std::tuple_size<Key>::value; } && !is_key_of<T, Key>()) {
    static_assert(std::tuple_size_v<Key> == key_places<T>.size(), "a key has one value for each of its columns");
    [&]<std::size_t... Part>(std::index_sequence<Part...>) {
      (assign_key(made.*key_member<T, Part>, std::get<Part>(key), "key"), ...);
    }(std::make_index_sequence<std::tuple_size_v<Key>>{});
  } else {
    static_assert(key_places<T>.size() == 1, "this key has several columns: give their values as a std::tuple");
    assign_key(made.*key_member<T, 0>, key, "key");
  }
  return made;
}

template <class T, auto Member, auto... Rest>
void add_path(std::vector<relation_member>& path) {
  using type = typename member_of<decltype(Member)>::type;
  static_assert(relation_type<type>::is_one, "selectin<...> takes members that are relations");
  path.push_back(relation_of<T, Member>);
  if constexpr (sizeof...(Rest) > 0) add_path<typename type::row, Rest...>(path);
}

}  // namespace detail

/// SELECT of objects. Calls add to it and give it back; `join` gives a new one.
/// Lifetime: must not outlive its session.
template <class T, class Scope = detail::select_scope<tables<T>, tables<T>>>
class session_query {
public:
  session_query(detail::session_core& session, const sql::select& statement)
      : session_(&session), select_(detail::executor{}, statement), query_{.type = &detail::class_of<T>()} {}

  /// Called again, all conditions must hold.
  template <class Used>
  session_query& where(expr<bool, Used> condition) {
    select_.where(std::move(condition));
    return *this;
  }
  /// Smallest first; `desc(c<…>)` for the largest.
  template <class... Terms>
  session_query& order_by(const Terms&... terms) {
    select_.order_by(terms...);
    return *this;
  }
  session_query& limit(std::uint64_t rows) {
    select_.limit(rows);
    return *this;
  }
  session_query& offset(std::uint64_t rows) {
    select_.offset(rows);
    return *this;
  }
  /// Locks the rows until the session's transaction ends; see `select_builder::for_update`.
  session_query& for_update(lock_wait waiting = lock_wait::wait) {
    select_.template for_update<T>(waiting);
    return *this;
  }
  /// Only rows that meet one of Table, whose columns `where` and `order_by` may use from then on.
  /// Note: an object is given once for each row of Table that it meets.
  template <class Table, class Used>
  auto join(const expr<bool, Used>& on) const {
    const auto joined = select_.template join<Table>(on);
    session_query<T, detail::with_table<Scope, Table>> made(*session_, joined.statement());
    made.query_ = query_;
    return made;
  }
  /// Reads what these relations lead to, each from the objects of the one before it, in one further statement for each
  /// relation and 512 objects: `selectin<&user::posts, &post::tags>()`.
  /// Errors, when run: usage_error for a relation that its schema does not tell of.
  template <auto Member, auto... Rest>
  session_query& selectin() {
    detail::add_path<T, Member, Rest...>(query_.selectin.emplace_back());
    return *this;
  }
  /// Reads what a many_to_one leads to in the same statement. Errors: as those of `selectin`.
  template <auto Member>
  session_query& joined() {
    using type = typename detail::member_of<decltype(Member)>::type;
    static_assert(std::is_same_v<type, many_to_one<typename type::row>>,
                  "joined<...> is for a many_to_one: rows of many would repeat the others; use selectin<...>");
    query_.joined.push_back(detail::relation_of<T, Member>);
    return *this;
  }

  std::vector<std::shared_ptr<T>> all(std::source_location where = std::source_location::current()) const {
    std::vector<std::shared_ptr<T>> objects;
    const auto add = [&](detail::tracked& object) { objects.push_back(detail::typed<T>(object.shared_from_this())); };
    detail::load_objects(*session_, query(), add, where);
    return objects;
  }
  /// Errors: errc::no_row, errc::too_many_rows.
  std::shared_ptr<T> one(std::source_location where = std::source_location::current()) const {
    return detail::typed<T>(detail::load_one_object(*session_, query(), false, where));
  }
  /// nullptr if there is none. Errors: errc::too_many_rows.
  std::shared_ptr<T> one_or_none(std::source_location where = std::source_location::current()) const {
    return detail::typed<T>(detail::load_one_object(*session_, query(), true, where));
  }
  /// How many rows match; order, limit and offset do not matter.
  std::int64_t count(std::source_location where = std::source_location::current()) const {
    return detail::count_objects(*session_, query(), where);
  }

private:
  template <class Other, class OtherScope>
  friend class session_query;

  detail::object_query query() const {
    auto made = query_;
    made.statement = select_.statement();
    return made;
  }

  detail::session_core* session_;
  select_builder<Scope, T, true> select_;
  detail::object_query query_;
};

}  // namespace tidb
