// tidbxx connect, and how every command connects and words an error.
#include "commands.hpp"
#include "output.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

namespace cli {

namespace {

/// The median of a few: the first round trips also warm up caches.
double round_trip_ms(const tidb::client& db) {
  std::array<std::chrono::microseconds, 5> times{};
  for (auto& time : times) time = db.ping();
  std::ranges::sort(times);
  return static_cast<double>(times[times.size() / 2].count()) / 1000;
}

}  // namespace

tidb::client open(const std::string& url) { return url.empty() ? tidb::connect() : tidb::connect(url); }

std::string reason_of(const tidb::error& error) {
  const auto& info = error.info();
  auto text = info.message;
  if (!info.server_message.empty() && text.find(info.server_message) == std::string::npos)
    text += fmt::format(" [{}]", info.server_message);
  return one_line(text);
}

std::string describe(const tidb::error& error) {
  const auto& endpoint = error.info().endpoint;
  auto text = reason_of(error);
  if (!endpoint.empty() && text.find(endpoint) == std::string::npos) text += fmt::format(" (at {})", endpoint);
  return text;
}

int run(const connect_command& command) {
  const auto db = open(command.url);
  const auto features = db.features();
  const bool embedded = features.engine == tidb::engine_kind::embedded;
  print(fmt::format("engine      {}\n", embedded ? "embedded (SQLite)" : "TiDB"));
  print(fmt::format("version     {}\n", features.version));
  print(fmt::format("deployment  {}\n", features.deployment));
  print(fmt::format("TLS         {}\n", features.tls.empty() ? "none" : features.tls));
  print(fmt::format("endpoint    {}\n", db.endpoint()));
  print(fmt::format("round trip  {:.3f} ms\n", round_trip_ms(db)));
  return succeeded;
}

}  // namespace cli
