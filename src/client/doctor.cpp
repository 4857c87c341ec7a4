#include "tidbxx/client/doctor.hpp"

#include "client/examination.hpp"
#include "client/settings.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tidb {

namespace {

std::string_view name_of(std::optional<ssl_mode> mode) {
  switch (mode.value_or(ssl_mode::disabled)) {
  case ssl_mode::disabled: return "DISABLED";
  case ssl_mode::required: return "REQUIRED";
  case ssl_mode::verify_ca: return "VERIFY_CA";
  case ssl_mode::verify_identity: return "VERIFY_IDENTITY";
  }
  return {};
}

std::string all_hosts(const detail::resolved_options& options) {
  std::string all;
  for (const auto& each : options.servers) all += (all.empty() ? "" : ", ") + each.text();
  return all;
}

std::vector<diagnosed_setting> settings_of(const detail::resolved_options& options) {
  std::vector<diagnosed_setting> all;
  const auto add = [&](const char* name, std::string value) {
    const auto source = options.sources.find(name);
    all.push_back({name, std::move(value), source == options.sources.end() ? "default" : source->second});
  };
  if (options.engine == engine_kind::embedded) {
    add("file", options.file);
    return all;
  }
  add("host", options.servers.empty() ? options.host : all_hosts(options));
  add("port", std::to_string(options.port));
  add("user", options.user);
  add("password", options.password.empty() ? "empty" : "given");
  add("database", options.select_database ? options.database : "none");
  add("ssl_mode", std::string(name_of(options.ssl_mode)));
  if (options.ssl_mode != ssl_mode::disabled)
    add("ssl_ca", options.ssl_ca.empty() ? "the system's bundle" : options.ssl_ca);
  return all;
}

void examine(detail::examination& steps, const detail::resolved_options& options) {
  if (options.engine == engine_kind::embedded) return examine_file(steps, options);
  const bool several = !options.servers.empty();
  std::optional<client> entered;
  std::string entered_by;
  for (const auto& each : several ? options.servers : std::vector{detail::server_address{options.host, options.port}}) {
    auto one = options;
    one.host = each.host;
    one.port = each.port;
    one.servers.clear();
    if (several) steps.turn_to(each.text());
    auto db = examine_way(steps, std::move(one));
    if (!db || entered) continue;
    entered = std::move(db);
    entered_by = each.text();
  }
  if (!entered) return;
  if (several) steps.turn_to(entered_by);
  examine_server(steps, *entered, options);
}

template <class Resolve>
diagnosis diagnose_settings(const diagnosis_listener& listener, Resolve resolve) {
  diagnosis report;
  detail::examination steps(report, listener);
  std::optional<detail::resolved_options> options;
  const bool usable = steps.step("settings", [&] {
    options = resolve();
    report.endpoint = options->endpoint();
    report.settings = settings_of(*options);
    return detail::good(options->engine == engine_kind::embedded ? "the embedded engine, " + report.endpoint
                                                                 : "a server, " + report.endpoint);
  });
  if (usable) examine(steps, *options);
  return report;
}

std::string_view words_for(errc code) {
  switch (code) {
  case errc::usage: return "a setting cannot be used";
  case errc::timeout: return "no answer in time";
  case errc::storage: return "the file cannot be used";
  case errc::connection: return "the connection failed";
  default: return "refused";
  }
}

}  // namespace

std::string_view to_string(step_status status) noexcept {
  switch (status) {
  case step_status::ok: return "ok";
  case step_status::warning: return "warning";
  case step_status::failed: return "failed";
  case step_status::skipped: return "skipped";
  }
  return {};
}

bool diagnosis::healthy() const noexcept {
  return std::ranges::none_of(steps, [](const auto& step) { return step.status == step_status::failed; });
}

diagnosis diagnose(text_view url, const diagnosis_listener& listener) {
  return diagnose_settings(listener, [&] { return detail::resolve_url(url.text); });
}

diagnosis diagnose(const connect_options& options, const diagnosis_listener& listener) {
  return diagnose_settings(listener, [&] { return detail::resolve(options); });
}

latency_summary summarize(std::vector<std::chrono::microseconds> samples) {
  if (samples.empty()) return {};
  std::ranges::sort(samples);
  const auto percentile = [&](std::size_t hundredths) {
    return samples[std::max<std::size_t>(1, (samples.size() * hundredths + 99) / 100) - 1];
  };
  return {samples.front(), percentile(50), percentile(99), samples.back()};
}

namespace detail {

finding failed(const error& problem) {
  const auto& info = problem.info();
  if (info.server_message.empty()) return failed(std::string(words_for(info.code)), info.message);
  return failed(fmt::format("{} ({})", info.server_message, info.server_code), info.message);
}

bool examination::step(std::string name, const std::function<finding()>& look) {
  const auto began = std::chrono::steady_clock::now();
  finding found;
  try {
    found = look();
  } catch (const error& problem) {
    found = failed(problem);
  } catch (const std::exception& problem) {
    found = failed(problem.what(), "none is known: run it again, and look at this machine's memory, disk and limits");
  }
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  report_.steps.push_back(
      {std::move(name), found.status, std::move(found.detail), std::move(found.remedy), server_, took});
  if (listener_) listener_(report_.steps.back(), report_);
  return report_.steps.back().status != step_status::failed;
}

bool examination::feature(std::string name, const std::function<finding()>& look) {
  return step(std::move(name), [&] {
    try {
      return look();
    } catch (const error& problem) {
      if (problem.poisons_connection()) throw;
      auto found = failed(problem);
      found.status = step_status::warning;
      found.detail = "unknown: " + found.detail;
      return found;
    }
  });
}

finding look_at_latency(const client& db) {
  std::vector<std::chrono::microseconds> times(20);
  for (auto& time : times) time = db.ping();
  const auto ms = [](std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; };
  const auto spread = summarize(times);
  auto detail =
      fmt::format("p50 {:.2f} ms, p99 {:.2f} ms of {} round trips", ms(spread.p50), ms(spread.p99), times.size());
  if (spread.p50 > std::chrono::milliseconds(50))
    return warning(std::move(detail), "every statement waits for this round trip: run the program in the cluster's "
                                      "region, and send many rows in one statement");
  return good(std::move(detail));
}

}  // namespace detail

}  // namespace tidb
