// JSON: making documents, changing and merging them.
#include "engine/sqlite/functions_json.hpp"

#include <algorithm>
#include <utility>

namespace tidb::detail {
namespace {

using nlohmann::json;

void array(function_call& call) {
  json made = json::array();
  for (int i = 0; i < call.count(); ++i) made.push_back(value_argument(call, i));
  call.result_json(json_text(made));
}

void expect_pairs(int count, const char* what) {
  if (count % 2 != 0) throw json_failure(what);
}

void object(function_call& call) {
  expect_pairs(call.count(), "JSON_OBJECT takes pairs of a key and a value");
  json made = json::object();
  for (int i = 0; i < call.count(); i += 2) {
    if (call.is_null(i)) throw json_failure("JSON documents may not contain NULL member names.");
    made[std::string(call.text(i))] = value_argument(call, i + 1);
  }
  call.result_json(json_text(made));
}

enum class change { set, insert, replace };

/// Adds what is not there yet: a member, or an element behind the last; a value that is no array becomes one.
void add_at(json& document, const json_path& path, json value) {
  if (path.legs.empty()) return;
  const std::span<const path_leg> legs(path.legs);
  auto* parent = find_one(document, legs.first(legs.size() - 1));
  if (parent == nullptr) return;
  const auto& last = legs.back();
  if (last.what == path_leg::kind::key) {
    if (parent->is_object()) (*parent)[last.key] = std::move(value);
    return;
  }
  if (!parent->is_array()) *parent = json::array({std::move(*parent)});
  parent->push_back(std::move(value));
}

/// A call without NULL as its document or one of its paths, which stand at 1, 3, 5 …
bool has_null_path(const function_call& call) noexcept {
  for (int i = 0; i < call.count(); i = i == 0 ? 1 : i + 2)
    if (call.is_null(i)) return true;
  return false;
}

template <change Change>
void write_values(function_call& call) {
  expect_pairs(call.count() - 1, "behind the document there are pairs of a path and a value");
  if (has_null_path(call)) return call.null();
  auto document = document_argument(call, 0);
  for (int i = 1; i < call.count(); i += 2) {
    const auto path = single_path_argument(call, i);
    auto* found = find_one(document, path.legs);
    if (found != nullptr && Change != change::insert) *found = value_argument(call, i + 1);
    if (found == nullptr && Change != change::replace) add_at(document, path, value_argument(call, i + 1));
  }
  call.result_json(json_text(document));
}

void remove(function_call& call) {
  auto document = document_argument(call, 0);
  for (int i = 1; i < call.count(); ++i) {
    const auto path = single_path_argument(call, i);
    if (path.legs.empty()) throw json_failure("The path expression '$' is not allowed in this context.");
    const std::span<const path_leg> legs(path.legs);
    auto* parent = find_one(document, legs.first(legs.size() - 1));
    if (parent == nullptr) continue;
    const auto& last = legs.back();
    if (last.what == path_leg::kind::key) {
      if (parent->is_object()) parent->erase(last.key);
    } else if (parent->is_array()) {
      const auto index = index_of(last.first, parent->size());
      if (index && *index < parent->size()) parent->erase(*index);
    }
  }
  call.result_json(json_text(document));
}

void array_append(function_call& call) {
  expect_pairs(call.count() - 1, "behind the document there are pairs of a path and a value");
  if (has_null_path(call)) return call.null();
  auto document = document_argument(call, 0);
  for (int i = 1; i < call.count(); i += 2) {
    auto* found = find_one(document, single_path_argument(call, i).legs);
    if (found == nullptr) continue;
    if (!found->is_array()) *found = json::array({std::move(*found)});
    found->push_back(value_argument(call, i + 1));
  }
  call.result_json(json_text(document));
}

void array_insert(function_call& call) {
  expect_pairs(call.count() - 1, "behind the document there are pairs of a path and a value");
  if (has_null_path(call)) return call.null();
  auto document = document_argument(call, 0);
  for (int i = 1; i < call.count(); i += 2) {
    const auto path = single_path_argument(call, i);
    if (path.legs.empty() || path.legs.back().what != path_leg::kind::place)
      throw json_failure("A path expression is not a path to a cell in an array.");
    const std::span<const path_leg> legs(path.legs);
    auto* parent = find_one(document, legs.first(legs.size() - 1));
    if (parent == nullptr || !parent->is_array()) continue;
    const auto index = std::min(index_of(legs.back().first, parent->size()).value_or(0), parent->size());
    parent->insert(parent->begin() + static_cast<std::ptrdiff_t>(index), value_argument(call, i + 1));
  }
  call.result_json(json_text(document));
}

void patch(json& target, const json& changes) {
  if (!changes.is_object()) {
    target = changes;
    return;
  }
  if (!target.is_object()) target = json::object();
  for (auto member = changes.begin(); member != changes.end(); ++member) {
    if (member->is_null())
      target.erase(member.key());
    else
      patch(target[member.key()], *member);
  }
}

/// NULL is unknown until a document that is no object replaces everything.
void merge_patch(function_call& call) {
  std::optional<json> merged;
  for (int i = 0; i < call.count(); ++i) {
    if (call.is_null(i)) {
      merged.reset();
      continue;
    }
    const auto changes = document_argument(call, i);
    if (i == 0 || !changes.is_object())
      merged = changes;
    else if (merged)
      patch(*merged, changes);
  }
  merged ? call.result_json(json_text(*merged)) : call.null();
}

json preserve(json left, json right) {
  if (left.is_object() && right.is_object()) {
    for (auto member = right.begin(); member != right.end(); ++member) {
      const auto mine = left.find(member.key());
      if (mine == left.end())
        left[member.key()] = std::move(*member);
      else
        *mine = preserve(std::move(*mine), std::move(*member));
    }
    return left;
  }
  if (!left.is_array()) left = json::array({std::move(left)});
  if (!right.is_array()) right = json::array({std::move(right)});
  for (auto& each : right) left.push_back(std::move(each));
  return left;
}

void merge_preserve(function_call& call) {
  auto merged = document_argument(call, 0);
  for (int i = 1; i < call.count(); ++i) merged = preserve(std::move(merged), document_argument(call, i));
  call.result_json(json_text(merged));
}

constexpr auto any = -1;

constexpr function_entry entries[] = {
    {"TIDB_JSON_ARRAY", 0, any, array, on_null::call},
    {"TIDB_JSON_OBJECT", 0, any, object, on_null::call},
    {"TIDB_JSON_SET", 3, any, write_values<change::set>, on_null::call},
    {"TIDB_JSON_INSERT", 3, any, write_values<change::insert>, on_null::call},
    {"TIDB_JSON_REPLACE", 3, any, write_values<change::replace>, on_null::call},
    {"TIDB_JSON_REMOVE", 2, any, remove},
    {"JSON_ARRAY_APPEND", 3, any, array_append, on_null::call},
    {"JSON_ARRAY_INSERT", 3, any, array_insert, on_null::call},
    {"JSON_MERGE_PATCH", 2, any, merge_patch, on_null::call},
    {"JSON_MERGE_PRESERVE", 2, any, merge_preserve},
    {"JSON_MERGE", 2, any, merge_preserve},
};

}  // namespace

int register_json_changes(function_registry& registry) noexcept { return registry.add(entries); }

}  // namespace tidb::detail
