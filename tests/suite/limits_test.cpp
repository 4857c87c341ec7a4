// What is at the edge of what an engine takes: the same on each, or an error that says what to do.
#include "support/engines.hpp"

#include <limits>
#include <vector>

using tidb::c;
using tidb::errc;

namespace {

struct item {
  std::int64_t id{};
  std::int64_t count{};
  std::string name{};
};

constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("items", tidb::column<&item::id>(tidb::primary_key), tidb::column<&item::count>(),
                       tidb::column<&item::name>(tidb::varchar(8)));
}

class limits : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<item>();
    db().insert(item{1, 1, "one"});
  }
};

/// Bytes, with what stands behind a NUL.
template <std::size_t N>
std::string bytes(const char (&text)[N]) {
  return {text, N - 1};
}

TEST_P(limits, a_nul_inside_a_varchar_counts_like_any_character) {
  db().insert(item{2, 2, bytes("a\0bcdefg")});
  EXPECT_EQ(db().select<item>().where(c<&item::id> == 2).one().name, bytes("a\0bcdefg"));
  EXPECT_THROW(db().insert(item{3, 3, bytes("a\0bcdefgh")}), tidb::constraint_violation);
  EXPECT_THROW(db().update<item>().set(c<&item::name> = bytes("\0bcdefghi")).run(), tidb::constraint_violation);
  db().insert(item{4, 4, "ä€𝄞äöüßé"});
  EXPECT_THROW(db().insert(item{5, 5, "ä€𝄞äöüßéx"}), tidb::constraint_violation);
}

TEST_P(limits, text_that_is_not_utf8_is_refused) {
  for (const char* text : {"a\xff", "\xed\xa0\x80", "a\xe4\xbd", "a\xc0\xaf", "a\xf4\x90\x80\x80"}) {
    EXPECT_THROW(db().insert(item{2, 2, text}), tidb::constraint_violation);
    EXPECT_THROW(db().update<item>().set(c<&item::name> = std::string(text)).run(), tidb::error);
    EXPECT_EQ(db().erase<item>().where(c<&item::name> == std::string(text)).run(), 0U);
  }
  EXPECT_EQ(db().select<item>().one().name, "one");
}

TEST_P(limits, a_condition_of_more_than_a_thousand_parts_is_no_trouble) {
  auto all = c<&item::id> > 0 && c<&item::id> < 100;
  auto any = c<&item::id> == 0 || c<&item::id> == 1;
  for (int i = 0; i < 1200; ++i) {
    all = all && c<&item::count> != i + 10;
    any = any || c<&item::count> == i + 10;
  }
  EXPECT_EQ(db().select<item>().where(all).count(), 1);
  EXPECT_EQ(db().select<item>().where(any).count(), 1);
  EXPECT_EQ(db().select<item>().where(all && c<&item::count> == 2).count(), 0);
  EXPECT_EQ(db().select<item>().where(any && c<&item::count> == 2).count(), 0);
}

TEST_P(limits, a_list_beyond_the_engines_limit_is_refused_with_what_to_do) {
  const std::vector<std::int64_t> ids(300'000, 1);
  const auto error = tests::error_of([&] { (void)db().select<item>().where(c<&item::id>.in(ids)).all(); });
  EXPECT_EQ(error.code(), errc::statement);
  EXPECT_NE(error.info().message.find("a statement has at most"), std::string::npos) << error.info().message;
  EXPECT_NE(error.info().message.find("split"), std::string::npos) << error.info().message;
}

TEST_P(limits, a_result_beyond_64_bits_is_refused_by_the_column_and_by_who_reads_it) {
  const auto largest = std::numeric_limits<std::int64_t>::max();
  db().insert(item{2, largest, "most"});
  for (const auto& change : {c<&item::count> = c<&item::count> + 1, c<&item::count> = c<&item::count> * 2}) {
    const auto error = tests::error_of([&] { db().update<item>().set(change).where(c<&item::id> == 2).run(); });
    EXPECT_EQ(error.code(), errc::constraint) << error.what();
    EXPECT_EQ(error.info().sqlstate, "22003");
  }
  EXPECT_THROW((void)db().select<item>(c<&item::count> + 1).where(c<&item::id> == 2).all(), tidb::error);
  EXPECT_EQ(db().select<item>().where(c<&item::id> == 2).one().count, largest);
}

RUN_ON_EACH_ENGINE(limits);

}  // namespace
