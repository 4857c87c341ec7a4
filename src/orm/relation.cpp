#include "tidbxx/orm/relation.hpp"

#include "orm/session_core.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tidb::detail {

namespace {

/// Errors: usage_error for one that is deleted, or will be.
void expect_alive(const tracked& object) {
  if (object.state == object_state::removed || object.state == object_state::gone)
    throw_usage(name_of(object) + " is removed: nothing can belong to it, nor it to others");
}

[[noreturn]] void throw_apart() {
  throw_usage("a relation is used whose object is of no session: it was not add()ed, is a copy, was rolled back or "
              "deleted, or its session has ended. Read what a relation leads to while the session lives");
}

session_core& session_of(const tracked* owner) {
  if (owner == nullptr || owner->session == nullptr) throw_apart();
  return *owner->session;
}

std::string name_of_relation(const tracked& owner, const relation_facts& relation) {
  return "`" + std::string(relation.name) + "` of " + name_of(owner);
}

bool has_key(const tracked& object) {
  return object.state != object_state::added || object_key(*object.type, object.object).is_known();
}

}  // namespace

std::vector<given_object> relation_base::copy_of(const std::vector<given_object>& given) {
  auto made = given;
  for (auto& each : made)
    if (each.made) each.made = each.clone(*each.made);
  return made;
}

relation_base::object_vector& relation_base::changeable() {
  if (!objects_) objects_ = std::make_shared<object_vector>();
  if (objects_.use_count() > 1) objects_ = std::make_shared<object_vector>(*objects_);
  return *objects_;
}

void relation_base::give(std::vector<given_object> given) {
  if (owner_ != nullptr) throw_usage("a list of " + name_of(*owner_) + " is assigned: change it by add() and remove()");
  given_ = std::move(given);
}

std::shared_ptr<tracked> relation_base::reference() const {
  auto& session = session_of(owner_);
  const session_call call(session, {});
  return session.reference(*owner_, session.facts_of(*owner_, *this), {});
}

void relation_base::refer_to(given_object to) {
  if (owner_ == nullptr) {
    given_.clear();
    if (to.known) given_.push_back(std::move(to));
    return;
  }
  auto& session = session_of(owner_);
  const session_call call(session, {});
  const auto& facts = session.facts_of(*owner_, *this);
  session.refer(*owner_, facts, to.known ? session.resolve(to, facts.other()) : nullptr);
}

std::shared_ptr<const relation_base::object_vector> relation_base::objects() const {
  auto& session = session_of(owner_);
  if (loaded_ && objects_) return objects_;
  const session_call call(session, {});
  return session.list(*owner_, session.facts_of(*owner_, *this));
}

std::shared_ptr<tracked> relation_base::add(given_object one) {
  if (owner_ == nullptr) {
    given_.push_back(one);
    return one.made;
  }
  auto& session = session_of(owner_);
  const session_call call(session, {});
  const auto& facts = session.facts_of(*owner_, *this);
  expect_alive(*owner_);
  auto added = session.resolve(one, facts.other());
  try {
    session.add_to_list(*owner_, facts, added, one.made != nullptr);
  } catch (...) {
    if (one.made) session.remove(*added);
    throw;
  }
  return added;
}

void relation_base::remove(const void* object) {
  auto& session = session_of(owner_);
  const session_call call(session, {});
  session.remove_from_list(*owner_, session.facts_of(*owner_, *this), object);
}

void throw_no_reference(const relation_base& /*relation*/) {
  throw_error({.code = errc::no_row,
               .message = "a many_to_one leads to no object: its foreign key is NULL, or there is no such row. Ask "
                          "first: if (post->author)"});
}

void throw_key_range(std::string_view column) {
  throw_usage("a key does not fit into the member of `" + std::string(column) +
              "`: make the foreign key's member of the type of the primary key's");
}

const relation_facts& session_core::facts_of(const tracked& owner, const relation_base& relation) const {
  for (const auto& facts : owner.type->relations)
    if (&facts.of(owner.object) == &relation) return facts;
  throw_apart();
}

const pending_link* session_core::link_of(const tracked& many, const relation_facts& relation,
                                          const object_class& one) const {
  if (links_.empty()) return nullptr;
  const auto links = links_.find(const_cast<tracked&>(many).shared_from_this());
  if (links == links_.end()) return nullptr;
  for (const auto& link : links->second) {
    if (link.relation->columns != relation.columns || link.one->type != &one) continue;
    const relation_key now(relation, many.object);
    return same_cells(now.cells(), std::vector<value_view>(link.left.begin(), link.left.end())) ? &link : nullptr;
  }
  return nullptr;
}

std::shared_ptr<tracked> session_core::reference(tracked& owner, const relation_facts& relation,
                                                 std::source_location where) {
  if (const auto* link = link_of(owner, relation, relation.other())) return link->one;
  return get(relation.other(), relation_key(relation, owner.object).cells(), where);
}

std::shared_ptr<const std::vector<std::shared_ptr<tracked>>> session_core::list(tracked& owner,
                                                                                const relation_facts& relation) {
  auto& member = relation.of(owner.object);
  if (!member.loaded_) {
    autoflush({});
    tracked* const one = &owner;
    load_relation({&one, 1}, relation, {});
  }
  member.changeable();
  return member.objects_;
}

std::shared_ptr<tracked> session_core::resolve(const given_object& given, const object_class& type) {
  if (given.made) {
    add(given.made);
    return given.made;
  }
  auto& found = expect(type, given.known.get(), {});
  expect_alive(found);
  return found.shared_from_this();
}

/// Of a foreign key, the last link counts. It holds the key, if there is one; else NULL, if it may be.
void session_core::link(std::shared_ptr<tracked> many, std::shared_ptr<tracked> one, const relation_facts& relation) {
  if (has_key(*one))
    relation.point(many->object, one->object);
  else
    relation.clear(many->object);
  unlink(many, relation);
  if (one->state != object_state::added) return;
  pending_link made{std::move(one), &relation, {}};
  const relation_key now(relation, many->object);
  for (const auto& cell : now.cells()) made.left.emplace_back(cell);
  links_[std::move(many)].push_back(std::move(made));
}

void session_core::unlink(const std::shared_ptr<tracked>& many, const relation_facts& relation) {
  const auto links = links_.find(many);
  if (links == links_.end()) return;
  std::erase_if(links->second, [&](const pending_link& each) { return each.relation->columns == relation.columns; });
  if (links->second.empty()) links_.erase(links);
}

void session_core::refer(tracked& owner, const relation_facts& relation, std::shared_ptr<tracked> to) {
  expect_alive(owner);
  const auto self = owner.shared_from_this();
  if (!to) {
    if (!relation.clear(owner.object))
      throw_usage(name_of_relation(owner, relation) + " cannot be none: its foreign key cannot be NULL");
    unlink(self, relation);
    return;
  }
  link(self, std::move(to), relation);
}

/// Takes back what was said of two objects, by whichever side; whether it was.
bool session_core::take_back(const relation_facts& relation, const tracked& own, const tracked& other, bool added) {
  return std::erase_if(pairs_, [&](const pending_pair& pair) {
           const auto& between = pair.relation->between;
           if (pair.added != added || between.definition.name != relation.between.definition.name) return false;
           const bool same_side = between.names[0] == relation.between.names[0];
           return pair.own.get() == (same_side ? &own : &other) && pair.other.get() == (same_side ? &other : &own);
         }) > 0;
}

void session_core::add_to_list(tracked& owner, const relation_facts& relation, std::shared_ptr<tracked> one,
                               bool is_new) {
  auto& member = relation.of(owner.object);
  const bool is_pair = relation.kind == relation_kind::many_to_many;
  if (is_pair && !is_new && owner.state == object_state::kept) list(owner, relation);  // it may be there already
  changed_lists_.emplace_back(owner.shared_from_this(), &relation);
  const bool is_there = !is_new && member.loaded_ && member.objects_ &&
                        std::ranges::find(*member.objects_, one) != member.objects_->end();
  if (!is_pair)
    link(one, owner.shared_from_this(), relation);
  else if (is_new || (!take_back(relation, owner, *one, false) && !is_there))
    pairs_.push_back({owner.shared_from_this(), one, &relation, true});
  if (member.loaded_ && !is_there) member.changeable().push_back(std::move(one));
}

void session_core::remove_from_list(tracked& owner, const relation_facts& relation, const void* object) {
  auto& one = expect(relation.other(), object, {});
  const auto all = list(owner, relation);
  if (std::ranges::find(*all, &one, [](const auto& each) { return each.get(); }) == all->end())
    throw_usage(name_of(one) + " is not in " + name_of_relation(owner, relation));
  const auto alive = one.shared_from_this();
  changed_lists_.emplace_back(owner.shared_from_this(), &relation);
  if (relation.kind == relation_kind::many_to_many) {
    if (!take_back(relation, owner, one, true)) pairs_.push_back({owner.shared_from_this(), alive, &relation, false});
  } else if (relation.on_remove == cascade::orphans) {
    remove(one);
  } else {
    if (!relation.clear(one.object))
      throw_usage(name_of(one) + " cannot leave " + name_of_relation(owner, relation) +
                  ": its foreign key cannot be NULL. Say cascade::orphans in relate<...>, or remove() the object");
    unlink(alive, relation);
  }
  std::erase(relation.of(owner.object).changeable(), alive);
}

}  // namespace tidb::detail
