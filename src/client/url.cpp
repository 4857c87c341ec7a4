#include "client/url.hpp"

#include "client/url_parameters.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <system_error>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

constexpr std::string_view percent_encode =
    "in a user name or password percent-encode @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25";

// ---- text

int hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

/// A part of the whole URL, which a message needs to name a place.
struct piece {
  std::string_view text;
  std::string_view whole;
  std::size_t place(std::size_t at) const { return static_cast<std::size_t>(text.data() - whole.data()) + at + 1; }
  piece part(std::size_t at, std::size_t size = std::string_view::npos) const { return {text.substr(at, size), whole}; }
};

std::string percent_decoded(const piece& raw, std::string_view what) {
  std::string decoded;
  for (std::size_t at = 0; at < raw.text.size(); ++at) {
    char letter = raw.text[at];
    if (letter == '%') {
      int high = at + 1 < raw.text.size() ? hex_digit(raw.text[at + 1]) : -1;
      int low = at + 2 < raw.text.size() ? hex_digit(raw.text[at + 2]) : -1;
      if (high < 0 || low < 0)
        throw_usage(
            fmt::format("the URL's {}: the % at character {} is not followed by two hexadecimal digits; a % itself "
                        "is written %25",
                        what, raw.place(at)));
      letter = static_cast<char>(high * 16 + low);
      // Everything behind it would be lost on its way through the C interfaces.
      if (letter == '\0')
        throw_usage(fmt::format("the URL's {}: %00 at character {} is not allowed", what, raw.place(at)));
      at += 2;
    }
    decoded += letter;
  }
  return decoded;
}

// ---- parameters

[[noreturn]] void refuse_unknown(url_kind kind, const std::string& name, std::size_t number, bool may_repeat) {
  bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || letter == '_' || letter == '-';
  });
  std::string list;
  for (const auto& each : url_parameters())
    if (each.belongs_to(kind)) list.append(list.empty() ? "" : ", ").append(each.name);
  std::string which =
      may_repeat && plain ? fmt::format("parameter {}", name) : fmt::format("parameter number {}", number);
  throw_usage(fmt::format("the URL's {} is not known; known here are {}", which, list));
}

/// `may_repeat`: no part of this query can be a password's, so that an unknown name can be shown.
void apply_query(connect_request& out, piece query, url_kind kind, bool may_repeat) {
  std::set<std::string_view> seen;
  std::size_t number = 0;
  for (std::size_t at = 0; at < query.text.size();) {
    std::size_t end = std::min(query.text.find('&', at), query.text.size());
    piece item = query.part(at, end - at);
    at = end + 1;
    if (item.text.empty()) continue;
    ++number;
    std::size_t equals = item.text.find('=');
    std::string name = percent_decoded(item.part(0, equals), "parameters");
    const auto known = url_parameters();
    auto entry = std::find_if(known.begin(), known.end(),
                              [&](const url_parameter& each) { return each.name == name && each.belongs_to(kind); });
    if (entry == known.end()) refuse_unknown(kind, name, number, may_repeat && equals != std::string_view::npos);
    if (!seen.insert(entry->setting).second)
      throw_usage(fmt::format("the URL's parameter {} is given twice", entry->setting));
    std::string value;
    if (equals != std::string_view::npos) value = percent_decoded(item.part(equals + 1), "parameters");
    if (value.empty()) throw_usage(fmt::format("the URL's parameter {} has no value", name));
    entry->apply(out, name, value);
  }
}

// ---- the parts

void read_host(connect_request& out, const piece& raw) {
  std::string_view port;
  piece host = raw;
  if (raw.text.starts_with('[')) {
    std::size_t close = raw.text.find(']');
    host = raw.part(1, close == std::string_view::npos ? close : close - 1);
    port = close == std::string_view::npos ? "" : raw.text.substr(close + 1);
    if (close == std::string_view::npos || host.text.find(':') == std::string_view::npos ||
        (!port.empty() && port.front() != ':'))
      throw_usage("the URL's host: brackets are for an IPv6 address, as in [::1]:4000");
  } else if (std::size_t colon = raw.text.find(':'); colon != std::string_view::npos) {
    host = raw.part(0, colon);
    port = raw.text.substr(colon);
    if (port.find(':', 1) != std::string_view::npos)
      throw_usage(
          fmt::format("the URL's host has several colons: an IPv6 address goes in brackets, as in [::1]:4000, and {}",
                      percent_encode));
  }
  if (port.size() > 1) {
    out.port = parse_port(port.substr(1));
    if (!out.port)
      throw_usage(fmt::format("the URL's port is not a number between 1 and 65535; if that is part of a password: {}",
                              percent_encode));
  }
  if (host.text.empty()) return;
  out.host = percent_decoded(host, "host");
  if (!is_host(*out.host))
    throw_usage(fmt::format("the URL's host has a character that no host name has; if it is part of a password: {}",
                            percent_encode));
}

/// Several hosts are kept as one text, their ports in it.
void read_hosts(connect_request& out, const piece& raw) {
  if (raw.text.find(',') == std::string_view::npos) return read_host(out, raw);
  std::string all;
  for (std::size_t at = 0; at <= raw.text.size();) {
    const auto end = std::min(raw.text.find(',', at), raw.text.size());
    connect_request one;
    read_host(one, raw.part(at, end - at));
    if (!one.host) throw_usage("the URL's hosts: one of those between the commas is empty");
    all.append(all.empty() ? "" : ",").append(server_address{*one.host, one.port.value_or(0)}.text());
    at = end + 1;
  }
  out.host = std::move(all);
}

void read_user(connect_request& out, const piece& raw) {
  std::size_t colon = raw.text.find(':');
  std::string user = percent_decoded(raw.part(0, colon), "user");
  if (!user.empty()) out.user = user;
  if (colon != std::string_view::npos) out.password = percent_decoded(raw.part(colon + 1), "password");
}

connect_request parse_server(const piece& rest) {
  if (!rest.text.starts_with("//"))
    throw_usage("the URL lacks the // after its scheme: mysql://user:password@host:4000/database");
  for (std::size_t at = 0; at < rest.text.size(); ++at)
    if (rest.text[at] == ' ')
      throw_usage(fmt::format("the URL has a space at character {}: percent-encode it as %20", rest.place(at)));

  std::size_t end = std::min(rest.text.find_first_of("/?#", 2), rest.text.size());
  piece authority = rest.part(2, end - 2);
  piece tail = rest.part(end);
  std::size_t at_sign = authority.text.find('@');
  // An @ further on means that an unescaped letter of the password ended the user's part early: nothing behind it can
  // be trusted to be a host.
  if (tail.text.find('@') != std::string_view::npos ||
      (at_sign != std::string_view::npos && authority.text.find('@', at_sign + 1) != std::string_view::npos))
    throw_usage(fmt::format("the URL has an @ where none can be: {}", percent_encode));
  if (tail.text.find('#') != std::string_view::npos)
    throw_usage(fmt::format("the URL has a #, which means nothing here: {}", percent_encode));

  connect_request out;
  if (at_sign != std::string_view::npos) read_user(out, authority.part(0, at_sign));
  read_hosts(out, at_sign == std::string_view::npos ? authority : authority.part(at_sign + 1));

  std::size_t question = std::min(tail.text.find('?'), tail.text.size());
  piece path = tail.part(0, question);
  if (path.text.size() > 1) {
    if (path.text.find('/', 1) != std::string_view::npos)
      throw_usage(fmt::format("the URL's database has a /, written %2F if it is meant; {}", percent_encode));
    out.database = percent_decoded(path.part(1), "database");
  }
  out.selects_none = !out.database;
  bool may_repeat = at_sign != std::string_view::npos || authority.text.find(':') == std::string_view::npos;
  if (question < tail.text.size()) apply_query(out, tail.part(question + 1), url_kind::server, may_repeat);
  return out;
}

/// sqlite:PATH, and SQLAlchemy's forms: sqlite:///relative, sqlite:////absolute, sqlite:// in memory.
connect_request parse_file(const piece& rest) {
  connect_request out;
  out.engine = engine_kind::embedded;
  std::size_t question = std::min(rest.text.find('?'), rest.text.size());
  piece path = rest.part(0, question);
  bool slashes = path.text.starts_with("//");
  if (slashes) path = path.part(path.text.starts_with("///") ? 3 : 2);
  if (path.text.empty() && !slashes)
    throw_usage("the URL names no file: write sqlite:shop.db, or sqlite::memory: for a database in memory");
  out.file = path.text.empty() ? ":memory:" : percent_decoded(path, "path");
  if (question < rest.text.size()) apply_query(out, rest.part(question + 1), url_kind::file, true);
  return out;
}

}  // namespace

std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return lower;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port{};
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_host(std::string_view text) {
  auto is_letter = [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
  };
  // % is the zone of an IPv6 address; letters beyond ASCII are names that a resolver may know.
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char letter) {
    return is_letter(letter) || std::string_view(".-_:%").find(letter) != std::string_view::npos ||
           static_cast<unsigned char>(letter) >= 0x80;
  });
}

connect_request parse_url(std::string_view url) {
  for (std::size_t at = 0; at < url.size(); ++at)
    if (static_cast<unsigned char>(url[at]) < 0x20 || url[at] == 0x7f)
      throw_usage(fmt::format("the URL has a control character, such as a line's end, at character {}", at + 1));
  std::size_t colon = std::min(url.find(':'), url.size());
  std::string scheme = lowered(url.substr(0, colon));
  piece rest{url.substr(std::min(colon + 1, url.size())), url};
  if (colon < url.size() && scheme == "sqlite") return parse_file(rest);
  static constexpr std::string_view servers[] = {"mysql", "tidb", "mysql+pymysql", "mysql+mysqldb",
                                                 "mysql+mysqlconnector"};
  if (colon < url.size() && std::find(std::begin(servers), std::end(servers), scheme) != std::end(servers))
    return parse_server(rest);
  throw_usage(
      "a database URL starts with mysql://, tidb://, mysql+pymysql://, mysql+mysqldb://, mysql+mysqlconnector:// or "
      "sqlite: (a file shop.db is sqlite:shop.db)");
}

}  // namespace tidb::detail
