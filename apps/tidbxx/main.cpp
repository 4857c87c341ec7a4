// The tidbxx command: reads the command line and turns every error into one message and an exit status.
#include "commands.hpp"
#include "options.hpp"
#include "output.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

using namespace cli;

constexpr auto version = "tidbxx " TIDBXX_VERSION;

CLI::App& add(CLI::App& app, connect_command& command) {
  auto& sub = *app.add_subcommand("connect", "Connect, and tell what is at the other end");
  sub.add_option("url", command.url, "mysql://user:password@host:4000/database or sqlite:FILE")->type_name("URL");
  sub.footer(fmt::format("{}.\n\nExample:\n  tidbxx connect mysql://root@127.0.0.1:4000/test", no_url));
  return sub;
}

CLI::App& add(CLI::App& app, doctor_command& command) {
  auto& sub = *app.add_subcommand("doctor", "Find out why a connection does not work, or what it will cost");
  sub.add_option("url", command.url, "mysql://user:password@host:4000/database or sqlite:FILE")->type_name("URL");
  sub.add_flag("--json", command.json, "print one JSON object at the end");
  sub.footer(
      fmt::format("It changes nothing. {}.\n\nExample:\n  tidbxx doctor mysql://root@127.0.0.1:4000/test", no_url));
  return sub;
}

CLI::App& add(CLI::App& app, ping_command& command) {
  auto& sub = *app.add_subcommand("ping", "Measure round trips, and count those that fail");
  sub.add_option("url", command.url, "mysql://user:password@host:4000/database or sqlite:FILE")->type_name("URL");
  sub.add_option("-n", command.count, "how many; 0: until Ctrl-C; default: 10")->check(whole_number(0))->type_name("N");
  sub.add_option("-i", command.interval, "how long to wait between two; default: 1")
      ->check(CLI::Range(0.0, 86400.0).description(""))
      ->type_name("SECONDS");
  sub.add_flag("--json", command.json, "print one JSON object at the end");
  sub.footer(fmt::format(
      "Ctrl-C prints the summary. {}.\n\nExample:\n  tidbxx ping mysql://root@127.0.0.1:4000/test -n 100 -i 0.1",
      no_url));
  return sub;
}

CLI::App& add(CLI::App& app, sql_command& command) {
  auto& sub = *app.add_subcommand("sql", "Run one SQL statement and print its rows, or how many it affected");
  sub.add_option("statement", command.words, "a URL, if one is needed, and the statement")
      ->expected(1, 2)
      ->required()
      ->type_name("[URL] SQL");
  add_format(sub, command.format);
  sub.footer(fmt::format("{}.\n\nExample:\n  tidbxx sql sqlite:shop.db \"SELECT * FROM players LIMIT 3\" --format json",
                         no_url));
  return sub;
}

CLI::App& add(CLI::App& app, import_command& command) {
  auto& sub =
      *app.add_subcommand("import", "Import a JSONL or CSV file into a table, which is made if it is not there");
  sub.add_option("file", command.file, "the file: JSON objects, one a line, or CSV with a header")
      ->required()
      ->type_name("FILE");
  sub.add_option("--table", command.table, "the table to import into")->required()->type_name("T");
  add_url(sub, command.url);
  sub.add_option("--format", command.format, "jsonl or csv; default: by the file's extension")
      ->check(CLI::IsMember({"jsonl", "csv"}).description(""))
      ->type_name("FORMAT");
  sub.add_option("--key", command.key, "the primary key of a new table; default: found in the data")
      ->type_name("COLUMN");
  sub.add_option("--vectors", command.vectors,
                 "a column of vectors, from a NumPy file with one row for each of FILE's; repeatable")
      ->type_name("COLUMN=FILE.npy")
      ->allow_extra_args(false);
  sub.add_flag("--strict", command.strict, "stop at the first row that cannot be imported");
  sub.footer(fmt::format(
      "A row that cannot be imported goes to FILE.rejects.jsonl. An import that was broken off goes on when\n"
      "the same command is run again. {}.\n\n"
      "Example:\n  tidbxx import packages.jsonl --table packages --vectors embedding=packages.npy --url "
      "sqlite:shop.db",
      no_url));
  return sub;
}

void add_plan(CLI::App& sub, schema_diff_command& command) {
  sub.add_option("--to", command.to, "what the tables shall be: a file of CREATE TABLE, or a database's URL")
      ->required()
      ->type_name("FILE|URL");
  add_url(sub, command.url);
  sub.add_option("--rename", command.renames, "a table or a column that has another name only; repeatable")
      ->type_name("[TABLE.]OLD=NEW")
      ->allow_extra_args(false);
  sub.add_flag("--drop-others", command.drop_others, "tables that --to does not have go, too");
}

void add_show(CLI::App& schema, schema_command& command) {
  auto& sub = *schema.add_subcommand("show", "Print the SQL that makes the tables again, on TiDB");
  sub.add_option("tables", command.tables, "the tables; default: all")->type_name("T...");
  add_url(sub, command.url);
  sub.add_flag("--embedded", command.embedded, "print the SQL of the embedded engine");
  sub.footer(fmt::format("Tables of either engine are shown for either.\n{}.\n\nExample:\n  tidbxx schema show players "
                         "--url sqlite:shop.db",
                         no_url));
}

void add_diff(CLI::App& schema, schema_diff_command& command) {
  auto& sub = *schema.add_subcommand("diff", "Print the plan that makes the tables what they shall be");
  add_plan(sub, command);
  sub.footer(
      fmt::format("The exit code is 0 if there is nothing to do, 1 if there is, 2 for any trouble.\n{}.\n\n"
                  "Example:\n  tidbxx schema diff --to schema.sql --rename players.coins=gold --url sqlite:shop.db",
                  no_url));
}

void add_migrate(CLI::App& schema, schema_migrate_command& command) {
  auto& sub = *schema.add_subcommand("migrate", "Show that plan, ask, and run it");
  add_plan(sub, command.plan);
  sub.add_flag("--lose-data", command.lose_data, "also a plan that loses columns or tables with their values");
  sub.add_flag("--yes", command.yes, "do not ask");
  sub.footer(fmt::format("A migration that was broken off is finished by the same command.\n{}.\n\nExample:\n"
                         "  tidbxx schema migrate --to schema.sql --url sqlite:shop.db",
                         no_url));
}

int complain(std::string_view message, int status) {
  fmt::print(stderr, "tidbxx: {}\n", one_line(message));
  return status;
}

/// The words of the command line. What may be a password is then blotted out in the process's own copy of them, which
/// others see in the list of processes: everything between the user's name and the last @ of a URL.
std::vector<std::string> take_words(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  for (char* word : std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
    const std::string_view text(word);
    const auto scheme = text.find("://");
    const auto colon = text.find(':', scheme == std::string_view::npos ? scheme : scheme + 3);
    const auto at = text.rfind('@');
    if (colon != std::string_view::npos && at != std::string_view::npos && colon < at)
      std::fill(word + colon + 1, word + at, '*');
  }
  return words;
}

int read_command_line(CLI::App& app, std::vector<std::string> words) {
  try {
    std::ranges::reverse(words);  // CLI11 takes them from the end
    app.parse(std::move(words));
    return succeeded;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);  // --help and --version
      finish_output();
      return -1;
    }
    const auto subcommands = app.get_subcommands();
    const auto help = subcommands.empty() ? std::string() : " " + subcommands.front()->get_name();
    return complain(fmt::format("{}; see tidbxx{} --help", error.what(), help), wrong_use);
  }
}

int run_command(std::vector<std::string> words) {
  CLI::App app("tidbxx: TiDB and the embedded engine from the command line", "tidbxx");
  app.set_version_flag("--version", version);
  app.require_subcommand(1);
  app.footer("Example:\n  tidbxx connect sqlite:shop.db\n\ntidbxx COMMAND --help tells more.");
  connect_command connect;
  doctor_command doctor;
  ping_command ping;
  sql_command sql;
  import_command import;
  search_command search;
  index_create_command create_index;
  index_list_command list_indexes;
  index_command of_index;
  schema_command show;
  schema_diff_command diff;
  schema_migrate_command migrate;
  const auto& connects = add(app, connect);
  const auto& examines = add(app, doctor);
  const auto& pings = add(app, ping);
  const auto& runs_sql = add(app, sql);
  const auto& imports = add(app, import);
  const auto& searches = add(app, search);
  auto& schema = *app.add_subcommand("schema", "Look at the tables of a database, and change them");
  schema.require_subcommand(1);
  add_show(schema, show);
  add_diff(schema, diff);
  add_migrate(schema, migrate);
  auto& index = *app.add_subcommand("index", "Make search indexes, and look after them");
  index.require_subcommand(1);
  add(index, create_index);
  add(index, list_indexes);
  add(index, of_index);

  if (const int status = read_command_line(app, std::move(words)); status != succeeded)
    return status < 0 ? succeeded : status;
  search.by_row = searches.count("--like") > 0;
  search.by_words = searches.count("words") > 0;
  search.by_metric = searches.count("--metric") > 0;
  if (connects.parsed()) return run(connect);
  if (examines.parsed()) return run(doctor);
  if (pings.parsed()) return run(ping);
  if (runs_sql.parsed()) return run(sql);
  if (imports.parsed()) return run(import);
  if (searches.parsed()) return run(search);
  if (schema.got_subcommand("show")) return run(show);
  if (schema.got_subcommand("diff")) return run(diff);
  if (schema.got_subcommand("migrate")) return run(migrate);
  if (index.got_subcommand("create")) return run(create_index);
  if (index.got_subcommand("list")) return run(list_indexes);
  return run(of_index);
}

}  // namespace

int main(int argc, char** argv) {
  // A reader of our output that went away, or a server, is an error to tell and no reason to die.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const int status = run_command(take_words(argc, argv));
    finish_output();
    return status;
  } catch (const wrong_use_error& error) {
    return complain(error.what(), wrong_use);
  } catch (const tidb::usage_error& error) {
    return complain(describe(error), wrong_use);
  } catch (const tidb::error& error) {
    return complain(describe(error), failed);
  } catch (const std::exception& error) {
    return complain(error.what(), failed);
  }
}
