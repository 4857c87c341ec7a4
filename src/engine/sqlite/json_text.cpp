#include "engine/sqlite/json_text.hpp"

#include "engine/sqlite/numeric_text.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

using nlohmann::json;

/// Counted before parsing: what walks a document does so by recursion.
constexpr int deepest = 100;

bool is_too_deep(std::string_view text) noexcept {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char character = text[i];
    if (quoted) {
      if (character == '\\')
        ++i;
      else if (character == '"')
        quoted = false;
      continue;
    }
    if (character == '"')
      quoted = true;
    else if (character == '[' || character == '{')
      ++depth;
    else if (character == ']' || character == '}')
      --depth;
    if (depth > deepest) return true;
  }
  return false;
}

void write_string(std::string& text, std::string_view value) {
  text += '"';
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char character = value[i];
    if (character == '"' || character == '\\') {
      text += '\\';
      text += character;
    } else if (character == '\n' || character == '\r' || character == '\t') {
      text += character == '\n' ? "\\n" : character == '\r' ? "\\r" : "\\t";
    } else if (static_cast<unsigned char>(character) < 0x20) {
      text += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
    } else if (const auto three = value.substr(i, 3); three == "\u2028" || three == "\u2029") {
      text += three == "\u2028" ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      text += character;
    }
  }
  text += '"';
}

/// Without an exponent where that is short: as 1, 0.000001 and 1e+21.
void write_real(std::string& text, double value) {
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-6 && size < 1e21);
  if (plain) {
    text += plain_text(value);
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific).ptr;
  std::string written(digits, end);
  // 1e-07 is written 1e-7.
  if (const auto mark = written.find('e'); mark + 2 < written.size() && written[mark + 2] == '0')
    written.erase(mark + 2, 1);
  text += written;
}

/// `level` below zero: on one line.
void write(std::string& text, const json& value, int level) {
  const bool pretty = level >= 0;
  const auto line = [&](int depth) {
    if (pretty) text.append(1, '\n').append(static_cast<std::size_t>(depth) * 2, ' ');
  };
  if (value.is_structured()) {
    text += value.is_object() ? '{' : '[';
    bool first = true;
    for (auto part = value.begin(); part != value.end(); ++part) {
      if (!first) text += pretty ? "," : ", ";
      first = false;
      line(level + 1);
      if (value.is_object()) {
        write_string(text, part.key());
        text += ": ";
      }
      write(text, *part, pretty ? level + 1 : level);
    }
    if (!value.empty()) line(level);
    text += value.is_object() ? '}' : ']';
  } else if (value.is_string()) {
    write_string(text, value.get_ref<const std::string&>());
  } else if (value.is_number_float()) {
    write_real(text, value.get<double>());
  } else {
    text += value.dump();
  }
}

}  // namespace

std::optional<json> read_json(std::string_view text) {
  if (is_too_deep(text)) return std::nullopt;
  auto value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

json document_argument(function_call& call, int position) {
  if (!call.is_blob(position))
    if (auto value = read_json(call.text(position))) return std::move(*value);
  throw json_failure(fmt::format("argument {} is not valid JSON", position + 1));
}

json value_argument(function_call& call, int position) {
  switch (call.kind(position)) {
  case argument_kind::null: return nullptr;
  case argument_kind::integer: return call.integer(position);
  case argument_kind::real: return call.real(position);
  case argument_kind::blob:
    throw json_failure("a JSON document holds no bytes: pass them as text, such as TO_BASE64(…)");
  case argument_kind::text: break;
  }
  if (call.is_json(position)) return document_argument(call, position);
  return std::string(call.text(position));
}

std::string json_text(const json& value) {
  std::string text;
  write(text, value, -1);
  return text;
}

std::string pretty_json(const json& value) {
  std::string text;
  write(text, value, 0);
  return text;
}

}  // namespace tidb::detail
