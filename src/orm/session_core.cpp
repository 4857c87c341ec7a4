#include "orm/session_core.hpp"

#include <algorithm>
#include <utility>

namespace tidb::detail {

namespace {

/// What the one says of those that hold its key by the columns of a relation, which may be theirs.
cascade cascade_of(const tracked& one, const tracked& many, const relation_facts& relation) {
  for (const auto& each : one.type->relations)
    if (each.kind == relation_kind::one_to_many && &each.other() == many.type && each.columns == relation.columns)
      return each.on_remove;
  return cascade::none;
}

template <class F>
void each_relation(const tracked& object, F&& f) {
  for (const auto& relation : object.type->relations) f(relation.of(object.object));
}

}  // namespace

session_core::~session_core() {
  transaction_.reset();
  const auto end = [this](tracked& object) { let_go(object); };
  for (const auto* list : {&added_, &removed_, &gone_})
    for (const auto& object : *list) end(*object);
  for (const auto& each : classes_) each->end(end);
}

const executor& session_core::on(bool writes, std::source_location where) {
  if (!has_own_transaction()) return outside_;
  if (transaction_) return transaction_->on();
  auto options = options_.transaction;
  if (outside_.expect_pool(where).engine() == engine_kind::embedded && !writes) options.optimistic = true;
  return transaction_.emplace(outside_, options, where).on();
}

void session_core::check_usable(std::source_location where) const {
  if (!failed_) return;
  auto info = failed_->info();
  info.code = errc::usage;
  info.message = "an earlier error has ended this session's transaction, and nothing of it is kept: call rollback(), "
                 "then go on. The error was: " +
                 info.message;
  info.where = where;
  throw_error(std::move(info));
}

objects_of_class& session_core::objects_of(const object_class& type) {
  for (const auto& each : classes_)
    if (&each->type() == &type) return *each;
  return *classes_.emplace_back(std::make_unique<objects_of_class>(*this, type));
}

const objects_of_class* session_core::objects_if_any(const object_class& type) const {
  const auto found = std::ranges::find(classes_, &type, [](const auto& each) { return &each->type(); });
  return found == classes_.end() ? nullptr : found->get();
}

tracked* session_core::find(const object_class& type, std::span<const value_view> key) {
  return objects_of(type).find(key);
}

void session_core::keep(objects_of_class& with, std::shared_ptr<tracked> object, std::span<const value_view> key) {
  auto& kept = *object;
  kept.type->keep(kept.original, kept.object);
  kept.session = this;
  kept.state = object_state::kept;
  kept.known_in = transaction_number_;
  kept.expired = false;
  own_relations(kept);
  with.keep(std::move(object), key);
}

tracked* session_core::find_address(const object_class& type, const void* object) const {
  if (const auto added = added_at_.find(object); added != added_at_.end()) return added->second;
  const auto* const objects = objects_if_any(type);
  if (object == nullptr || objects == nullptr) return nullptr;
  auto* const found = objects->find(object_key(type, object).cells());
  if (found != nullptr && found->object == object) return found;
  tracked* other = nullptr;  // its key may have been changed, which the next flush refuses
  objects->each([&](tracked& each) {
    if (each.object == object) other = &each;
  });
  return other;
}

tracked& session_core::expect(const object_class& type, const void* object, std::source_location where) const {
  if (auto* const found = find_address(type, object)) return *found;
  throw_usage("this object of `" + std::string(type.name()) +
                  "` is not of this session: add() its value, or read it by query() or get(). What was rolled back, "
                  "deleted or forgotten is of no session any more",
              where);
}

bool session_core::is_current(const tracked& object) const {
  return !object.expired && (object.known_in == transaction_number_ || is_changed(object));
}

std::shared_ptr<tracked> session_core::get(const object_class& type, std::span<const value_view> key,
                                           std::source_location where) {
  if (any_null(key)) return nullptr;
  auto* const known = find(type, key);
  if (known != nullptr && known->state == object_state::removed) return nullptr;
  if (known != nullptr && is_current(*known)) return known->shared_from_this();
  if (known == nullptr)
    if (auto* const added = find_added(type, key)) return added->shared_from_this();
  const auto statement = select_by_key(type, key);
  const auto found = read(type, statement, where);
  return found.empty() ? nullptr : found.front()->shared_from_this();
}

/// One that was added, by the key that it was given.
tracked* session_core::find_added(const object_class& type, std::span<const value_view> key) const {
  if (added_by_key_.empty()) return nullptr;
  const auto [first, last] = added_by_key_.equal_range(cells_text(key));
  for (auto each = first; each != last; ++each)
    if (each->second->type == &type && same_cells(object_key(type, each->second->object).cells(), key))
      return each->second;
  return nullptr;
}

std::shared_ptr<tracked> session_core::merge(const object_class& type, const void* value, std::source_location where) {
  const object_key key(type, value);
  if (!key.is_known()) return nullptr;
  if (auto* const known = find(type, key.cells()); known != nullptr && known->state == object_state::removed) {
    known->state = object_state::kept;
    std::erase(removed_, known->shared_from_this());
  }
  auto found = get(type, key.cells(), where);
  if (!found) return nullptr;
  for (const auto& relation : type.relations)
    if (!relation.of(const_cast<void*>(value)).given_.empty())
      throw_usage("merge() of " + name_of(*found) + ", which is there, takes its columns only: put what is in `" +
                      std::string(relation.name) + "` into the relation of the object that merge() gives",
                  where);
  type.assign(found->object, value);
  return found;
}

void session_core::expire(tracked& object, std::source_location where) {
  if (object.state != object_state::kept)
    throw_usage(name_of(object) + " cannot be read anew: it was not inserted yet, or is removed", where);
  object.expired = true;
  links_.erase(object.shared_from_this());
  each_relation(object, [](relation_base& relation) { relation.loaded_ = false; });
}

void session_core::refresh(tracked& object, std::source_location where) {
  expire(object, where);
  const object_key key(object);
  if (get(*object.type, key.cells(), where) == nullptr)
    throw_error(
        {.code = errc::no_row, .message = name_of(object) + " is there no more: forget() the object", .where = where});
}

void session_core::own_relations(tracked& object) {
  each_relation(object, [&](relation_base& relation) { relation.owner_ = &object; });
}

void session_core::add(std::shared_ptr<tracked> object) {
  const auto before = added_.size();
  auto& added = *object;
  added.session = this;
  added.state = object_state::added;
  added_at_.emplace(added.object, &added);
  if (const object_key key(*added.type, added.object); key.is_known())
    added_by_key_.emplace(cells_text(key.cells()), &added);
  added_.push_back(std::move(object));
  own_relations(added);
  try {
    take_given(added);
  } catch (...) {
    take_back_added(before);
    throw;
  }
}

/// Those from this one on.
void session_core::take_back_added(std::size_t first) {
  while (added_.size() > first) {
    const auto object = added_.back();
    drop_pending(*object);
    drop_from_lists(*object);
    let_go(*object);
  }
}

void session_core::take_given(tracked& object) {
  for (const auto& facts : object.type->relations) {
    auto& relation = facts.of(object.object);
    const auto given = std::exchange(relation.given_, {});
    relation.loaded_ = facts.kind != relation_kind::many_to_one;  // there are no others in the database
    for (const auto& each : given) {
      auto one = resolve(each, facts.other());
      if (facts.kind == relation_kind::many_to_one)
        refer(object, facts, std::move(one));
      else
        add_to_list(object, facts, std::move(one), each.made != nullptr);
    }
  }
}

void session_core::remove(tracked& object) {
  if (object.state == object_state::removed) return;
  if (object.state == object_state::kept) {
    object.state = object_state::removed;
    removed_.push_back(object.shared_from_this());
    return;
  }
  const auto alive = object.shared_from_this();
  const auto waiting = release_waiting(object, true);
  drop_pending(object);
  drop_from_lists(object);
  for (const auto& [many, link] : waiting)
    if (many->session == this && cascade_of(object, *many, *link.relation) != cascade::none) remove(*many);
  let_go(object);
}

/// Those that are to hold the key of one that will have none; they get NULL, unless they go, too, by cascades.
std::vector<std::pair<std::shared_ptr<tracked>, pending_link>> session_core::release_waiting(tracked& object,
                                                                                             bool cascades) {
  std::vector<std::pair<std::shared_ptr<tracked>, pending_link>> waiting;
  if (object.state != object_state::added) return waiting;
  for (const auto& [many, links] : links_)
    for (const auto& link : links)
      if (link.one.get() == &object) waiting.emplace_back(many, link);
  const auto goes = [&](const tracked& many, const pending_link& link) {
    return cascades && cascade_of(object, many, *link.relation) != cascade::none;
  };
  for (const auto& [many, link] : waiting)
    if (!goes(*many, link) && !link.relation->clear(many->object))
      throw_usage(name_of(object) + " cannot go while " + name_of(*many) +
                  " belongs to it: its foreign key cannot be NULL. Say cascade::remove in relate<...>, or remove it "
                  "first");
  return waiting;
}

void session_core::forget(tracked& object) {
  const auto alive = object.shared_from_this();
  release_waiting(object, false);
  drop_pending(object);
  drop_from_lists(object);
  if (object.state == object_state::kept || object.state == object_state::removed)
    objects_of(*object.type).drop(object);
  std::erase(removed_, alive);
  std::erase_if(touched_, [&](const written_object& each) { return each.object == alive; });
  let_go(object);
}

/// Lists of objects that have rows are read anew; those of objects that are still to be inserted cannot be.
void session_core::drop_from_lists(const tracked& object) {
  const auto drop = [&](const tracked& owner) {
    for (const auto& facts : owner.type->relations) {
      if (facts.kind == relation_kind::many_to_one || &facts.other() != object.type) continue;
      auto& relation = facts.of(owner.object);
      const auto is_it = [&](const auto& each) { return each.get() == &object; };
      if (!relation.objects_ || std::ranges::none_of(*relation.objects_, is_it)) continue;
      std::erase_if(relation.changeable(), is_it);
      if (owner.state != object_state::added) relation.loaded_ = false;
    }
  };
  for (const auto& each : classes_)
    if (!each->type().relations.empty()) each->each(drop);
  for (const auto& added : added_) drop(*added);
}

/// What is to be inserted or linked of it.
void session_core::drop_pending(const tracked& object) {
  if (added_at_.erase(object.object) > 0) {
    std::erase_if(added_, [&](const auto& each) { return each.get() == &object; });
    std::erase_if(added_by_key_, [&](const auto& each) { return each.second == &object; });
  }
  for (auto links = links_.begin(); links != links_.end();) {
    std::erase_if(links->second, [&](const pending_link& link) { return link.one.get() == &object; });
    const bool done = links->second.empty() || links->first.get() == &object;
    links = done ? links_.erase(links) : std::next(links);
  }
  std::erase_if(pairs_, [&](const auto& pair) { return pair.own.get() == &object || pair.other.get() == &object; });
}

/// It is a plain value from now on. What its relations have goes: objects may have one another, and would never end.
void session_core::let_go(tracked& object) {
  object.session = nullptr;
  object.state = object_state::apart;
  object.expired = object.inserted_here = object.written_here = false;
  each_relation(object, [](relation_base& relation) {
    relation.objects_.reset();
    relation.given_.clear();
    relation.loaded_ = false;
  });
}

bool session_core::is_changed(const tracked& object) const {
  if (object.state == object_state::added || object.state == object_state::removed) return true;
  if (links_.contains(const_cast<tracked&>(object).shared_from_this())) return true;
  return !object.expired && !object.type->same(object.object, object.original);
}

std::size_t session_core::size() const noexcept {
  auto count = added_.size();
  for (const auto& each : classes_) count += each->size();
  return count;
}

void session_core::expire_all() {
  for (const auto& each : classes_) each->each([](tracked& object) { object.expired = true; });
  forget_lists();
}

void session_core::forget_lists() {
  for (const auto& each : classes_)
    if (!each->type().relations.empty())
      each->each(
          [](tracked& object) { each_relation(object, [](relation_base& relation) { relation.loaded_ = false; }); });
}

/// What was put into them may have been moved on since, before it was written.
void session_core::forget_changed_lists() {
  for (const auto& [owner, relation] : std::exchange(changed_lists_, {})) relation->of(owner->object).loaded_ = false;
}

/// The lists that some columns of a struct's table decide about.
void session_core::forget_lists_of(const object_class& type, std::span<const std::size_t> columns) {
  const auto decides = [&](const relation_facts& relation) {
    return relation.kind == relation_kind::one_to_many && &relation.other() == &type &&
           std::ranges::any_of(relation.columns,
                               [&](std::size_t place) { return std::ranges::find(columns, place) != columns.end(); });
  };
  for (const auto& each : classes_)
    for (const auto& relation : each->type().relations)
      if (decides(relation)) each->each([&](tracked& owner) { relation.of(owner.object).loaded_ = false; });
}

/// The lists that the tables between decide about which these relations wrote.
void session_core::forget_pairs(std::span<const relation_facts* const> changed) {
  const auto decides = [&](const relation_facts& relation) {
    return relation.kind == relation_kind::many_to_many &&
           std::ranges::any_of(changed, [&](const relation_facts* each) {
             return each->between.definition.name == relation.between.definition.name;
           });
  };
  for (const auto& each : classes_)
    for (const auto& relation : each->type().relations)
      if (decides(relation)) each->each([&](tracked& owner) { relation.of(owner.object).loaded_ = false; });
}

void session_core::commit(std::source_location where) {
  if (!has_own_transaction())
    throw_usage("this session is a part of a transaction: call flush(), and the transaction's end commits", where);
  flush(where);
  if (!transaction_) return;
  try {
    transaction_->commit(where);
  } catch (const error& failed) {
    fail(failed);
    throw;
  } catch (...) {
    transaction_.reset();
    throw;
  }
  transaction_.reset();
  committed();
}

/// Nothing more is done before a rollback; the transaction's locks are given back at once.
void session_core::fail(const error& failed) {
  transaction_.reset();
  failed_ = failed;
}

void session_core::committed() {
  ++transaction_number_;
  for (const auto& each : touched_) each.object->inserted_here = each.object->written_here = false;
  touched_.clear();
  for (const auto& object : gone_) let_go(*object);
  gone_.clear();
  forget_lists();
}

void session_core::rollback(std::source_location where) {
  if (!has_own_transaction())
    throw_usage("this session is a part of a transaction: an exception from the transaction's function rolls back",
                where);
  transaction_.reset();
  failed_.reset();
  rolled_back();
}

void session_core::rolled_back() {
  ++transaction_number_;
  changed_lists_.clear();
  links_.clear();
  pairs_.clear();
  for (const auto& object : std::exchange(added_, {})) let_go(*object);
  added_at_.clear();
  added_by_key_.clear();
  for (const auto& object : std::exchange(gone_, {})) {
    object->state = object_state::kept;
    const object_key key(*object);
    objects_of(*object->type).keep(object, key.cells());
  }
  for (const auto& object : std::exchange(removed_, {})) object->state = object_state::kept;
  for (const auto& [object, before] : std::exchange(touched_, {})) {
    object->written_here = false;
    if (std::exchange(object->inserted_here, false)) {
      objects_of(*object->type).drop(*object);
      let_go(*object);
    }
    object->type->assign(object->object, before.get());
    object->type->keep(object->original, before.get());
  }
  for (const auto& each : classes_)
    each->each([](tracked& object) {
      if (!object.type->same(object.object, object.original)) object.type->restore(object.object, object.original);
    });
  forget_lists();
}

/// Remembers what it was before its first write in this transaction.
void session_core::touch(tracked& object) {
  if (std::exchange(object.written_here, true)) return;
  touched_.push_back({object.shared_from_this(), object.type->copy(object, object.state != object_state::added)});
}

}  // namespace tidb::detail
