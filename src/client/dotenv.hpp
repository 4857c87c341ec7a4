// Reads a `.env` file.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace tidb::detail {

using dotenv = std::map<std::string, std::string>;

/// The variables of a `.env` text; of a name that is there twice, the last.
///   [export] NAME=VALUE   # a comment: after an unquoted value it needs a space before it
///   NAME='literal'        one line, nothing is an escape
///   NAME="text"           \n \t \" \\ \$ are escapes, any other backslash stays; may span lines
/// Note: nothing is expanded: `$HOME` is five characters.
/// Errors: usage_error `.env:LINE: …`, which repeats nothing of the text.
dotenv parse_dotenv(std::string_view text);

/// The same from a file; empty if there is none (or it is a folder, as some name their Python environment).
/// Errors: usage_error if it cannot be read.
dotenv read_dotenv(const std::filesystem::path& file);

}  // namespace tidb::detail
