#include "orm/columns_among.hpp"
#include "orm/session_core.hpp"
#include "orm/table_statements.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

constexpr std::size_t keys_at_once = 512;

const relation_facts& facts_by_member(const object_class& type, relation_member member) {
  const auto found = std::ranges::find(type.relations, member, &relation_facts::of);
  if (found == type.relations.end())
    throw_usage("a query of `" + std::string(type.name()) +
                "` asks for a relation that its schema does not tell of: add relate<...>() to mapping(...).with");
  return *found;
}

void add_columns(sql::select& to, const object_class& type, std::string_view table) {
  for (const auto& name : type.table.names) to.columns.add(sql::column(table, name));
}

sql::select select_of(const object_class& type) {
  sql::select made;
  made.table = type.name();
  add_columns(made, type, type.name());
  return made;
}

/// ORDER BY the primary key.
void order_by_key(sql::select& statement, const object_class& type) {
  for (const auto place : type.table.key)
    statement.order.add(sql::order_term(sql::column(type.name(), type.table.names[place])));
}

/// Keys of objects, each with the object; borrows from them.
struct keyed_objects {
  std::vector<object_key> held{};
  std::vector<key_values> keys{};
  std::unordered_map<std::string, tracked*> by_text{};

  explicit keyed_objects(std::span<tracked* const> objects) {
    held.reserve(objects.size());
    for (auto* object : objects) {
      const auto& key = held.emplace_back(*object);
      keys.emplace_back(key.cells().begin(), key.cells().end());
      by_text.emplace(cells_text(key.cells()), object);
    }
  }
};

/// Calls f with so many of them at a time.
template <class F>
void in_parts(std::span<const key_values> keys, F&& f) {
  for (; !keys.empty(); keys = keys.subspan(std::min(keys.size(), keys_at_once)))
    f(keys.first(std::min(keys.size(), keys_at_once)));
}

}  // namespace

void session_core::load(const object_query& query, function_ref<void(tracked&)> found, std::source_location where) {
  std::vector<const relation_facts*> joined;
  for (const auto& member : query.joined) joined.push_back(&facts_by_member(*query.type, member));
  autoflush(where);
  if (query.selectin.empty()) return read_each(*query.type, query.statement, joined, found, where);
  std::vector<tracked*> owners;
  const auto note = [&](tracked& object) {
    owners.push_back(&object);
    found(object);
  };
  read_each(*query.type, query.statement, joined, note, where);
  for (const auto& path : query.selectin) load_path(owners, *query.type, path, where);
}

/// Reads what each relation of the path leads to, from the objects of the one before it.
void session_core::load_path(std::vector<tracked*> owners, const object_class& type,
                             std::span<const relation_member> path, std::source_location where) {
  if (path.empty()) return;
  const auto& relation = facts_by_member(type, path.front());
  load_relation(owners, relation, where);
  std::vector<tracked*> next;
  for (auto* owner : owners) {
    if (relation.kind == relation_kind::many_to_one) {
      if (const auto one = reference(*owner, relation, where)) next.push_back(one.get());
    } else {
      for (const auto& one : *list(*owner, relation)) next.push_back(one.get());
    }
  }
  std::ranges::sort(next);
  const auto [first, last] = std::ranges::unique(next);
  next.erase(first, last);
  load_path(std::move(next), relation.other(), path.subspan(1), where);
}

std::vector<tracked*> session_core::read(const object_class& type, const sql::select& statement,
                                         std::source_location where) {
  std::vector<tracked*> found;
  read_each(
      type, statement, {}, [&](tracked& object) { found.push_back(&object); }, where);
  return found;
}

void session_core::read_each(const object_class& type, const sql::select& statement,
                             std::span<const relation_facts* const> joined, function_ref<void(tracked&)> found,
                             std::source_location where) {
  auto whole = statement;
  for (std::size_t i = 0; i < joined.size(); ++i) {
    const auto& relation = *joined[i];
    const auto& other = relation.other();
    const auto alias = fmt::format("_tidbxx_{}", i + 1);
    add_columns(whole, other, alias);
    sql::expression on;
    for (std::size_t part = 0; part < relation.columns.size(); ++part)
      on = sql::both(std::move(on),
                     sql::binary(sql::op::equal, sql::column(type.name(), type.table.names[relation.columns[part]]),
                                 sql::column(alias, other.table.names[other.table.key[part]])));
    whole.joins.push_back(join_of(sql::join_kind::left, other.name(), alias, std::move(on)));
  }
  const bound_select bound(on(statement.lock.for_update, where), whole, where);
  const auto request = bound.request();
  open_rows rows(request.on, request.text, request.parameters, request.context);
  auto& objects = objects_of(type);
  while (rows.next()) {
    const auto* cells = rows.cells().data();
    auto& object = *type.take(objects, cells);
    cells += type.table.names.size();
    for (const auto* relation : joined) {
      const auto& other = relation->other();
      if (!cells[other.table.key.front()].is_null()) other.take(objects_of(other), cells);
      cells += other.table.names.size();
    }
    found(object);
  }
}

void session_core::load_relation(std::span<tracked* const> owners, const relation_facts& relation,
                                 std::source_location where) {
  if (relation.kind == relation_kind::many_to_one) return load_references(owners, relation, where);
  std::vector<tracked*> unread;
  for (auto* owner : owners)
    if (!relation.of(owner->object).loaded_) unread.push_back(owner);
  if (unread.empty()) return;
  for (auto* owner : unread) relation.of(owner->object).objects_.reset();
  if (relation.kind == relation_kind::one_to_many) {
    load_children(unread, relation, where);
    show_pending_children(unread, relation);
  } else {
    load_pairs(unread, relation, where);
    show_pending_pairs(unread, relation);
  }
  for (auto* owner : unread) relation.of(owner->object).loaded_ = true;
}

/// The ones that the session does not have yet.
void session_core::load_references(std::span<tracked* const> owners, const relation_facts& relation,
                                   std::source_location where) {
  const auto& other = relation.other();
  std::vector<relation_key> held;
  std::vector<key_values> keys;
  std::unordered_set<std::string> seen;
  held.reserve(owners.size());
  for (const auto* owner : owners) {
    const auto key = held.emplace_back(relation, owner->object).cells();
    if (any_null(key) || link_of(*owner, relation, other) != nullptr) continue;
    const auto* known = find(other, key);
    if ((known == nullptr || !is_current(*known)) && seen.insert(cells_text(key)).second)
      keys.emplace_back(key.begin(), key.end());
  }
  in_parts(keys, [&](std::span<const key_values> part) {
    auto statement = select_of(other);
    statement.where = columns_among(other.name(), names_at(other.table, other.table.key), part);
    read(other, statement, where);
  });
}

void session_core::load_children(std::span<tracked* const> owners, const relation_facts& relation,
                                 std::source_location where) {
  const auto& other = relation.other();
  const keyed_objects known(owners);
  in_parts(known.keys, [&](std::span<const key_values> part) {
    auto statement = select_of(other);
    statement.where = columns_among(other.name(), names_at(other.table, relation.columns), part);
    order_by_key(statement, other);
    for (auto* child : read(other, statement, where)) {
      if (child->state != object_state::kept || link_of(*child, relation, *owners.front()->type) != nullptr) continue;
      const auto owner = known.by_text.find(cells_text(relation_key(relation, child->object).cells()));
      if (owner != known.by_text.end())
        relation.of(owner->second->object).changeable().push_back(child->shared_from_this());
    }
  });
}

/// What belongs to them by now, and is not written yet.
void session_core::show_pending_children(std::span<tracked* const> owners, const relation_facts& relation) {
  if (options_.autoflush && links_.empty()) return;
  const keyed_objects known(owners);
  const auto& other = relation.other();
  const auto show = [&](tracked& child) {
    if (child.type != &other || child.state == object_state::removed) return;
    tracked* owner = nullptr;
    if (const auto* link = link_of(child, relation, *owners.front()->type)) {
      owner = link->one.get();
    } else {
      const relation_key key(relation, child.object);
      const auto found = any_null(key.cells()) ? known.by_text.end() : known.by_text.find(cells_text(key.cells()));
      if (found != known.by_text.end()) owner = found->second;
    }
    if (owner == nullptr || std::ranges::find(owners, owner) == owners.end()) return;
    auto& list = relation.of(owner->object).changeable();
    auto self = child.shared_from_this();
    if (std::ranges::find(list, self) == list.end()) list.push_back(std::move(self));
  };
  objects_of(other).each(show);
  for (const auto& added : added_) show(*added);
}

void session_core::show_pending_pairs(std::span<tracked* const> owners, const relation_facts& relation) {
  for (const auto& pair : pairs_) {
    const auto& between = pair.relation->between;
    if (between.definition.name != relation.between.definition.name) continue;
    const bool same_side = between.names[0] == relation.between.names[0];
    const auto& own = same_side ? pair.own : pair.other;
    const auto& other = same_side ? pair.other : pair.own;
    if (std::ranges::find(owners, own.get()) == owners.end()) continue;
    auto& list = relation.of(own->object).changeable();
    std::erase(list, other);
    if (pair.added) list.push_back(other);
  }
}

void session_core::load_pairs(std::span<tracked* const> owners, const relation_facts& relation,
                              std::source_location where) {
  const auto& other = relation.other();
  const auto& between = relation.between;
  const auto& between_name = between.definition.name;
  const keyed_objects known(owners);
  in_parts(known.keys, [&](std::span<const key_values> part) {
    sql::select statement;
    statement.table = between_name;
    statement.columns.add(sql::column(between_name, between.names[0]));
    add_columns(statement, other, other.name());
    statement.joins.push_back(
        join_of(sql::join_kind::inner, other.name(), {},
                sql::binary(sql::op::equal, sql::column(other.name(), other.table.names[other.table.key.front()]),
                            sql::column(between_name, between.names[1]))));
    statement.where = columns_among(between_name, std::span(&between.names[0], 1), part);
    order_by_key(statement, other);
    const bound_select bound(on(false, where), statement, where);
    const auto request = bound.request();
    open_rows rows(request.on, request.text, request.parameters, request.context);
    while (rows.next()) {
      const auto owner = known.by_text.find(cells_text(rows.cells().first(1)));
      auto one = other.take(objects_of(other), rows.cells().data() + 1)->shared_from_this();
      if (owner != known.by_text.end() && one->state == object_state::kept)
        relation.of(owner->second->object).changeable().push_back(std::move(one));
    }
  });
}

}  // namespace tidb::detail
