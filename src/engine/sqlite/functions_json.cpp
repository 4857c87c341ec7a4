// JSON: what is in a document. Documents are text; a result of these functions counts as a document within another.
#include "engine/sqlite/functions_json.hpp"

#include <algorithm>

namespace tidb::detail {

using nlohmann::json;

json_path path_argument(function_call& call, int position) {
  std::size_t at = 0;
  auto path = read_path(call.text(position), at);
  if (!path)
    throw json_failure("Invalid JSON path expression. The error is around character position " + std::to_string(at) +
                       ".");
  return std::move(*path);
}

json_path single_path_argument(function_call& call, int position) {
  auto path = path_argument(call, position);
  if (!path.is_single())
    throw json_failure("In this situation, path expressions may not contain the * and ** tokens or an array range.");
  return path;
}

namespace {

void extract(function_call& call) {
  const auto document = document_argument(call, 0);
  json found = json::array();
  bool several = call.count() > 2;
  for (int i = 1; i < call.count(); ++i) {
    const auto path = path_argument(call, i);
    several = several || !path.is_single();
    for (const auto* value : find_all(document, path)) found.push_back(*value);
  }
  if (found.empty()) return call.null();
  call.result_json(json_text(several ? found : found.front()));
}

/// A scalar's text: a string without its quotes.
void unquote(function_call& call) {
  const auto text = call.text(0);
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return call.result_text(text);
  const auto value = document_argument(call, 0);
  call.result_text(value.get_ref<const std::string&>());
}

/// JSON_VALUE(document, path): the scalar there, as SQL has it; NULL for an array or an object.
void value(function_call& call) {
  const auto document = document_argument(call, 0);
  const auto* found = find_one(document, single_path_argument(call, 1).legs);
  if (found == nullptr || found->is_null() || found->is_structured()) return call.null();
  call.result_text(found->is_string() ? found->get_ref<const std::string&>() : json_text(*found));
}

bool contains(const json& all, const json& part) {
  if (all.is_array()) {
    if (part.is_array())
      return std::all_of(part.begin(), part.end(), [&](const json& each) { return contains(all, each); });
    return std::any_of(all.begin(), all.end(), [&](const json& each) { return contains(each, part); });
  }
  if (!all.is_object()) return all == part;
  if (!part.is_object()) return false;
  for (auto member = part.begin(); member != part.end(); ++member) {
    const auto mine = all.find(member.key());
    if (mine == all.end() || !contains(*mine, *member)) return false;
  }
  return true;
}

void contains(function_call& call) {
  const auto document = document_argument(call, 0);
  const auto part = document_argument(call, 1);
  const auto* within = call.count() == 3 ? find_one(document, single_path_argument(call, 2).legs) : &document;
  within != nullptr ? call.result(contains(*within, part)) : call.null();
}

/// True for 'all', false for 'one'.
bool all_argument(function_call& call, int position) {
  std::string word(call.text(position));
  for (auto& letter : word) letter = static_cast<char>(letter | 0x20);
  if (word != "one" && word != "all") throw json_failure("the argument behind the document is 'one' or 'all'");
  return word == "all";
}

void contains_path(function_call& call) {
  const auto document = document_argument(call, 0);
  const bool all = all_argument(call, 1);
  for (int i = 2; i < call.count(); ++i)
    if (find_all(document, path_argument(call, i)).empty() == all) return call.result(!all);
  call.result(all);
}

bool overlaps(const json& left, const json& right) {
  if (left.is_array() || right.is_array()) {
    const auto& list = left.is_array() ? left : right;
    const auto& other = left.is_array() ? right : left;
    return std::any_of(list.begin(), list.end(), [&](const json& each) {
      return other.is_array() ? std::find(other.begin(), other.end(), each) != other.end() : each == other;
    });
  }
  if (!left.is_object() || !right.is_object()) return left == right;
  for (auto member = left.begin(); member != left.end(); ++member)
    if (const auto same = right.find(member.key()); same != right.end() && *same == *member) return true;
  return false;
}

void overlaps(function_call& call) { call.result(overlaps(document_argument(call, 0), document_argument(call, 1))); }

/// TIDB_MEMBER_OF(value, array)
void member_of(function_call& call) {
  const auto value = value_argument(call, 0);
  const auto list = document_argument(call, 1);
  if (!list.is_array()) return call.result(list == value);
  call.result(std::find(list.begin(), list.end(), value) != list.end());
}

void length(function_call& call) {
  const auto document = document_argument(call, 0);
  const auto* of = call.count() == 2 ? find_one(document, single_path_argument(call, 1).legs) : &document;
  if (of == nullptr) return call.null();
  call.result(of->is_structured() ? static_cast<std::int64_t>(of->size()) : 1);
}

std::int64_t depth(const json& value) {
  std::int64_t deepest = 0;
  if (value.is_structured())
    for (const auto& part : value) deepest = std::max(deepest, depth(part));
  return deepest + 1;
}

void depth(function_call& call) { call.result(depth(document_argument(call, 0))); }

void keys(function_call& call) {
  const auto document = document_argument(call, 0);
  const auto* of = call.count() == 2 ? find_one(document, single_path_argument(call, 1).legs) : &document;
  if (of == nullptr || !of->is_object()) return call.null();
  json names = json::array();
  for (auto member = of->begin(); member != of->end(); ++member) names.push_back(member.key());
  call.result_json(json_text(names));
}

void type(function_call& call) {
  const auto value = document_argument(call, 0);
  switch (value.type()) {
  case json::value_t::object: return call.result_text("OBJECT");
  case json::value_t::array: return call.result_text("ARRAY");
  case json::value_t::string: return call.result_text("STRING");
  case json::value_t::boolean: return call.result_text("BOOLEAN");
  case json::value_t::number_float: return call.result_text("DOUBLE");
  case json::value_t::null: return call.result_text("NULL");
  default: break;
  }
  const bool fits = !value.is_number_unsigned() || value.get<std::uint64_t>() >> 63 == 0;
  call.result_text(fits ? "INTEGER" : "UNSIGNED INTEGER");
}

void valid(function_call& call) {
  call.result(call.kind(0) == argument_kind::text && read_json(call.text(0)).has_value());
}

void pretty(function_call& call) { call.result_text(pretty_json(document_argument(call, 0))); }
void quote(function_call& call) { call.result_text(json_text(json(std::string(call.text(0))))); }

/// What JSON_SEARCH looks for, and the paths where it found it.
struct text_search {
  std::string_view pattern;
  std::string_view escape;
  bool all{};
  json found = json::array();

  bool done() const noexcept { return !all && !found.empty(); }

  void look(const json& value, const std::string& path) {
    if (done()) return;
    if (value.is_string() && like(value.get_ref<const std::string&>(), pattern, escape, text_unit::code_point) &&
        std::find(found.begin(), found.end(), path) == found.end())
      found.push_back(path);
    if (value.is_object())
      for (auto member = value.begin(); member != value.end(); ++member) look(*member, path + key_leg(member.key()));
    if (value.is_array())
      for (std::size_t i = 0; i < value.size(); ++i) look(value[i], path + "[" + std::to_string(i) + "]");
  }

  /// Looks at all that lies under a path: the walk goes everywhere, and notes what is there.
  void look_under(const json& document, const json_path& path) {
    const auto starts = find_all(document, path);
    walk(document, "$", starts);
  }

private:
  void walk(const json& value, const std::string& path, const std::vector<const json*>& starts) {
    if (std::find(starts.begin(), starts.end(), &value) != starts.end()) return look(value, path);
    if (value.is_object())
      for (auto member = value.begin(); member != value.end(); ++member)
        walk(*member, path + key_leg(member.key()), starts);
    if (value.is_array())
      for (std::size_t i = 0; i < value.size(); ++i) walk(value[i], path + "[" + std::to_string(i) + "]", starts);
  }
};

/// JSON_SEARCH(document, 'one' or 'all', pattern[, escape[, path…]])
void search(function_call& call) {
  for (int i = 0; i < call.count(); ++i)
    if (i != 3 && call.is_null(i) && (i < 3 || call.count() > 5)) return call.null();
  const auto document = document_argument(call, 0);
  const auto escape = call.count() > 3 && !call.is_null(3) ? call.text(3) : std::string_view();
  if (count_units(escape, text_unit::code_point) > 1) throw json_failure("the escape must be a single character");
  text_search looking{.pattern = call.text(2), .escape = escape.empty() ? "\\" : escape, .all = all_argument(call, 1)};
  bool everywhere = true;
  for (int i = 4; i < call.count(); ++i) {
    if (call.is_null(i)) continue;
    everywhere = false;
    looking.look_under(document, path_argument(call, i));
  }
  if (everywhere) looking.look(document, "$");
  if (looking.found.empty()) return call.null();
  call.result_json(json_text(looking.found.size() == 1 ? looking.found.front() : looking.found));
}

constexpr auto any = -1;

constexpr function_entry entries[] = {
    {"TIDB_JSON_EXTRACT", 2, any, extract},
    {"JSON_UNQUOTE", 1, 1, unquote},
    {"JSON_VALUE", 2, 2, value},
    {"JSON_CONTAINS", 2, 3, contains},
    {"JSON_CONTAINS_PATH", 3, any, contains_path},
    {"JSON_OVERLAPS", 2, 2, overlaps},
    {"TIDB_MEMBER_OF", 2, 2, member_of},
    {"JSON_LENGTH", 1, 2, length},
    {"JSON_DEPTH", 1, 1, depth},
    {"JSON_KEYS", 1, 2, keys},
    {"TIDB_JSON_TYPE", 1, 1, type},
    {"TIDB_JSON_VALID", 1, 1, valid},
    {"JSON_PRETTY", 1, 1, pretty},
    {"TIDB_JSON_QUOTE", 1, 1, quote},
    {"JSON_SEARCH", 3, any, search, on_null::call},
};

}  // namespace

int register_json_functions(function_registry& registry) noexcept {
  if (const int code = registry.add(entries); code != SQLITE_OK) return code;
  return register_json_changes(registry);
}

}  // namespace tidb::detail
