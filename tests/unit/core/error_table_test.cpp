// The table of errors: every text and code that errors.toml lists, as both engines take it.
#include "../../../src/core/error_table.hpp"
#include "../../../src/engine/sqlite/errors.hpp"
#include "../../../src/engine/tidb/errors.hpp"
#include "support/error_samples.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace {

using tests::error_sample;
using tidb::errc;
using tidb::error_info;
using tidb::detail::call_phase;
using tidb::detail::condition;

call_phase phase_of(std::string_view name) {
  if (name == "connecting") return call_phase::connecting;
  if (name == "writing") return call_phase::writing;
  return name == "committing" ? call_phase::committing : call_phase::reading;
}

condition condition_of(std::string_view name) {
  if (name == "no_space") return condition::no_space;
  if (name == "disk_quota") return condition::disk_quota;
  return name == "file_limit" ? condition::file_limit : condition::always;
}

error_info taken_for(const error_sample& sample) {
  if (sample.engine == "sqlite") {
    const auto found = tidb::detail::find_sqlite_error(sample.code, sample.text, condition_of(sample.when));
    error_info info;
    tidb::detail::judge(info, found.entry, {{"name", found.name}});
    return info;
  }
  tidb::detail::resolved_options options;
  options.host = sample.when == "cloud" ? "gateway01.eu-central-1.prod.aws.tidbcloud.com" : "127.0.0.1";
  options.user = "abc.root";
  if (sample.when != "no_password") options.password = "s3cr3t-word";
  return tidb::detail::classify({sample.code, "HY000", sample.text},
                                {phase_of(sample.phase), {}, "host:4000", {}, &options, {}});
}

std::string_view remedy_of(std::string_view entry) {
  return std::ranges::find(tidb::detail::error_entries, entry, &tidb::detail::error_entry::name)->remedy;
}

TEST(error_table, every_text_and_code_has_its_entry_and_verdict) {
  for (const auto& sample : tests::error_samples) {
    SCOPED_TRACE(std::string(sample.entry) + ": " + std::to_string(sample.code) + " " + std::string(sample.text));
    const auto info = taken_for(sample);
    EXPECT_EQ(info.entry, sample.entry);
    EXPECT_EQ(info.code, sample.kind);
    EXPECT_EQ(info.retryable, sample.retryable);
    EXPECT_EQ(info.poisons_transaction, sample.poisons_transaction);
    EXPECT_EQ(info.poisons_connection, sample.poisons_connection);
    EXPECT_TRUE(info.message.ends_with(remedy_of(sample.entry))) << info.message;
    EXPECT_EQ(info.message.find('{'), std::string::npos) << info.message;
    EXPECT_TRUE(
        std::string(tidb::error(info).what()).ends_with("\n  see: docs/errors.md#" + std::string(sample.entry)));
  }
}

TEST(error_table, a_verdict_does_not_contradict_itself) {
  for (const auto& entry : tidb::detail::error_entries) {
    SCOPED_TRACE(entry.name);
    EXPECT_TRUE(entry.what.poisons_transaction || !entry.what.poisons_connection);
    // Running it again by itself after one of these would be wrong, or lead to the same.
    const bool final = entry.what.code == errc::outcome_unknown || entry.what.code == errc::constraint ||
                       entry.what.code == errc::access_denied || entry.what.code == errc::quota;
    EXPECT_FALSE(final && entry.what.retryable);
  }
}

TEST(error_table, codes_that_nobody_knows_are_refused_statements) {
  for (int code : {7, 1234, 7999, 8999, 60000}) {
    const auto info = taken_for({.engine = "tidb", .code = code, .text = "something new", .phase = "reading"});
    EXPECT_EQ(info.entry, "statement-refused") << code;
    EXPECT_EQ(info.code, errc::statement) << code;
    EXPECT_EQ(info.server_message, "something new");
  }
  EXPECT_EQ(taken_for({.engine = "sqlite", .code = 27, .text = "something new"}).entry, "statement-refused");
}

TEST(error_table, an_unlisted_extended_code_of_sqlite_counts_as_its_low_byte) {
  EXPECT_EQ(taken_for({.engine = "sqlite", .code = 261}).entry, "file-locked");     // SQLITE_BUSY_RECOVERY
  EXPECT_EQ(taken_for({.engine = "sqlite", .code = 776}).entry, "file-read-only");  // SQLITE_READONLY_ROLLBACK
  EXPECT_EQ(taken_for({.engine = "sqlite", .code = 778}).entry, "file-io");         // SQLITE_IOERR_WRITE
  EXPECT_EQ(taken_for({.engine = "sqlite", .code = 1811, .text = "no"}).entry, "constraint-refused");
}

TEST(error_table, the_catch_all_of_a_lost_commit_is_in_doubt_in_every_phase) {
  for (const char* phase : {"reading", "writing", "committing"}) {
    const auto info =
        taken_for({.engine = "tidb", .code = 1105, .text = "[global:2]execution result undetermined", .phase = phase});
    EXPECT_EQ(info.code, errc::outcome_unknown) << phase;
  }
}

TEST(error_table, nothing_was_sent_while_connecting) {
  EXPECT_FALSE(taken_for({.engine = "tidb", .code = 1040, .phase = "connecting"}).sent);
  EXPECT_TRUE(taken_for({.engine = "tidb", .code = 2013, .phase = "reading"}).sent);
  EXPECT_FALSE(tidb::detail::lost_before_sending({.phase = call_phase::committing}).sent);
  EXPECT_FALSE(tidb::detail::not_sent({.phase = call_phase::committing}, true).sent);
  EXPECT_TRUE(tidb::detail::interrupted({.phase = call_phase::reading}, false).sent);
}

}  // namespace
