// JSON text that is known to be JSON.
#pragma once

#include <string>
#include <string_view>

namespace tidb {

/// One JSON document, kept as its text; parse it with the JSON library of your choice.
/// Note: engines may give the text back with other spaces and key order; `==` compares documents, not texts.
class json {
public:
  /// The document `null`.
  json();
  /// Errors: usage_error that names the byte where the text stops being JSON.
  explicit json(std::string text);

  const std::string& text() const noexcept { return text_; }
  /// Takes text that is already known to be JSON, such as an engine's answer.
  static json trusted(std::string_view text);

  /// Cost: parses both.
  friend bool operator==(const json& left, const json& right);

private:
  std::string text_;
};

}  // namespace tidb
