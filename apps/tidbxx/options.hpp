// What the command line takes: options that several commands have, and the commands with many.
#pragma once

#include "commands.hpp"

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

namespace cli {

inline constexpr auto no_url = "Without a URL: TIDB_* from the environment or .env; with none of them ./tidbxx.db";

/// A whole number of at least `least`. CLI11 itself takes -1 for the largest number there is.
CLI::Validator whole_number(std::uint64_t least);
void add_format(CLI::App& app, output_format& format);
void add_url(CLI::App& app, std::string& url);
CLI::Option& add_metric(CLI::App& app, tidb::metric& metric);

CLI::App& add(CLI::App& app, search_command& command);
/// The commands of `tidbxx index`.
void add(CLI::App& index, index_create_command& command);
void add(CLI::App& index, index_list_command& command);
void add(CLI::App& index, index_command& command);

}  // namespace cli
