// tidbxx doctor: the diagnosis, line by line as it is made, or as one JSON object.
#include "commands.hpp"
#include "output.hpp"
#include <tidbxx/client/doctor.hpp>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace cli {

namespace {

double in_ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

/// Each setting in a line of its own, with where it came from.
void print_settings(const tidb::diagnosis& report) {
  std::size_t names = 0, values = 0;
  for (const auto& each : report.settings) {
    names = std::max(names, each.name.size());
    values = std::max(values, display_width(each.value));
  }
  for (const auto& each : report.settings)
    print(fmt::format("  {:{}}  {}{}  from: {}\n", each.name, names, one_line(each.value),
                      std::string(values - display_width(each.value), ' '), each.source));
  if (!report.settings.empty()) print("\n");
}

void print_step(const tidb::diagnosis_step& step) {
  print(fmt::format("{:8} {:12} {:>9.2f} ms  {}{}{}\n", to_string(step.status), step.name, in_ms(step.duration),
                    step.server, step.server.empty() ? "" : ": ", one_line(step.detail)));
  if (!step.remedy.empty()) print(fmt::format("{:8} {:12} → {}\n", "", "", one_line(step.remedy)));
}

std::string json_of(const tidb::diagnosis& report) {
  auto text = fmt::format("{{\n  \"endpoint\": {},\n  \"healthy\": {},\n  \"settings\": [", json_text(report.endpoint),
                          report.healthy());
  std::string_view comma;
  for (const auto& each : report.settings) {
    text += fmt::format("{}\n    {{\"name\": {}, \"value\": {}, \"source\": {}}}", comma, json_text(each.name),
                        json_text(each.value), json_text(each.source));
    comma = ",";
  }
  text += "\n  ],\n  \"steps\": [";
  comma = {};
  for (const auto& step : report.steps) {
    const auto server = step.server.empty() ? std::string() : ", \"server\": " + json_text(step.server);
    text +=
        fmt::format("{}\n    {{\"name\": {}{}, \"status\": \"{}\", \"detail\": {}, \"remedy\": {}, \"ms\": {:.3f}}}",
                    comma, json_text(step.name), server, to_string(step.status), json_text(step.detail),
                    json_text(step.remedy), in_ms(step.duration));
    comma = ",";
  }
  return text + "\n  ]\n}\n";
}

/// A wrong setting is the caller's mistake, as for every command.
int status_of(const tidb::diagnosis& report) {
  if (report.healthy()) return succeeded;
  return report.steps.back().name == "settings" ? wrong_use : failed;
}

}  // namespace

int run(const doctor_command& command) {
  const auto tell = [&](const tidb::diagnosis_step& step, const tidb::diagnosis& so_far) {
    if (command.json) return;
    print_step(step);
    if (so_far.steps.size() == 1) print_settings(so_far);
    finish_output();  // the next step may take its time
  };
  const auto report = command.url.empty() ? tidb::diagnose({}, tell) : tidb::diagnose(command.url, tell);
  if (command.json) print(json_of(report));
  return status_of(report);
}

}  // namespace cli
