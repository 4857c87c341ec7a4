#include "engine/sqlite/json_path.hpp"

#include "engine/sqlite/json_text.hpp"

#include <algorithm>

namespace tidb::detail {
namespace {

using nlohmann::json;

bool is_blank(char character) noexcept { return character == ' ' || (character >= '\t' && character <= '\r'); }
bool is_digit(char character) noexcept { return character >= '0' && character <= '9'; }
bool starts_identifier(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_' ||
         character == '$' || static_cast<unsigned char>(character) >= 0x80;
}
bool in_identifier(char character) noexcept { return starts_identifier(character) || is_digit(character); }

class path_reader {
public:
  explicit path_reader(std::string_view text) noexcept : text_(text) {}

  std::optional<json_path> read() {
    json_path path;
    skip_blanks();
    if (!take('$')) return std::nullopt;
    for (skip_blanks(); at_ < text_.size(); skip_blanks()) {
      path_leg leg;
      if (!read_leg(leg)) return std::nullopt;
      path.legs.push_back(std::move(leg));
    }
    if (!path.legs.empty() && path.legs.back().what == path_leg::kind::any_depth) return std::nullopt;
    return path;
  }

  std::size_t position() const noexcept { return at_ + 1; }

private:
  void skip_blanks() noexcept {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool take(char character) noexcept {
    if (at_ >= text_.size() || text_[at_] != character) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) noexcept {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool read_leg(path_leg& leg) {
    if (take_word("**")) {
      leg.what = path_leg::kind::any_depth;
      return true;
    }
    if (take('.')) return read_key(leg);
    return take('[') && read_place(leg);
  }

  bool read_key(path_leg& leg) {
    skip_blanks();
    if (take('*')) {
      leg.what = path_leg::kind::any_key;
      return true;
    }
    leg.what = path_leg::kind::key;
    const auto begin = at_;
    if (take('"')) {
      while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
      if (!take('"')) return false;
      const auto key = json::parse(text_.substr(begin, at_ - begin), nullptr, false);
      if (!key.is_string()) return false;
      leg.key = key.get<std::string>();
      return true;
    }
    if (at_ >= text_.size() || !starts_identifier(text_[at_])) return false;
    while (at_ < text_.size() && in_identifier(text_[at_])) ++at_;
    leg.key = text_.substr(begin, at_ - begin);
    return true;
  }

  bool read_number(std::size_t& number) noexcept {
    const auto begin = at_;
    number = 0;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      if (number > 0xFFFFFFFF / 10) return false;
      number = number * 10 + static_cast<std::size_t>(text_[at_] - '0');
    }
    return at_ > begin;
  }

  bool read_array_place(array_place& place) noexcept {
    skip_blanks();
    if (!take_word("last")) return read_number(place.count);
    place.from_last = true;
    skip_blanks();
    if (!take('-')) return true;
    skip_blanks();
    return read_number(place.count);
  }

  bool read_place(path_leg& leg) {
    skip_blanks();
    if (take('*')) {
      leg.what = path_leg::kind::any_place;
    } else {
      if (!read_array_place(leg.first)) return false;
      leg.what = path_leg::kind::place;
      skip_blanks();
      if (take_word("to")) {
        leg.what = path_leg::kind::range;
        if (!read_array_place(leg.last)) return false;
        const bool alike = leg.first.from_last == leg.last.from_last;
        const bool backwards =
            leg.first.from_last ? leg.first.count < leg.last.count : leg.first.count > leg.last.count;
        if (alike && backwards) return false;
      }
    }
    skip_blanks();
    return take(']');
  }

  std::string_view text_;
  std::size_t at_{};
};

/// Follows a path to everything that it leads to.
class collector {
public:
  explicit collector(std::span<const path_leg> legs) noexcept : legs_(legs) {}
  std::vector<const json*> found;

  void follow(const json& value, std::size_t leg) {
    if (leg == legs_.size()) {
      // Two ways of a ** may lead to the same place.
      if (std::find(found.begin(), found.end(), &value) == found.end()) found.push_back(&value);
      return;
    }
    const auto& step = legs_[leg];
    switch (step.what) {
    case path_leg::kind::key:
      if (value.is_object())
        if (const auto member = value.find(step.key); member != value.end()) follow(*member, leg + 1);
      return;
    case path_leg::kind::any_key:
      if (value.is_object())
        for (const auto& member : value) follow(member, leg + 1);
      return;
    case path_leg::kind::place:
    case path_leg::kind::any_place:
    case path_leg::kind::range: return follow_places(value, leg);
    case path_leg::kind::any_depth:
      follow(value, leg + 1);
      if (value.is_structured())
        for (const auto& part : value) follow(part, leg);
    }
  }

private:
  /// What is no array counts as one of itself, but has no last element.
  void follow_places(const json& value, std::size_t leg) {
    const auto& step = legs_[leg];
    if (!value.is_array() && (step.what == path_leg::kind::any_place || step.first.from_last)) return;
    const auto size = value.is_array() ? value.size() : 1;
    std::size_t first = 0;
    std::size_t last = size - 1;
    if (step.what != path_leg::kind::any_place) {
      const auto end = step.what == path_leg::kind::range ? step.last : step.first;
      const auto from = index_of(step.first, size);
      const auto to = index_of(end, size);
      if (!to || (!from && step.what == path_leg::kind::place)) return;
      first = from.value_or(0);
      last = *to;
    }
    for (; first <= last && first < size; ++first) follow(value.is_array() ? value[first] : value, leg + 1);
  }

  std::span<const path_leg> legs_;
};

}  // namespace

bool json_path::is_single() const noexcept {
  return std::all_of(legs.begin(), legs.end(), [](const path_leg& leg) {
    return leg.what == path_leg::kind::key || leg.what == path_leg::kind::place;
  });
}

std::optional<json_path> read_path(std::string_view text, std::size_t& at) {
  path_reader reader(text);
  auto path = reader.read();
  at = reader.position();
  return path;
}

std::vector<const json*> find_all(const json& document, const json_path& path) {
  collector all(path.legs);
  all.follow(document, 0);
  return std::move(all.found);
}

json* find_one(json& document, std::span<const path_leg> legs) {
  auto* value = &document;
  for (const auto& leg : legs) {
    if (leg.what == path_leg::kind::key) {
      if (!value->is_object()) return nullptr;
      const auto member = value->find(leg.key);
      if (member == value->end()) return nullptr;
      value = &*member;
      continue;
    }
    const auto size = value->is_array() ? value->size() : 1;
    const auto index = index_of(leg.first, size);
    if (!index || *index >= size || (!value->is_array() && leg.first.from_last)) return nullptr;
    if (value->is_array()) value = &(*value)[*index];
  }
  return value;
}

std::optional<std::size_t> index_of(const array_place& place, std::size_t size) noexcept {
  if (!place.from_last) return place.count;
  if (place.count >= size) return std::nullopt;
  return size - 1 - place.count;
}

std::string key_leg(std::string_view key) {
  const bool plain =
      !key.empty() && starts_identifier(key.front()) && std::all_of(key.begin(), key.end(), in_identifier);
  return "." + (plain ? std::string(key) : json_text(json(std::string(key))));
}

}  // namespace tidb::detail
