// tidbxx schema diff and schema migrate: tables become what a file or another database says.
#include "commands.hpp"
#include "output.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

namespace cli {

namespace {

bool is_url(const std::string& to) { return to.find("://") != std::string::npos || to.starts_with("sqlite:"); }

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad()) throw failure(fmt::format("{} cannot be read: {}", file, std::strerror(errno)));
  return text;
}

std::vector<tidb::table_definition> wanted_by(const std::string& to) {
  if (!is_url(to)) return tidb::read_tables(text_of(to));
  const auto db = open(to);
  std::vector<tidb::table_definition> tables;
  for (const auto& name : db.list_tables()) tables.push_back(db.reflect_table(name));
  return tables;
}

tidb::migration_options options_of(const schema_diff_command& command) {
  tidb::migration_options made{.drop_others = command.drop_others};
  for (const auto& each : command.renames) {
    const auto middle = each.find('=');
    const auto point = each.find('.');
    if (middle == std::string::npos || middle == 0 || middle + 1 == each.size())
      throw wrong_use_error(fmt::format("--rename {}: say OLD=NEW of a table, or TABLE.OLD=NEW of a column", each));
    const auto from = each.substr(0, middle), to = each.substr(middle + 1);
    if (point < middle)
      made.renamed_columns.push_back({from.substr(0, point), from.substr(point + 1), to});
    else
      made.renamed_tables.push_back({from, to});
  }
  return made;
}

/// Whoever is at the terminal.
bool agrees(const tidb::client& db) {
  print(fmt::format("Run it on {}? [y/N] ", db.endpoint()));
  finish_output();
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

int run(const schema_diff_command& command) {
  return with_trouble_as_wrong_use([&] {
    const auto db = open(command.url);
    const auto plan = tidb::schema_diff(db, wanted_by(command.to), options_of(command));
    print(tidb::to_string(plan));
    return plan.empty() ? succeeded : failed;
  });
}

int run(const schema_migrate_command& command) {
  const auto db = open(command.plan.url);
  const auto wanted = wanted_by(command.plan.to);
  auto options = options_of(command.plan);
  const auto plan = tidb::schema_diff(db, wanted, options);
  if (plan.empty()) {
    print("nothing to do\n");
    return succeeded;
  }
  print(tidb::to_string(plan));
  if (plan.loses_data() && !command.lose_data)
    throw wrong_use_error("the plan loses data: say --lose-data if that is meant; nothing was changed");
  if (!command.yes && isatty(STDIN_FILENO) == 0)
    throw wrong_use_error("there is nobody to ask: say --yes to run the plan; nothing was changed");
  if (!command.yes && !agrees(db)) throw failure("nothing was changed");
  options.lose_data = command.lose_data;
  options.shown = plan;
  const auto ran = tidb::migrate(db, wanted, options);
  print(fmt::format("done: {} step{}\n", ran.steps.size(), ran.steps.size() == 1 ? "" : "s"));
  return succeeded;
}

}  // namespace cli
