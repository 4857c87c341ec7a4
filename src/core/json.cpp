#include "tidbxx/core/json.hpp"

#include "tidbxx/core/error.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tidb {
namespace {

using tree = nlohmann::json;

/// Listens to the parser and keeps only where it failed, so that checking a text builds no tree.
struct checker : nlohmann::json_sax<tree> {
  std::size_t failed_at{};  // 1-based

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&, const tree::exception&) override {
    failed_at = position;
    return false;
  }
};

/// Where the text stops being JSON, counted from 1; 0 if it is JSON.
std::size_t first_wrong_byte(const std::string& text) {
  if (text.starts_with("\xEF\xBB\xBF")) return 1;  // the parser skips a byte order mark, TiDB refuses it
  checker listener;
  if (!tree::sax_parse(text, &listener)) return listener.failed_at == 0 ? 1 : listener.failed_at;
  auto zero = text.find('\0');  // the parser takes it for the end of the text
  return zero == std::string::npos ? 0 : zero + 1;
}

/// Numbers are equal by value; the tree's own == would find 18446744073709551615 equal to -1.
bool same_number(const tree& left, const tree& right) {
  if (left.is_number_float() || right.is_number_float()) return left.get<double>() == right.get<double>();
  if (left.is_number_unsigned() && right.is_number_unsigned())
    return left.get<std::uint64_t>() == right.get<std::uint64_t>();
  if (left.is_number_unsigned() || right.is_number_unsigned()) return false;  // a signed one is below zero
  return left.get<std::int64_t>() == right.get<std::int64_t>();
}

using pair_list = std::vector<std::pair<const tree*, const tree*>>;

/// Compares two nodes but not their children, which it adds to `waiting`.
bool same_node(const tree& left, const tree& right, pair_list& waiting) {
  if (left.is_number() && right.is_number()) return same_number(left, right);
  if (left.type() != right.type()) return false;
  if (!left.is_structured()) return left == right;
  if (left.size() != right.size()) return false;
  for (auto one = left.begin(), other = right.begin(); one != left.end(); ++one, ++other) {
    if (left.is_object() && one.key() != other.key()) return false;
    waiting.emplace_back(&*one, &*other);
  }
  return true;
}

/// Without recursion, for a document's depth is its author's choice and the stack is ours.
bool same_document(const tree& left, const tree& right) {
  pair_list waiting{{&left, &right}};
  while (!waiting.empty()) {
    auto [one, other] = waiting.back();
    waiting.pop_back();
    if (!same_node(*one, *other, waiting)) return false;
  }
  return true;
}

}  // namespace

json::json() : text_("null") {}

json::json(std::string text) : text_(std::move(text)) {
  auto position = first_wrong_byte(text_);
  if (position == 0) return;
  error_info info;
  info.code = errc::usage;
  info.message =
      position > text_.size()
          ? fmt::format("this text is not JSON: it ends after {} bytes, before the document does", text_.size())
          : fmt::format("this text is not JSON from byte {} on", position);
  throw_error(std::move(info));
}

json json::trusted(std::string_view text) {
  json document;
  document.text_.assign(text);
  return document;
}

bool operator==(const json& left, const json& right) {
  if (left.text_ == right.text_) return true;
  auto one = tree::parse(left.text_, nullptr, false);
  auto other = tree::parse(right.text_, nullptr, false);
  return !one.is_discarded() && !other.is_discarded() && same_document(one, other);
}

}  // namespace tidb
