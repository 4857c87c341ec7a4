#include "support/hostile.hpp"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <string_view>
#include <vector>

namespace tests {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view pieces[] = {"'"sv,        "\""sv,
                                       "`"sv,        "\\"sv,
                                       "\\'"sv,      "''"sv,
                                       "\\\\'"sv,    "%"sv,
                                       "_"sv,        ";"sv,
                                       "--"sv,       "-- "sv,
                                       "#"sv,        "/*"sv,
                                       "*/"sv,       "/*!"sv,
                                       "/*+"sv,      "?"sv,
                                       ":a"sv,       "@@x"sv,
                                       "\n"sv,       "\r"sv,
                                       "\t"sv,       "\b"sv,
                                       "\x1a"sv,     "\0"sv,
                                       "\x7f"sv,     "\xc2\x80"sv,
                                       "ä"sv,        "日"sv,
                                       "😀"sv,       "\u00a0"sv,
                                       "\u2028"sv,   "\ufeff"sv,
                                       "\u02bc"sv,   "＇"sv,
                                       "縗"sv,       "a"sv,
                                       "1"sv,        " "sv,
                                       "NULL"sv,     "x'41'"sv,
                                       "' OR 1=1"sv, "'; DROP TABLE canary; --"sv,
                                       "\\x27"sv,    ") UNION SELECT 1 -- "sv,
                                       "$."sv,       "[*]"sv,
                                       "**"sv,       "{\"a\":1}"sv};
constexpr std::string_view broken[] = {
    "\xbf'"sv,  "\xbf\\"sv,      "\xbf\x27"sv, "\xc3"sv,         "\xe4\xbd"sv,         "\xf0\x9f\x98"sv,
    "\xff"sv,   "\xc0\xa7"sv,    "\xc0\xaf"sv, "\xed\xa0\x80"sv, "\xf4\x90\x80\x80"sv, "\xa1`"sv,
    "\x81\""sv, "\xe0\x80\xa7"sv};

std::string random_bytes(random_source& random, std::size_t most) {
  std::string bytes(below(random, most + 1), '\0');
  for (auto& letter : bytes) letter = static_cast<char>(random());
  return bytes;
}

std::int64_t random_integer(random_source& random) {
  using limits = std::numeric_limits<std::int64_t>;
  constexpr std::int64_t edges[] = {
      0, 1, -1, 127, -128, 255, 65'536, 2'147'483'647, -2'147'483'648, 4'294'967'296, limits::max(), limits::min()};
  if (below(random, 3) == 0) return edges[below(random, std::size(edges))];
  return static_cast<std::int64_t>(random() >> below(random, 64));
}

double random_real(random_source& random) {
  constexpr double edges[] = {0.0,
                              -0.0,
                              0.1,
                              1.0,
                              -1.5,
                              1e15,
                              1e16,
                              1e22,
                              1e23,
                              9007199254740993.0,
                              2.2250738585072014e-308,
                              5e-324,
                              1.7976931348623157e308,
                              4.9e-320,
                              123456789012345678.0,
                              0.3};
  if (below(random, 3) == 0) return edges[below(random, std::size(edges))];
  const auto made = std::bit_cast<double>(std::uint64_t{random()});  // every exponent is as likely
  return std::isfinite(made) ? made : 1.25;
}

std::string random_decimal(random_source& random) {
  std::string digits = below(random, 2) == 0 ? "-" : "";
  const auto whole = below(random, 36), fraction = below(random, 31);
  digits += static_cast<char>('1' + below(random, 9));
  for (std::size_t i = 1; i < whole; ++i) digits += static_cast<char>('0' + below(random, 10));
  if (fraction > 0) digits += '.';
  for (std::size_t i = 0; i < fraction; ++i) digits += static_cast<char>('0' + below(random, 10));
  return digits;
}

std::int64_t between(random_source& random, std::int64_t low, std::int64_t high) {
  switch (below(random, 6)) {
  case 0: return low;
  case 1: return high;
  default: return low + static_cast<std::int64_t>(random() % (static_cast<std::uint64_t>(high - low) + 1));
  }
}

tidb::value of_bytes(tidb::value_kind kind, std::string_view bytes) {
  return tidb::value(tidb::value_view::bytes(kind, bytes.data(), bytes.size()));
}

tidb::value random_vector(random_source& random) {
  std::vector<float> floats(below(random, 5) + 1);
  for (auto& number : floats) {
    number = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isfinite(number)) number = 0.1F;
  }
  return tidb::value(tidb::value_view::of(std::span<const float>(floats)));
}

std::string json_of(std::string_view text) {
  std::string quoted = "[\"";
  for (const char letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20) continue;
    if (letter == '"' || letter == '\\') quoted += '\\';
    quoted += letter;
  }
  return quoted + "\"]";
}

std::string of_pieces(random_source& random, std::size_t most, bool whole) {
  std::string text;
  for (auto left = below(random, most + 1); left > 0; --left) {
    if (!whole && below(random, 3) == 0)
      text += broken[below(random, std::size(broken))];
    else if (!whole && below(random, 6) == 0)
      text += random_bytes(random, 4);
    else
      text += pieces[below(random, std::size(pieces))];
  }
  return text;
}

}  // namespace

std::string hostile_text(random_source& random, std::size_t most_pieces) {
  return of_pieces(random, most_pieces, true);
}

std::string hostile_bytes(random_source& random, std::size_t most_pieces) {
  return of_pieces(random, most_pieces, false);
}

tidb::value random_value(random_source& random) {
  using enum tidb::value_kind;
  constexpr std::int64_t first_day = -719'162, last_day = 2'932'896, a_day = 86'400'000'000;
  constexpr std::int64_t longest = std::int64_t{838 * 3600 + 59 * 60 + 59} * 1'000'000;
  switch (static_cast<tidb::value_kind>(below(random, 12))) {
  case null: return {};
  case integer: return tidb::value(tidb::value_view::of(random_integer(random)));
  case unsigned_integer: return tidb::value(tidb::value_view::of(static_cast<std::uint64_t>(random_integer(random))));
  case real: return tidb::value(tidb::value_view::of(random_real(random)));
  case text: return of_bytes(text, hostile_text(random));
  case blob: return of_bytes(blob, below(random, 2) == 0 ? random_bytes(random, 40) : hostile_bytes(random));
  case decimal: return of_bytes(decimal, random_decimal(random));
  case json: return of_bytes(json, json_of(hostile_text(random)));
  case vector: return random_vector(random);
  case datetime:
    return tidb::value(
        tidb::value_view::count(datetime, between(random, first_day * a_day, (last_day + 1) * a_day - 1)));
  case date: return tidb::value(tidb::value_view::count(date, between(random, first_day, last_day)));
  case time: return tidb::value(tidb::value_view::count(time, between(random, -longest, longest)));
  }
  return {};
}

bool is_replay() {
  return std::getenv("TIDBXX_FUZZ_SEED") != nullptr;  // NOLINT(concurrency-mt-unsafe): before any thread
}

std::uint64_t fuzz_seed(std::uint64_t usual) {
  const char* given = std::getenv("TIDBXX_FUZZ_SEED");  // NOLINT(concurrency-mt-unsafe): before any thread
  return given == nullptr ? usual : std::strtoull(given, nullptr, 10);
}

}  // namespace tests
