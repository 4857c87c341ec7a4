#include "orm/flush_run.hpp"

#include "core/error_table.hpp"
#include "orm/bulk_writes.hpp"
#include "orm/table_statements.hpp"
#include "orm/write_order.hpp"
#include "schema/table_sql.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

namespace tidb::detail {

namespace {

auto encoder_of(std::span<tracked* const> rows) {
  return [rows](std::size_t row, value_view* cells, kept_cells& kept) {
    rows[row]->type->encode(rows[row]->object, cells, kept);
  };
}

/// The cells that have one form only: JSON and fractions come back from a server otherwise than they were sent.
std::string plain_text(const object_class& type, std::span<const value_view> cells) {
  std::vector<value_view> plain;
  for (std::size_t place = 0; place < cells.size(); ++place) {
    const auto kind = type.table.definition.columns[place].type.kind;
    const bool is_plain = is_integer(kind) || kind == type_kind::varchar || kind == type_kind::text;
    if (is_plain) plain.push_back(cells[place]);
  }
  return cells_text(plain);
}

bool is_changed(const tracked& object) {
  return object.state == object_state::kept && !object.expired && !object.type->same(object.object, object.original);
}

bool counts_writes(const object_class& type) { return type.version != object_class::no_version; }

}  // namespace

void flush_run::spread_removals() {
  const auto spread = [&](std::size_t first, bool taking_along) {
    std::vector<tracked*> removed;
    for (auto i = first; i < session_.removed_.size(); ++i) removed.push_back(session_.removed_[i].get());
    each_class(removed, [&](const object_class& type, std::span<tracked* const> rows) {
      for (const auto& relation : type.relations)
        if (relation.kind == relation_kind::one_to_many && (relation.on_remove != cascade::none) == taking_along)
          spread_removal(rows, relation);
    });
  };
  for (std::size_t done = 0; done < session_.removed_.size();) {
    const auto first = std::exchange(done, session_.removed_.size());
    spread(first, true);
  }
  spread(0, false);  // who is left over when all that go are known
}

/// Those that hold the key of one of `owners` by the columns of a relation.
std::vector<std::shared_ptr<tracked>> flush_run::children_of(std::span<tracked* const> owners,
                                                             const relation_facts& relation) {
  session_.load_relation(owners, relation, where_);
  // the session has them all now, and knows what of them was changed and not written yet
  std::unordered_set<std::string> keys;
  for (const auto* owner : owners) keys.insert(cells_text(object_key(*owner).cells()));
  const auto& one = *owners.front()->type;
  const auto& other = relation.other();
  std::vector<std::shared_ptr<tracked>> children;
  const auto note_child = [&](tracked& each) {
    if (each.state == object_state::removed || session_.link_of(each, relation, one) != nullptr) return;
    const relation_key key(relation, each.object);
    if (!any_null(key.cells()) && keys.contains(cells_text(key.cells()))) children.push_back(each.shared_from_this());
  };
  session_.objects_of(other).each(note_child);
  for (const auto& added : session_.added_)
    if (added->type == &other) note_child(*added);
  return children;
}

void flush_run::spread_removal(std::span<tracked* const> owners, const relation_facts& relation) {
  for (const auto& child : children_of(owners, relation)) {
    if (child->session != &session_ || child->state == object_state::removed) continue;  // it went with another
    if (relation.on_remove != cascade::none) {
      session_.remove(*child);
      continue;
    }
    if (child->expired) session_.refresh(*child, where_);
    if (!relation.clear(child->object))
      throw_usage("a row that " + name_of(*child) + " belongs to by `" + std::string(relation.name) +
                      "` cannot be removed: the foreign key of those that belong to it cannot be NULL. Say "
                      "cascade::remove in relate<...>, or remove them first",
                  where_);
  }
}

std::vector<tracked*> flush_run::changed_objects() const {
  std::vector<tracked*> changed;
  for (const auto& each : session_.classes_)
    each->each([&](tracked& object) {
      if (is_changed(object)) changed.push_back(&object);
    });
  return changed;
}

bool flush_run::has_anything() const {
  return !session_.added_.empty() || !session_.removed_.empty() || !session_.links_.empty() ||
         !session_.pairs_.empty() || !changed_objects().empty();
}

void flush_run::make_vectors() {
  struct made_rows {
    const object_class* type{};
    std::vector<tracked*> rows{};
    row_vectors vectors{};
  };
  std::vector<made_rows> made;
  const auto make = [&](const object_class& type, row_write how, std::span<const std::size_t> columns,
                        std::span<tracked* const> rows) {
    made.push_back({&type,
                    {rows.begin(), rows.end()},
                    {session_.outside_, type.table, how, columns, rows.size(), encoder_of(rows), where_}});
  };
  std::vector<tracked*> added;
  for (const auto& object : session_.added_) added.push_back(object.get());
  each_class(added, [&](const object_class& type, std::span<tracked* const> rows) {
    make(type, row_write::insert, {}, rows);
  });
  for (const auto& each : session_.classes_) {
    const auto& type = each->type();
    if (!has_embedders(session_.outside_, type.table, where_)) continue;
    std::map<std::vector<std::size_t>, std::vector<tracked*>> changed;
    each->each([&](tracked& object) {
      if (!is_changed(object)) return;
      std::vector<std::size_t> columns;
      type.compare(object.object, object.original, columns);
      changed[std::move(columns)].push_back(&object);
    });
    for (const auto& [columns, rows] : changed) make(type, row_write::flush, columns, rows);
  }
  for (const auto& [type, rows, vectors] : made)
    vectors.each([&](std::size_t row, std::size_t place, const value_view& vector) {
      session_.touch(*rows[row]);
      type->set_vector(rows[row]->object, place, vector);
    });
}

void flush_run::write(const executor& on) {
  all_or_none writes(on, false, where_);
  insert_all(writes);
  update_all(writes);
  write_pairs(writes);
  erase_all(writes);
}

void flush_run::insert_all(all_or_none& writes) {
  std::vector<tracked*> rows;
  for (const auto& object : session_.added_) rows.push_back(object.get());
  std::unordered_map<const tracked*, std::size_t> number;
  for (std::size_t i = 0; i < rows.size(); ++i) number.emplace(rows[i], i);
  auto dependencies = dependencies_among(rows, false);
  for (auto* row : rows) session_.touch(*row);
  for (const auto& [many, links] : session_.links_)
    for (const auto& link : links) {
      if (session_.link_of(*many, *link.relation, *link.one->type) != &link) continue;
      session_.touch(*many);
      awaited_.emplace(link.one.get(), std::pair(many.get(), link.relation));
      const auto later = number.find(many.get());
      const auto earlier = number.find(link.one.get());
      if (later != number.end() && earlier != number.end())
        dependencies.push_back({later->second, earlier->second, link.relation});
    }
  write_order order(rows);
  for (const auto& each : dependencies) order.add(each.one, each.many);
  while (!order.is_done()) {
    const auto next = order.next();
    if (next.empty()) {
      break_cycle(rows, dependencies, order);
      continue;
    }
    std::vector<tracked*> wave;
    for (const auto i : next) wave.push_back(rows[i]);
    insert(writes, wave);
  }
  session_.links_.clear();
}

/// One of those that wait for one another goes without the key that it waits for, which it gets by an update.
void flush_run::break_cycle(std::span<tracked* const> rows, std::vector<dependency>& all, write_order& order) {
  for (auto each = all.begin(); each != all.end(); ++each) {
    if (order.is_out(each->many) || order.is_out(each->one) || each->relation == nullptr) continue;
    auto& many = *rows[each->many];
    if (!each->relation->clear(many.object)) continue;
    awaited_.emplace(rows[each->one], std::pair(&many, each->relation));
    order.remove(each->one, each->many);
    all.erase(each);
    return;
  }
  throw_cycle(rows, order);
}

void flush_run::throw_cycle(std::span<tracked* const> rows, const write_order& order) const {
  std::string names;
  for (std::size_t i = 0, shown = 0; i < rows.size() && shown < 4; ++i)
    if (!order.is_out(i)) {
      names += (shown++ == 0 ? "" : ", ") + name_of(*rows[i]);
    }
  throw_usage("rows refer to one another in a circle, so that none of them can be written first: " + names +
                  ". Let one of the foreign keys be NULL (a std::optional member, with a many_to_one that relates it)",
              where_);
}

void flush_run::insert(all_or_none& writes, std::span<tracked* const> rows) {
  const auto& type = *rows.front()->type;
  std::vector<std::size_t> without_key, with_key;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    session_.touch(*rows[row]);
    (type.wants_key(rows[row]->object) ? without_key : with_key).push_back(row);
    type.begin_version(rows[row]->object);
  }
  const auto keys = insert_rows_for_keys(writes, type.table, without_key, with_key, encoder_of(rows), where_);
  for (std::size_t i = 0; i < keys.size(); ++i) type.fill_key(rows[without_key[i]]->object, keys[i]);
  for (auto* row : rows) {
    auto object = row->shared_from_this();
    object->inserted_here = true;
    inserted_.push_back(object);
    session_.added_at_.erase(row->object);
    session_.keep(session_.objects_of(type), std::move(object), object_key(type, row->object).cells());
    point_to(*row);
  }
  note_all_columns(type);
  std::erase_if(session_.added_, [](const auto& each) { return each->state != object_state::added; });
  if (session_.added_.empty()) session_.added_by_key_.clear();
}

void flush_run::note_all_columns(const object_class& type) {
  for (std::size_t place = 0; place < type.table.names.size(); ++place) changed_columns_[&type].insert(place);
}

void flush_run::point_to(tracked& inserted) {
  const auto [first, last] = awaited_.equal_range(&inserted);
  for (auto each = first; each != last; ++each) each->second.second->point(each->second.first->object, inserted.object);
}

void flush_run::update_all(all_or_none& writes) {
  struct group {
    const object_class* type{};
    std::vector<std::size_t> columns{};
    std::vector<tracked*> rows{};
  };
  std::vector<group> groups;
  std::map<std::pair<const object_class*, std::vector<std::size_t>>, std::size_t> number_of;
  for (auto* object : changed_objects()) {
    const auto& type = *object->type;
    session_.touch(*object);
    type.next_version(object->object);
    std::vector<std::size_t> columns;
    type.compare(object->object, object->original, columns);
    for (const auto place : type.table.key)
      if (std::ranges::find(columns, place) != columns.end())
        throw_usage("the primary key of " + name_of(*object) +
                        " was changed: a row keeps its key. Add a new object, and remove this one",
                    where_);
    const auto [number, is_new] = number_of.try_emplace({&type, columns}, groups.size());
    if (is_new) groups.push_back({&type, std::move(columns), {}});
    groups[number->second].rows.push_back(object);
  }
  for (const auto& each : groups) update(writes, *each.type, each.columns, each.rows);
}

void flush_run::update(all_or_none& writes, const object_class& type, std::span<const std::size_t> columns,
                       std::span<tracked* const> rows) {
  const auto version = counts_writes(type) ? std::optional(type.version) : std::nullopt;
  const auto matched = update_rows_by_key(writes, type.table, columns, rows.size(), encoder_of(rows), version, where_);
  if (matched < rows.size()) check_updated(writes, rows);
  changed_columns_[&type].insert(columns.begin(), columns.end());
  updated_.insert(updated_.end(), rows.begin(), rows.end());
}

/// Of rows of which fewer were changed than was asked for. Without a version, those that are there were what they
/// should become, on a connection that counts only changes.
void flush_run::check_updated(all_or_none& writes, std::span<tracked* const> rows) {
  const auto& type = *rows.front()->type;
  const tracked* stale = counts_writes(type) ? rows.front() : nullptr;
  for (const auto* row : rows) {
    const auto found = row_of(writes, *row);
    if (!found) throw_stale(*row);
    if (counts_writes(type) && *found != plain_text(type, object_cells(type, row->object).all())) {
      stale = row;
      break;
    }
  }
  if (stale != nullptr) throw_stale(*stale);
}

/// Those that are still there have another version.
void flush_run::check_erased(all_or_none& writes, std::span<tracked* const> rows) {
  for (const auto* row : rows)
    if (row_of(writes, *row)) throw_stale(*row);
}

/// Its row as text, if there is one.
std::optional<std::string> flush_run::row_of(all_or_none& writes, const tracked& object) {
  const object_key key(object);
  auto statement = select_by_key(*object.type, key.cells());
  statement.lock.for_update = true;  // the newest row: what the transaction sees may be older than what it writes
  const bound_select bound(writes.on(), statement, where_);
  const auto request = bound.request();
  open_rows found(request.on, request.text, request.parameters, request.context);
  if (!found.next()) return std::nullopt;
  return plain_text(*object.type, found.cells());
}

void flush_run::throw_stale(const tracked& object) const {
  error_info info{.where = where_};
  judge(info, entry_named("stale-object"), {{"name", values_and_table(object)}});
  throw_error(std::move(info));
}

void flush_run::erase_all(all_or_none& writes) {
  std::vector<tracked*> rows;
  for (const auto& object : session_.removed_) rows.push_back(object.get());
  write_order order(rows);
  auto dependencies = dependencies_among(rows, true);
  for (const auto& each : dependencies) order.add(each.many, each.one);
  while (!order.is_done()) {
    const auto next = order.next();
    if (next.empty()) {
      let_one_go(writes, rows, dependencies, order);
      continue;
    }
    std::vector<tracked*> wave;
    for (const auto i : next) wave.push_back(rows[i]);
    erase(writes, wave);
  }
  session_.removed_.clear();
}

/// One of those that refer to one another gets NULL for a key.
void flush_run::let_one_go(all_or_none& writes, std::span<tracked* const> rows, std::vector<dependency>& all,
                           write_order& order) {
  for (auto each = all.begin(); each != all.end(); ++each) {
    if (order.is_out(each->many) || order.is_out(each->one) || each->relation == nullptr) continue;
    auto* const many = rows[each->many];
    session_.touch(*many);
    if (!each->relation->clear(many->object)) continue;
    many->type->next_version(many->object);
    std::vector<std::size_t> columns;
    many->type->compare(many->object, many->original, columns);
    if (!columns.empty()) update(writes, *many->type, columns, {&many, 1});
    many->type->keep(many->original, many->object);
    order.remove(each->many, each->one);
    all.erase(each);
    return;
  }
  throw_cycle(rows, order);
}

void flush_run::erase(all_or_none& writes, std::span<tracked* const> rows) {
  const auto& type = *rows.front()->type;
  auto key = type.table.key;
  if (counts_writes(type)) key.push_back(type.version);
  const auto encode = [&](std::size_t row, value_view* cells, kept_cells& kept) {
    type.encode_row(rows[row]->original, cells, kept);
  };
  const auto matched = erase_rows_by_key(writes, type.table, key, rows.size(), encode, where_);
  if (matched < rows.size() && counts_writes(type)) check_erased(writes, rows);
  for (auto* row : rows) {
    auto object = session_.objects_of(type).drop(*row);
    object->state = object_state::gone;
    session_.gone_.push_back(std::move(object));
  }
  note_all_columns(type);
}

void flush_run::note_written() {
  for (auto* object : updated_)
    if (object->state == object_state::kept) {
      object->type->keep(object->original, object->object);
      object->known_in = session_.transaction_number();
    }
  for (const auto& object : inserted_) object->type->keep(object->original, object->object);
  for (const auto& [type, columns] : changed_columns_)
    session_.forget_lists_of(*type, std::vector(columns.begin(), columns.end()));
  if (!changed_pairs_.empty()) session_.forget_pairs(changed_pairs_);
}

void session_core::flush(std::source_location where) {
  const auto or_fail = [&](auto&& step) {
    try {
      step();
    } catch (const error& failed) {
      fail(failed);
      throw;
    } catch (...) {
      fail(error({.code = errc::usage, .message = "an exception that is none of the database's", .where = where}));
      throw;
    }
  };
  flush_run run(*this, where);
  bool has_anything = false;
  or_fail([&] {
    run.spread_removals();
    forget_changed_lists();
    has_anything = run.has_anything();
  });
  if (!has_anything) return;
  run.make_vectors();  // if the program's model throws, nothing was sent, and the session goes on
  or_fail([&] {
    if (has_own_transaction())
      run.write(on(true, where));
    else
      run_nested(
          outside_, [&](const executor& inside) { run.write(inside); }, where);
    run.note_written();
  });
}

}  // namespace tidb::detail
