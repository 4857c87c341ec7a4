// The commands, and what each of them is told.
#pragma once

#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace cli {

enum exit_status : int { succeeded = 0, failed = 1, wrong_use = 2 };

/// What the user asked for cannot work: exit status 2.
struct wrong_use_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Something outside failed, such as a file: exit status 1.
struct failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class output_format : std::uint8_t { table, json, csv };

struct connect_command {
  std::string url{};
};

struct sql_command {
  std::vector<std::string> words{};  ///< [URL] SQL
  output_format format{};
};

struct import_command {
  std::string file{};
  std::string table{};
  std::string url{};
  std::string format{};                ///< "jsonl", "csv", or empty: by the file's extension
  std::string key{};                   ///< empty: found in the data
  std::vector<std::string> vectors{};  ///< COLUMN=FILE.npy
  bool strict{};
};

struct search_command {
  std::string table{};
  std::string url{};
  std::string words{};
  bool by_words{};  ///< words were given, perhaps an empty text
  std::string vector{};
  std::string like{};
  bool by_row{};  ///< --like was given, perhaps with an empty text
  bool hybrid{};
  bool match_all{};
  bool strict{};
  std::string where{};                 ///< JSON, or SQL
  std::vector<std::string> columns{};  ///< empty: all but vectors
  std::string column{};
  std::string text_column{};
  tidb::metric metric{tidb::metric::cosine};
  bool by_metric{};  ///< --metric was given
  std::uint64_t limit{10};
  std::uint64_t offset{};
  bool highlight{};
  bool explain{};
  output_format format{};
};

struct index_create_command {
  std::string table{};
  std::string url{};
  std::vector<std::string> texts{};
  std::string vector{};
  std::string language{"english"};
  std::vector<double> boosts{};
  tidb::stop_word_use stop_words{tidb::stop_word_use::drop_in_queries};
  std::vector<std::string> synonyms{};  ///< A,B or A=B,C
  bool split_identifiers{};
  bool unstemmed_words{};
  bool keep_accents{};
  tidb::metric metric{tidb::metric::cosine};
  bool server{};  ///< TiDB's own
  std::optional<tidb::fulltext_parser> parser{};
  std::string tracked_by{};
  tidb::if_exists existing{tidb::if_exists::raise};
};

struct index_list_command {
  std::string table{};  ///< empty: all
  std::string url{};
  output_format format{};
};

enum class index_action : std::uint8_t { drop, check, rebuild, optimize, stats };

/// Something with an index that is there.
struct index_command {
  index_action action{};
  std::string table{};
  std::string url{};
  std::string column{};  ///< empty: the table's only index
  bool json{};
};

struct schema_command {
  std::vector<std::string> tables{};  ///< empty: all
  std::string url{};
  bool embedded{};  ///< as the embedded engine has them, not TiDB
};

struct schema_diff_command {
  std::string to{};  ///< a file of SQL, or a URL
  std::string url{};
  std::vector<std::string> renames{};  ///< OLD=NEW of tables, TABLE.OLD=NEW of columns
  bool drop_others{};
};

struct schema_migrate_command {
  schema_diff_command plan{};
  bool lose_data{};
  bool yes{};
};

struct doctor_command {
  std::string url{};
  bool json{};
};

struct ping_command {
  std::string url{};
  std::uint64_t count{10};  ///< 0: until Ctrl-C
  double interval{1};       ///< seconds
  bool json{};
};

int run(const connect_command& command);
int run(const doctor_command& command);
int run(const ping_command& command);
int run(const sql_command& command);
int run(const import_command& command);
int run(const search_command& command);
int run(const index_create_command& command);
int run(const index_list_command& command);
int run(const index_command& command);
int run(const schema_command& command);
int run(const schema_diff_command& command);
int run(const schema_migrate_command& command);

/// Connects to the URL, or without one as the environment, `.env` and the embedded default say.
tidb::client open(const std::string& url);

/// As the command line has it.
std::string name_of(tidb::metric metric);

/// The error in one line: what happened, the server's own words, and where.
std::string describe(const tidb::error& error);

/// Of commands whose exit status 1 is an answer: any trouble is status 2.
template <class F>
int with_trouble_as_wrong_use(F&& body) {
  try {
    return body();
  } catch (const tidb::error& error) {
    throw wrong_use_error(describe(error));
  } catch (const failure& error) {
    throw wrong_use_error(error.what());
  }
}
/// The same without the endpoint.
std::string reason_of(const tidb::error& error);

}  // namespace cli
