#include "schema/expression_form.hpp"

#include "core/text.hpp"
#include "schema/sql_tokens.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tidb::detail {

namespace {

struct binary_operator {
  std::string_view sign;
  int binds{};  ///< the larger, the closer
};

constexpr int of_not = 4, of_comparison = 5, of_joining = 11, of_unary = 12;  // how close they bind
constexpr std::array operators = {
    binary_operator{"or", 1},     binary_operator{"||", 1},       binary_operator{"xor", 2},
    binary_operator{"and", 3},    binary_operator{"&&", 3},       binary_operator{"=", 5},
    binary_operator{"<=>", 5},    binary_operator{"<", 5},        binary_operator{"<=", 5},
    binary_operator{">", 5},      binary_operator{">=", 5},       binary_operator{"<>", 5},
    binary_operator{"!=", 5},     binary_operator{"is", 5},       binary_operator{"like", 5},
    binary_operator{"glob", 5},   binary_operator{"regexp", 5},   binary_operator{"in", 5},
    binary_operator{"escape", 6}, binary_operator{"|", 6},        binary_operator{"&", 7},
    binary_operator{"<<", 8},     binary_operator{">>", 8},       binary_operator{"+", 9},
    binary_operator{"-", 9},      binary_operator{"*", 10},       binary_operator{"/", 10},
    binary_operator{"div", 10},   binary_operator{"mod", 10},     binary_operator{"%", 10},
    binary_operator{"^", 11},     binary_operator{"collate", 13}, binary_operator{"->", 14},
    binary_operator{"->>", 14},
};

std::string quoted(std::string_view content) {
  std::string text = "'";
  for (const char letter : content) text.append(letter == '\'' ? 2 : 1, letter);
  return text + "'";
}

/// Climbs by how close operators bind.
class form_maker {
public:
  form_maker(std::string_view sql, sql::dialect of) : in_(sql, of), of_(of) {}

  std::optional<std::string> whole() {
    auto made = part(0);
    return in_.is_over() ? std::optional(std::move(made)) : std::nullopt;
  }

private:
  std::string part(int least) {
    if (++depth_ > deepest) throw_usage("the expression goes too deep to be compared");
    auto made = operation(least);
    --depth_;
    return made;
  }

  std::string operation(int least) {
    auto left = primary();
    for (;;) {
      const bool negated = in_.is("NOT") && (in_.is_at(1, "LIKE") || in_.is_at(1, "IN") || in_.is_at(1, "REGEXP") ||
                                             in_.is_at(1, "GLOB") || in_.is_at(1, "BETWEEN"));
      const auto ahead = negated ? std::size_t{1} : 0;
      if (in_.is_at(ahead, "BETWEEN") && of_comparison >= least) {
        left = between(std::move(left), negated);
        continue;
      }
      const auto* found = operator_at(ahead);
      if (found == nullptr || binds(*found) < least) return left;
      if (negated) in_.next();
      in_.next();
      left = "(" + left + (negated ? " not " : " ") + name_of(found->sign) + " " + part(binds(*found) + 1) + ")";
    }
  }

  const binary_operator* operator_at(std::size_t ahead) const {
    const auto* found = std::ranges::find_if(operators, [&](const auto& each) { return in_.is_at(ahead, each.sign); });
    return found == operators.end() ? nullptr : found;
  }

  /// To SQLite `||` joins texts, and binds closer than arithmetic.
  int binds(const binary_operator& found) const {
    return found.sign == "||" && of_ == sql::dialect::sqlite ? of_joining : found.binds;
  }

  std::string name_of(std::string_view sign) const {
    if (sign == "!=") return "<>";
    if (sign == "&&") return "and";
    if (sign == "||") return of_ == sql::dialect::tidb ? "or" : "||";
    return sign == "mod" ? "%" : std::string(sign);
  }

  std::string between(std::string left, bool negated) {
    if (negated) in_.next();
    in_.next();
    auto low = part(of_comparison + 1);
    in_.expect("AND");
    return "(" + left + (negated ? " not between " : " between ") + low + " and " + part(of_comparison + 1) + ")";
  }

  std::string primary() {
    if (in_.is_over()) return {};
    if (in_.take("NOT")) return "(not " + part(of_not) + ")";
    if (in_.is("-") || in_.is("+") || in_.is("!") || in_.is("~")) {
      const auto sign = in_.next().text;
      const auto inner = part(of_unary);
      return sign == "+" ? inner : "(" + sign + inner + ")";
    }
    if (in_.take("(")) {
      auto inner = list();
      in_.expect(")");
      return inner;
    }
    const auto first = in_.next();
    if (first.kind == token_kind::text) return quoted(first.text);
    if (first.kind != token_kind::word && first.kind != token_kind::name) return first.text;
    const auto word = lower(first.text);
    if (first.kind == token_kind::word && word.starts_with('_') && in_.peek().kind == token_kind::text)
      return primary();  // a character set before a text
    if (first.kind == token_kind::word && word == "case") return cases();
    if (in_.take("(")) return word + call();
    if (in_.take(".")) return primary();  // the table's name
    return word;
  }

  /// Behind a parenthesis: operands with commas between.
  std::string list() {
    auto first = part(0);
    if (!in_.is(",")) return first;
    while (in_.take(",")) first += ", " + part(0);
    return "(" + first + ")";
  }

  std::string call() {
    std::string all;
    while (!in_.is(")") && !in_.is_over()) {
      all += all.empty() ? "" : ", ";
      all += part(0);
      while (!in_.is(",") && !in_.is(")") && !in_.is_over()) all += " " + lower(in_.next().text);  // AS a type
      in_.take(",");
    }
    in_.expect(")");
    return "(" + all + ")";
  }

  std::string cases() {
    std::string all = "case";
    while (!in_.is("END") && !in_.is_over()) {
      if (in_.is("WHEN") || in_.is("THEN") || in_.is("ELSE")) all += " " + lower(in_.next().text);
      all += " " + part(0);
    }
    in_.expect("END");
    return all + " end";
  }

  static constexpr int deepest = 200;

  token_reader in_;
  sql::dialect of_;
  int depth_{};
};

}  // namespace

std::string form_of_expression(std::string_view sql, sql::dialect of) {
  try {
    if (auto made = form_maker(sql, of).whole()) return *made;
  } catch (const usage_error&) {
    // what cannot be read is compared word by word
  }
  std::string words;
  for (token_reader in(sql, of); !in.is_over();) {
    const auto here = in.next();
    if (here.kind == token_kind::word && here.text.starts_with('_') && in.peek().kind == token_kind::text) continue;
    words += (words.empty() ? "" : " ") + (here.kind == token_kind::text ? quoted(here.text) : lower(here.text));
  }
  return words;
}

}  // namespace tidb::detail
