#include "sql/shape.hpp"

#include "sql/depth.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tidb::sql {

namespace {

/// What of a literal the statement's text tells: NULL, and in SQLite a duration.
std::uint64_t printed_as(const value_view& literal) noexcept {
  return literal.is_null() ? 1 : literal.kind == value_kind::time ? 2 : 0;
}

bool is_of_query(op kind) noexcept {
  return kind == op::query || kind == op::exists || kind == op::any_of || kind == op::all_of;
}

// What a word is of: no two selects of other texts may have the same words.
constexpr unsigned lasting_bit = 8, literal_bits = 9, shared_bit = 11, payload_bit = 12, count_bits = 32;

constexpr std::uint64_t bit(unsigned number) noexcept { return std::uint64_t{1} << number; }

}  // namespace

std::uint64_t shape::hash() const noexcept {
  const auto all = words();
  std::uint64_t even = all.size(), odd = 0;  // two, which a processor makes at once
  for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
    even = std::rotl(even, 5) ^ all[i];
    odd = std::rotl(odd, 7) ^ all[i + 1];
  }
  if (all.size() % 2 != 0) even = std::rotl(even, 5) ^ all.back();
  return ((even ^ std::rotl(odd, 31)) * 0x9E3779B97F4A7C15U) >> 32U;
}

void shape::add(std::string_view text) {
  const auto words = (text.size() + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
  auto* to = words_.more(1 + words);
  to[0] = text.size();
  if (words > 0) {
    to[words] = 0;
    std::memcpy(to + 1, text.data(), text.size());
  }
  words_.added(1 + words);
}

/// A node and those behind it that belong to it.
void shape::add(const node& first) {
  constexpr std::size_t most_words = 4;  // of a node without a text of its own
  auto* to = words_.more(most_words * first.size);
  auto* from = to;
  const auto add_behind = [&](const node& at, auto&& add_it) {
    words_.added(static_cast<std::size_t>(to - from));
    add_it();
    from = to = words_.more(most_words * static_cast<std::size_t>(&first + first.size - &at));
  };
  for (const auto* at = &first; at != &first + first.size; ++at) {
    const auto head = static_cast<std::uint64_t>(at->kind) | std::uint64_t{at->count} << count_bits;
    if (at->kind == op::literal) {
      *to++ = head | printed_as(at->literal()) << literal_bits;
      literals_.push_back(at);
    } else if (at->lasting) {
      const bool has_payload = (at->words[0] | at->words[1] | at->words[2]) != 0;  // an index, or where its name is
      *to++ = head | bit(lasting_bit) | (has_payload ? bit(payload_bit) : 0);
      if (has_payload) to = std::copy_n(at->words, 3, to);
    } else {
      *to++ = head;
      add_behind(*at, [&] {
        if (is_of_query(at->kind)) return add(*at->query);
        add(at->name());
        add(at->table());
      });
    }
  }
  words_.added(static_cast<std::size_t>(to - from));
}

void shape::add(const expression& of) {
  if (!of) {
    words_.push_back(0);
  } else if (of.is_shared()) {  // what lasts has no literals
    words_.push_back(bit(shared_bit));
    words_.push_back(reinterpret_cast<std::uintptr_t>(&of.root()));
  } else {
    add(of.root());
  }
}

template <class Items, class Add>
void shape::add_all(const Items& items, Add&& add_one) {
  words_.push_back(std::size(items));
  for (const auto& each : items) add_one(each);
}

void shape::add(const select& of) {
  if (depth_ == deepest_queries) {
    tells_text_ = false;
    return;
  }
  ++depth_;
  // the values of groups, and of their order, tell which column they are
  if (!of.group.arguments().empty() && (has_value(of.group.root()) || has_value(of.order.root()))) tells_text_ = false;
  const bool has_rare = !of.with.empty() || !of.hints.empty() || !of.as_of.empty() || !of.joins.empty() ||
                        !of.sets.empty() || !of.lock.of.empty();
  words_.push_back(std::uint64_t{of.distinct} | std::uint64_t{of.recursive} << 1U |
                   std::uint64_t{of.lock.for_update} << 2U | std::uint64_t{has_rare} << 3U |
                   static_cast<std::uint64_t>(of.lock.waiting) << 4U);
  add(std::string_view(of.table));
  add(std::string_view(of.alias));
  if (has_rare) {
    add(std::string_view(of.as_of));
    const auto add_text = [this](std::string_view text) { add(text); };
    add_all(of.hints, add_text);
    add_all(of.lock.of, add_text);
    add_all(of.with, [&](const common_table& each) {
      add(std::string_view(each.name));
      add_all(each.columns, add_text);
      add(*each.query);
    });
    add_all(of.joins, [this](const join& each) {
      words_.push_back(static_cast<std::uint64_t>(each.kind));
      add(std::string_view(each.table));
      add(std::string_view(each.alias));
      add(each.on);
    });
    add_all(of.sets, [this](const set_part& each) {
      words_.push_back(static_cast<std::uint64_t>(each.kind));
      add(*each.query);
    });
  }
  for (const auto* part : {&of.columns, &of.where, &of.group, &of.having, &of.order, &of.limit, &of.offset}) add(*part);
  --depth_;
}

bool has_value(const node& of) noexcept {
  return std::any_of(&of, &of + of.size,
                     [](const node& each) { return each.kind == op::literal || each.kind == op::parameter; });
}

bool same_nodes(const node& left, const node& right) {
  const shape one(left), other(right);
  return std::ranges::equal(one.words(), other.words()) &&
         std::ranges::equal(one.literals(), other.literals(), [](const node* first, const node* second) {
           return tidb::value(first->literal()) == tidb::value(second->literal());
         });
}

}  // namespace tidb::sql
