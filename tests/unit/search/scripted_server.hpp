// A TiDB that is not there: it answers by a script, and notes what it is sent.
#pragma once

#include "engine/connection_source.hpp"
#include "engine/tidb/errors.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/executor.hpp"
#include "tidbxx/engine/pool.hpp"

#include <deque>
#include <initializer_list>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace scripted {

using row = std::vector<tidb::value>;

template <class... Cells>
row cells(const Cells&... given) {
  return {tidb::value(given)...};
}
inline tidb::value_view number(std::int64_t given) { return tidb::value_view::of(given); }
inline tidb::value_view real(double given) { return tidb::value_view::of(given); }
inline tidb::value_view text(std::string_view given) { return tidb::value_view::of(given); }

struct answer {
  std::vector<row> rows{};
  std::size_t columns{};
  int code{};  ///< of an error
  std::string words{};
};

/// What is asked for by statements that hold a text. Of several answers each is given once, the last one again.
struct part {
  std::string asked{};
  std::deque<answer> answers{};
};

class statement;

/// Not for several threads.
class server {
public:
  server& says(std::string asked, std::vector<row> rows) {
    const auto columns = rows.front().size();
    return add(std::move(asked), {.rows = std::move(rows), .columns = columns});
  }
  server& says_nothing(std::string asked, std::size_t columns) { return add(std::move(asked), {.columns = columns}); }
  server& fails(std::string asked, int code, std::string words) {
    return add(std::move(asked), {.code = code, .words = std::move(words)});
  }
  /// In the order in which they came, with parameters as `?`.
  std::vector<std::string> sent{};
  std::vector<row> parameters{};  ///< of each
  /// Those that begin with one of these words.
  std::vector<std::string> sent_of(std::initializer_list<std::string_view> words) const {
    std::vector<std::string> found;
    for (const auto& each : sent)
      for (const auto word : words)
        if (each.starts_with(word)) found.push_back(each);
    return found;
  }
  std::size_t count(std::string_view asked) const {
    std::size_t found = 0;
    for (const auto& each : sent) found += each.find(asked) != std::string::npos ? 1U : 0U;
    return found;
  }
  /// Errors: as TiDB's. A question that is not in the script fails the test.
  answer answer_to(const std::string& sql, std::span<const tidb::value_view> given, const tidb::call_context& context) {
    sent.push_back(sql);
    parameters.emplace_back(given.begin(), given.end());
    for (auto& each : script_) {
      if (sql.find(each.asked) == std::string::npos) continue;
      const auto now = each.answers.front();
      if (each.answers.size() > 1) each.answers.pop_front();
      if (now.code == 0) return now;
      tidb::throw_error(tidb::detail::classify(
          {now.code, "HY000", now.words},
          {.phase = tidb::detail::phase_of(sql), .sql = sql, .endpoint = "script", .where = context.where}));
    }
    if (sql.starts_with("SELECT") || sql.starts_with("SHOW")) ADD_FAILURE() << "not in the script: " << sql;
    return {};
  }
  tidb::detail::executor on();

private:
  server& add(std::string asked, answer given) {
    for (auto& each : script_)
      if (each.asked == asked) return each.answers.push_back(std::move(given)), *this;
    script_.push_back({std::move(asked), {std::move(given)}});
    return *this;
  }

  std::vector<part> script_{};
  std::shared_ptr<tidb::detail::pool_state> pool_{};
};

class statement final : public tidb::engine_statement {
public:
  statement(server& of, std::string sql) : of_(of), sql_(std::move(sql)) {}
  void execute(std::span<const tidb::value_view> parameters, const tidb::call_context& context) override {
    auto given = of_.answer_to(sql_, parameters, context);
    rows_ = std::move(given.rows);
    columns_.assign(given.columns, "column");
    at_ = 0;
    affected_rows_ = 1;
  }
  bool next() override {
    if (at_ == rows_.size()) return false;
    cells_.assign(rows_[at_].begin(), rows_[at_].end());
    ++at_;
    return true;
  }
  void finish() noexcept override {}

private:
  server& of_;
  std::string sql_;
  std::vector<row> rows_{};
  std::size_t at_{};
};

class connection final : public tidb::engine_connection {
public:
  explicit connection(server& of) : of_(of) {}
  tidb::engine_statement& prepare(const tidb::statement_text& text, const tidb::call_context&) override {
    return statements_.emplace_back(of_, text.sql());
  }
  void run(std::string_view sql, const tidb::call_context& context) override {
    of_.answer_to(std::string(sql), {}, context);
  }
  bool usable() const noexcept override { return true; }
  void abandon() noexcept override {}
  bool ping(const tidb::call_context&) noexcept override { return true; }
  bool session_changed() const noexcept override { return false; }
  void reset_session(const tidb::call_context&) noexcept override {}
  const tidb::capabilities& features() const noexcept override { return features_; }
  const std::string& endpoint() const noexcept override { return endpoint_; }

private:
  server& of_;
  std::list<statement> statements_{};
  tidb::capabilities features_{.engine = tidb::engine_kind::tidb,
                               .version = "8.0.11-TiDB-v8.5.6",
                               .deployment = "TiDB self-managed",
                               .max_parameters = 65'535,
                               .has_indexes = true};
  std::string endpoint_{"script"};
};

class source final : public tidb::detail::connection_source {
public:
  explicit source(server& of) : of_(of) {}
  std::unique_ptr<tidb::engine_connection> open(const tidb::call_context&) override {
    return std::make_unique<connection>(of_);
  }

private:
  server& of_;
};

inline tidb::detail::executor server::on() {
  if (!pool_) {
    tidb::detail::resolved_options options;
    options.engine = tidb::engine_kind::tidb;
    options.host = "script";
    options.port = 4000;
    pool_ = std::make_shared<tidb::detail::pool_state>(std::make_unique<source>(*this), options,
                                                       tidb::pool_options{.max_size = 1});
  }
  return {pool_, nullptr, {}};
}

}  // namespace scripted
