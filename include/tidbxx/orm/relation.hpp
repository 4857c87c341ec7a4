// How structs belong to one another: members that lead from an object of a session to others.
#pragma once

#include "tidbxx/orm/tracked.hpp"

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

namespace detail {

/// What a program wrote into a relation whose object is of no session yet: a new object, or one of a session.
struct given_object {
  std::shared_ptr<tracked> made{};
  std::shared_ptr<tracked> (*clone)(const tracked& made){};
  std::shared_ptr<void> known{};
};

/// A relation without its types. A copy of a value has new objects of its own; a copy of a session's object has none.
class relation_base {
public:
  relation_base() = default;
  relation_base(const relation_base& other) : given_(copy_of(other.given_)) {}
  relation_base(relation_base&& other) noexcept : given_(std::move(other.given_)) {}
  /// That of a session's object stays its own.
  relation_base& operator=(const relation_base& other) {
    if (owner_ == nullptr && this != &other) given_ = copy_of(other.given_);
    return *this;
  }
  relation_base& operator=(relation_base&& other) noexcept {
    if (owner_ == nullptr) given_ = std::move(other.given_);
    return *this;
  }

protected:
  using object_vector = std::vector<std::shared_ptr<tracked>>;

  ~relation_base() = default;

  std::shared_ptr<tracked> reference() const;
  void refer_to(given_object to);
  bool is_of_session() const noexcept { return owner_ != nullptr; }
  void give(std::vector<given_object> given);
  /// Errors: usage_error if it belongs to no object of a session that is open.
  std::shared_ptr<const object_vector> objects() const;
  std::shared_ptr<tracked> add(given_object one);
  void remove(const void* object);

  std::vector<given_object> given_{};  ///< before its object is of a session

private:
  friend class session_core;
  friend class flush_run;
  static std::vector<given_object> copy_of(const std::vector<given_object>& given);
  /// To change: who goes over them keeps what was there.
  object_vector& changeable();

  tracked* owner_{};
  std::shared_ptr<object_vector> objects_{};
  bool loaded_{};
};

template <class T>
given_object new_object(T&& value) {
  const auto clone = [](const tracked& made) -> std::shared_ptr<tracked> {
    return std::make_shared<tracked_row<T>>(T(static_cast<const tracked_row<T>&>(made).value));
  };
  return {.made = std::make_shared<tracked_row<T>>(std::move(value)), .clone = clone};
}
template <class T>
std::shared_ptr<T> typed(std::shared_ptr<tracked> object) {
  auto* const row = object ? static_cast<T*>(object->object) : nullptr;
  return {std::move(object), row};
}
[[noreturn]] void throw_no_reference(const relation_base& relation);

/// Goes over the objects of a relation as they were when it began.
template <class T>
class object_iterator {
public:
  using value_type = std::shared_ptr<T>;
  using difference_type = std::ptrdiff_t;

  object_iterator() = default;
  object_iterator(std::shared_ptr<const std::vector<std::shared_ptr<tracked>>> objects, std::size_t at)
      : objects_(std::move(objects)), at_(at) {}
  std::shared_ptr<T> operator*() const { return typed<T>((*objects_)[at_]); }
  object_iterator& operator++() {
    ++at_;
    return *this;
  }
  object_iterator operator++(int) {
    auto before = *this;
    ++at_;
    return before;
  }
  friend bool operator==(const object_iterator& left, const object_iterator& right) { return left.at_ == right.at_; }

private:
  std::shared_ptr<const std::vector<std::shared_ptr<tracked>>> objects_{};
  std::size_t at_{};
};

/// The many of a relation. Errors name no line of the program: most of its calls have no place for one.
template <class T>
class object_list : public relation_base {
public:
  using row = T;

  object_list() = default;
  /// New objects, which come to the session with the one that they belong to.
  object_list(std::initializer_list<T> values) : relation_base() { given_ = given_of(values); }
  /// Objects of the session that the one which they belong to comes to.
  object_list(std::initializer_list<std::shared_ptr<T>> known) : relation_base() { given_ = given_of(known); }
  /// The same. Errors: usage_error for an object of a session, whose list `add` and `remove` change.
  object_list& operator=(std::initializer_list<T> values) {
    give(given_of(values));
    return *this;
  }
  object_list& operator=(std::initializer_list<std::shared_ptr<T>> known) {
    give(given_of(known));
    return *this;
  }

  /// Each in turn is a std::shared_ptr<T>. The first look reads them, in the order of their keys; what is added or
  /// removed later shows at once here, and after a flush in other relations.
  auto begin() const { return object_iterator<T>(objects(), 0); }
  auto end() const {
    auto all = objects();
    const auto size = all->size();
    return object_iterator<T>(std::move(all), size);
  }
  std::size_t size() const { return objects()->size(); }
  bool empty() const { return objects()->empty(); }
  /// Note: like a vector's, for 0 to size() - 1 only.
  std::shared_ptr<T> operator[](std::size_t number) const { return typed<T>((*objects())[number]); }

  /// A new object, which comes to the session.
  std::shared_ptr<T> add(T value) { return typed<T>(relation_base::add(new_object(std::move(value)))); }
  /// Errors: usage_error for an object of no session, or of another one.
  void add(const std::shared_ptr<T>& object) { relation_base::add({.known = object}); }
  /// It belongs here no longer. Errors: usage_error if it does not now, and if its row could not be without: its
  /// foreign key cannot be NULL, and the relation says not what becomes of it (cascade::orphans).
  void remove(const std::shared_ptr<T>& object) { relation_base::remove(object.get()); }

private:
  static std::vector<given_object> given_of(std::initializer_list<T> values) {
    std::vector<given_object> given;
    for (const auto& value : values) given.push_back(new_object(T(value)));
    return given;
  }
  static std::vector<given_object> given_of(std::initializer_list<std::shared_ptr<T>> known) {
    std::vector<given_object> given;
    for (const auto& each : known) given.push_back({.known = each});
    return given;
  }
};

}  // namespace detail

/// The one that an object belongs to, by a foreign key of its own: `tidb::many_to_one<user> author{};`.
/// Reads it when it is looked at, unless the session has it already. The foreign key decides: another key there leads
/// to another object.
/// Errors of each use: usage_error for an object of no session, or of one that has ended.
template <class T>
class many_to_one : public detail::relation_base {
public:
  using row = T;

  many_to_one() = default;
  /// For an object that is to be added: an object of its session.
  many_to_one(const std::shared_ptr<T>& to) {
    if (to) given_.push_back({.known = to});
  }
  many_to_one(const many_to_one& other) = default;
  many_to_one(many_to_one&& other) noexcept = default;
  ~many_to_one() = default;
  /// Between objects of a session it leads to the same one then.
  many_to_one& operator=(const many_to_one& other) {
    if (is_of_session() && other.is_of_session()) return *this = other.get();
    relation_base::operator=(other);
    return *this;
  }
  many_to_one& operator=(many_to_one&& other) {
    if (is_of_session()) return *this = std::as_const(other);
    relation_base::operator=(std::move(other));
    return *this;
  }

  /// The foreign key becomes the key of `to`: at once, or, if that has none yet, with the next flush; NULL for nullptr.
  /// Errors: usage_error for nullptr where the foreign key cannot be NULL.
  many_to_one& operator=(const std::shared_ptr<T>& to) {
    refer_to({.known = to});
    return *this;
  }
  many_to_one& operator=(std::nullptr_t) {
    refer_to({});
    return *this;
  }
  /// nullptr if there is none.
  std::shared_ptr<T> get() const { return detail::typed<T>(reference()); }
  explicit operator bool() const { return reference() != nullptr; }
  /// Lifetime: that of the session. Errors: errc::no_row if there is none.
  T* operator->() const {
    const auto found = reference();
    if (!found) detail::throw_no_reference(*this);
    return static_cast<T*>(found->object);
  }
  T& operator*() const { return *operator->(); }
  friend bool operator==(const many_to_one& one, const std::shared_ptr<T>& object) { return one.get() == object; }
};

/// Those that belong to an object, by a foreign key of theirs.
template <class T>
class one_to_many : public detail::object_list<T> {
public:
  using detail::object_list<T>::object_list;
  using detail::object_list<T>::operator=;
};

/// Those that belong to an object as it belongs to them, by a table between both.
template <class T>
class many_to_many : public detail::object_list<T> {
public:
  using detail::object_list<T>::object_list;
  using detail::object_list<T>::operator=;
};

namespace detail {

template <class M>
struct relation_type {
  static constexpr bool is_one = false;
};
template <class T>
struct relation_type<many_to_one<T>> {
  static constexpr bool is_one = true;
  static constexpr auto kind = relation_kind::many_to_one;
};
template <class T>
struct relation_type<one_to_many<T>> {
  static constexpr bool is_one = true;
  static constexpr auto kind = relation_kind::one_to_many;
};
template <class T>
struct relation_type<many_to_many<T>> {
  static constexpr bool is_one = true;
  static constexpr auto kind = relation_kind::many_to_many;
};

template <auto Member, auto... Keys>
struct relation_part {
  cascade on_remove{};
};
/// It is no part of the table.
template <class T, auto Member, auto... Keys>
void add_part(table_definition& /*to*/, const relation_part<Member, Keys...>& /*part*/) {}

template <class T, auto Member>
constexpr std::size_t place_of() {
  constexpr auto place = place_among<column_def<Member>>(mapping_for<T>);
  static_assert(place < column_count<T>, "relate<...>: this member is not among the columns of its struct's schema");
  return place;
}

[[noreturn]] void throw_key_range(std::string_view column);

template <class To, class From>
void assign_key(To& to, const From& from, std::string_view column) {
  if constexpr (std::integral<bare<To>> && std::integral<From>) {
    if (!std::in_range<bare<To>>(from)) throw_key_range(column);
    to = static_cast<bare<To>>(from);
  } else {
    to = from;
  }
}

/// The foreign key that Members of Many are, to the primary key of One.
template <class Many, class One, auto... Members>
struct foreign_key {
  static_assert(sizeof...(Members) == key_places<One>.size(),
                "relate<...>: name one member of the foreign key for each column of the primary key, in its order");

  static void point(void* many, const void* one) {
    [&]<std::size_t... Part>(std::index_sequence<Part...>) {
      (assign_key(static_cast<Many*>(many)->*Members, static_cast<const One*>(one)->*key_member<One, Part>,
                  column_of<Many, Members>().name),
       ...);
    }(std::make_index_sequence<sizeof...(Members)>{});
  }
  static void encode(const void* many, value_view* cells, kept_cells& kept) {
    (encode_cell(column_at<place_of<Many, Members>()>(mapping_for<Many>.columns),
                 static_cast<const Many*>(many)->*Members, *cells++, kept),
     ...);
  }
  static bool clear(void* many) {
    if constexpr ((is_optional<typename member_of<decltype(Members)>::type> && ...)) {
      ((static_cast<Many*>(many)->*Members).reset(), ...);
      return true;
    }
    return false;
  }
};

template <class T, auto Member>
relation_base& relation_of(void* object) {
  return static_cast<T*>(object)->*Member;
}

template <auto Key>
using owner_of = typename member_of<decltype(Key)>::owner;

/// The table between two structs, as this side sees it.
template <auto Own, auto Other>
mapped_table table_between() {
  using between = owner_of<Own>;
  static_assert(std::same_as<between, owner_of<Other>>,
                "relate<...>: both members of a many_to_many are of the struct whose table is between");
  mapped_table made;
  made.definition.name = mapping_for<between>.table;
  made.names = {std::string(column_of<between, Own>().name), std::string(column_of<between, Other>().name)};
  made.key = {0, 1};
  return made;
}

template <class T, auto Member, auto... Keys>
relation_facts facts_of_relation(const relation_part<Member, Keys...>& part) {
  using type = typename member_of<decltype(Member)>::type;
  static_assert(relation_type<type>::is_one,
                "relate<...> begins with a member that is a many_to_one, one_to_many or many_to_many");
  using other = typename type::row;
  relation_facts made{.name = member_name<Member>(),
                      .kind = relation_type<type>::kind,
                      .other = class_of<other>,
                      .of = relation_of<T, Member>,
                      .on_remove = part.on_remove};
  if constexpr (relation_type<type>::kind == relation_kind::many_to_many) {
    static_assert(
        sizeof...(Keys) == 2 && key_places<T>.size() == 1 && key_places<other>.size() == 1,
        "relate<...> of a many_to_many: two members of the struct between, this side's first; both sides have "
        "a primary key of one column");
    made.between = table_between<Keys...>();
  } else {
    constexpr bool to_one = relation_type<type>::kind == relation_kind::many_to_one;
    using many = std::conditional_t<to_one, T, other>;
    using key = foreign_key<many, std::conditional_t<to_one, other, T>, Keys...>;
    made.columns = {place_of<many, Keys>()...};
    made.point = key::point;
    made.clear = key::clear;
    made.encode = key::encode;
  }
  return made;
}

template <class Part>
inline constexpr bool is_relation = false;
template <auto Member, auto... Keys>
inline constexpr bool is_relation<relation_part<Member, Keys...>> = true;

template <class T>
void add_relations(std::vector<relation_facts>& to) {
  if constexpr (requires { mapping_for<T>.part_count; })
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto add = [&](const auto& part) {
        if constexpr (is_relation<std::remove_cvref_t<decltype(part)>>) to.push_back(facts_of_relation<T>(part));
      };
      (add(column_at<I>(mapping_for<T>.parts)), ...);
    }(std::make_index_sequence<mapping_for<T>.part_count>{});
}

}  // namespace detail

/// What a relation rests on, in `mapping(…).with`: the relation's member, then
/// many_to_one: the members that are the foreign key, in the order of the other's primary key;
/// one_to_many: those of the other struct, `relate<&user::posts, &post::author_id>(cascade::orphans)`;
/// many_to_many: the two members of the struct whose table is between, this side's first.
template <auto Member, auto... Keys>
constexpr detail::relation_part<Member, Keys...> relate(cascade on_remove = cascade::none) {
  return {on_remove};
}

}  // namespace tidb
