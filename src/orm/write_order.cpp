#include "orm/write_order.hpp"

#include "orm/session_objects.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>

namespace tidb::detail {

namespace {

/// Columns of one struct's table that hold columns of another's.
struct foreign_columns {
  std::vector<std::size_t> columns{};
  const object_class* one{};
  std::vector<std::size_t> referenced{};
  const relation_facts* relation{};
};

std::vector<std::size_t> places_of_names(const mapped_table& table, std::span<const std::string> names) {
  std::vector<std::size_t> places;
  for (const auto& name : names) {
    const auto found = std::ranges::find(table.names, name);
    if (found == table.names.end()) return {};
    places.push_back(static_cast<std::size_t>(found - table.names.begin()));
  }
  return places;
}

/// Those that lead to one of `classes`.
std::vector<foreign_columns> foreign_columns_of(const object_class& many,
                                                std::span<const object_class* const> classes) {
  std::vector<foreign_columns> all;
  for (const auto& relation : many.relations) {
    if (relation.kind != relation_kind::many_to_one) continue;
    const auto& one = relation.other();
    if (std::ranges::find(classes, &one) != classes.end())
      all.push_back({relation.columns, &one, one.table.key, &relation});
  }
  for (const auto& key : many.table.definition.foreign_keys) {
    const auto one = std::ranges::find(classes, key.table, [](const object_class* each) { return each->name(); });
    if (one == classes.end()) continue;
    foreign_columns made{places_of_names(many.table, key.columns), *one, places_of_names((*one)->table, key.referenced),
                         nullptr};
    const bool is_relation = std::ranges::any_of(
        all, [&](const foreign_columns& each) { return each.columns == made.columns && each.one == made.one; });
    if (!is_relation && !made.columns.empty() && made.columns.size() == made.referenced.size())
      all.push_back(std::move(made));
  }
  return all;
}

std::vector<const object_class*> classes_of(std::span<tracked* const> objects) {
  std::vector<const object_class*> classes;
  for (const auto* object : objects)
    if (std::ranges::find(classes, object->type) == classes.end()) classes.push_back(object->type);
  return classes;
}

/// Finds objects of one struct by the values of some columns.
using object_finder = std::unordered_map<std::string, std::size_t>;

}  // namespace

std::vector<dependency> dependencies_among(std::span<tracked* const> objects, bool of_rows) {
  const auto classes = classes_of(objects);
  std::map<const object_class*, std::vector<foreign_columns>> foreign;
  std::map<std::tuple<const object_class*, std::vector<std::size_t>>, object_finder> finders;
  for (const auto* each : classes) {
    for (const auto& columns : foreign_columns_of(*each, classes)) finders[{columns.one, columns.referenced}];
    foreign[each] = foreign_columns_of(*each, classes);
  }
  if (finders.empty()) return {};
  const auto cells_of = [&](const tracked& object) {
    return of_rows ? object_cells(object) : object_cells(*object.type, object.object);
  };
  for (auto& [by, finder] : finders)
    for (std::size_t i = 0; i < objects.size(); ++i)
      if (objects[i]->type == std::get<0>(by)) {
        const auto cells = cells_of(*objects[i]);
        const auto values = cells.at(std::get<1>(by));
        if (!any_null(values)) finder.emplace(cells_text(values), i);
      }
  std::vector<dependency> found;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const auto& keys = foreign[objects[i]->type];
    if (keys.empty()) continue;
    const auto cells = cells_of(*objects[i]);
    for (const auto& key : keys) {
      const auto values = cells.at(key.columns);
      if (any_null(values)) continue;
      const auto& finder = finders.at({key.one, key.referenced});
      const auto one = finder.find(cells_text(values));
      if (one != finder.end() && one->second != i) found.push_back({i, one->second, key.relation});
    }
  }
  return found;
}

write_order::write_order(std::span<tracked* const> objects)
    : objects_(objects), classes_(classes_of(objects)), waiting_(objects.size()), needs_(objects.size()),
      out_(objects.size()), left_(objects.size()) {}

void write_order::add(std::size_t earlier, std::size_t later) {
  waiting_[earlier].push_back(later);
  ++needs_[later];
}

void write_order::remove(std::size_t earlier, std::size_t later) {
  const auto found = std::ranges::find(waiting_[earlier], later);
  if (found == waiting_[earlier].end()) return;
  waiting_[earlier].erase(found);
  --needs_[later];
}

std::vector<std::size_t> write_order::next() {
  // of the structs that have objects ready, the one with the fewest that still wait: its objects go in one statement
  std::map<const object_class*, std::pair<std::size_t, std::vector<std::size_t>>> by_class;
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    if (out_[i]) continue;
    auto& [waiting, ready] = by_class[objects_[i]->type];
    if (needs_[i] == 0)
      ready.push_back(i);
    else
      ++waiting;
  }
  std::vector<std::size_t>* chosen = nullptr;
  std::size_t fewest = 0;
  for (const auto* each : classes_) {
    const auto found = by_class.find(each);
    if (found == by_class.end() || found->second.second.empty()) continue;
    if (chosen != nullptr && found->second.first >= fewest) continue;
    chosen = &found->second.second;
    fewest = found->second.first;
  }
  if (chosen == nullptr) return {};
  for (const auto object : *chosen) {
    out_[object] = true;
    --left_;
    for (const auto later : waiting_[object]) --needs_[later];
  }
  return std::move(*chosen);
}

}  // namespace tidb::detail
