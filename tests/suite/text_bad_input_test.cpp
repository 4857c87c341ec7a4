// Full-text search of what nobody would type, of texts that nobody would write, and by indexes that are not as they
// were.
#include "support/engines.hpp"
#include "support/hostile.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using tests::error_of;
using tidb::c;

namespace tidb::detail {

std::int64_t block_checksum(std::string_view name, std::string_view payload);

}  // namespace tidb::detail

namespace {

struct story {
  std::int64_t id{};
  std::string text{};
};
constexpr auto tidb_schema(tidb::of<story>) {
  return tidb::mapping("stories", tidb::column<&story::id>(tidb::primary_key),
                       tidb::column<&story::text>(tidb::longtext));
}

class text_bad_input : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<story>();
    db().insert_many({
        story{1, "The cats and the dogs of the town"},
        story{2, "Emoji \U0001F600\U0001F600 and flags \U0001F1E9\U0001F1EA, a family "
                 "\U0001F468\u200D\U0001F469\u200D\U0001F467"},
        story{3, "cafe\u0301 nai\u0308ve Zu\u0308rich"},
        story{4, "שלום עולם, مرحبا بالعالم"},
        story{5, "to be or not to be"},
        story{6, "don't 3.14 C++ state-of-the-art user@example.com"},
        story{7, std::string("nul\0in it", 9)},
    });
    stories().create_fulltext_index<&story::text>();
  }
  tidb::table<story> stories() { return db().table<story>(); }
  std::vector<std::int64_t> found(const std::string& words) {
    std::vector<std::int64_t> ids;
    for (const auto& hit : stories().search(words).limit(100).all()) ids.push_back(hit.row.id);
    return ids;
  }
  void expect_sound() {
    const auto check = stories().check_fulltext_index();
    EXPECT_TRUE(check.ok()) << check.problems.at(0);
  }
  std::string own(const std::string& table) {
    return "_tidbxx_" + std::to_string(db().query<std::int64_t>("SELECT id FROM _tidbxx_index").value()) + "_" + table;
  }
  /// As if another version of the analyzer had made its terms.
  void become_of_another_analyzer() {
    const auto& [version, body] =
        db().query<std::int64_t, std::string>("SELECT version, body FROM " + own("manifest")).one();
    auto changed = body;
    const std::string key = "\"analyzed_by\":\"";
    const auto at = changed.find(key);
    ASSERT_NE(at, std::string::npos) << body;
    changed.insert(at + key.size(), "0.");
    db().execute("UPDATE " + own("manifest") + " SET version = ?, checksum = ?, body = ?", version + 1,
                 tidb::detail::block_checksum("manifest " + std::to_string(version + 1), changed), changed);
  }
  using numbers = std::vector<std::int64_t>;

private:
  tests::indexes_are_known_soon soon_;
};

TEST_P(text_bad_input, queries_of_any_bytes_are_searched_for) {
  tests::random_source random(tests::fuzz_seed(11));
  const std::string pieces[] = {"cats",   "\"",
                                "(",      ")",
                                "+",      "-",
                                "*",      ":",
                                "text:",  "AND ",
                                "OR ",    "NOT ",
                                "~",      "^",
                                "\\",     " ",
                                "to be",  "北京",
                                "\xFF",   "\xE4\xBA",
                                "\u0301", "'",
                                "9",      "%",
                                "_",      std::string(1, '\0')};
  const int rounds = GetParam() == tests::target::tidb_tls ? 20 : tests::count(embedded() ? 2000 : 200, 20'000);
  for (int round = 0; round < rounds; ++round) {
    std::string words;
    for (auto left = tests::below(random, 30); left > 0; --left)
      if (tests::below(random, 3) == 0)
        words += static_cast<char>(tests::below(random, 256));
      else
        words += pieces[tests::below(random, std::size(pieces))];
    ASSERT_NO_THROW((void)found(words)) << testing::PrintToString(words);
    ASSERT_NO_THROW((void)stories().search(words).highlighter().snippet(words)) << testing::PrintToString(words);
    try {
      (void)stories().search(words).strict().all();
    } catch (const tidb::usage_error&) {  // which it may be
    }
  }
}

TEST_P(text_bad_input, hostile_texts_are_kept_and_found) {
  tests::random_source random(tests::fuzz_seed(12));
  std::vector<story> rows;
  for (std::int64_t id = 100; id < 160; ++id)
    rows.push_back(
        {id, tests::hostile_text(random) + " mark" + std::to_string(id) + " " + tests::hostile_text(random)});
  db().insert_many(rows);
  for (const auto& row : rows) EXPECT_EQ(found("mark" + std::to_string(row.id)), numbers{row.id}) << row.text;
  expect_sound();
}

TEST_P(text_bad_input, a_query_of_a_megabyte_is_cut_and_not_refused) {
  std::string many, one(1'000'000, 'a'), deep(500'000, '('), quotes(1'000'000, '"');
  while (many.size() < 1'000'000) many += "word" + std::to_string(many.size()) + " ";
  EXPECT_EQ(found("cats " + many), numbers{1});
  EXPECT_EQ(found(one), numbers{});
  EXPECT_EQ(found(deep + "cats" + std::string(500'000, ')')), numbers{1});
  EXPECT_EQ(found("cats " + quotes), numbers{1});
  EXPECT_THROW((void)stories().search(many).strict().all(), tidb::usage_error);
}

TEST_P(text_bad_input, hostile_queries_over_many_words_take_bounded_memory) {
  std::vector<story> rows;
  for (std::int64_t id = 100; id < 110; ++id) {
    rows.push_back({id, ""});
    for (int i = 0; i < 2000; ++i) rows.back().text += "a" + std::to_string(id * 2000 + i) + " ";
  }
  rows.push_back({110, "cats"});
  for (int i = 0; i < 30'000; ++i) rows.back().text += " dogs";
  db().insert_many(rows);
  std::string prefixes, phrase;
  for (int i = 0; i < 1000; ++i) prefixes += "a* ";
  for (int i = 0; i < 500; ++i) phrase += "dogs ";
  EXPECT_FALSE(found(prefixes).empty());
  EXPECT_EQ(found("\"" + phrase + "\"~5"), numbers{110});
  const auto marks = stories().search("\"cats dogs\"~1000000").highlighter();
  EXPECT_EQ(marks.highlight(rows.back().text).size(), rows.back().text.size() + 30'001 * std::string("<b></b>").size());
}

TEST_P(text_bad_input, nothing_is_found_by_what_has_no_word) {
  for (const auto* words : {"", " ", "\t\n", "...", "!?", "\"\"", "()", "-", "+", "*", "^", "OR", "\xFF\xFE", "\u0301"})
    EXPECT_NO_THROW((void)found(words)) << words;
  for (const auto* words : {"", " ", "...", "!? --", "\"\"", "()", "-cats", "NOT cats", "\xFF\xFE"})
    EXPECT_EQ(found(words), numbers{}) << words;
}

TEST_P(text_bad_input, stop_words_are_words_where_there_are_no_others) {
  EXPECT_EQ(found("\"to be or not to be\""), numbers{5});
  EXPECT_EQ(found("the of"), (numbers{1, 6}));
  EXPECT_EQ(found("+the cats"), (numbers{1, 6}));
}

TEST_P(text_bad_input, quotes_and_parentheses_without_their_other_half_are_nothing) {
  for (const auto* words : {"\"cats", "cats\"", "(cats", "cats)", "((cats)", "\"cats\" \"", "cats \"dogs"})
    EXPECT_EQ(found(words), numbers{1}) << words;
}

TEST_P(text_bad_input, emoji_and_combined_characters_are_found) {
  EXPECT_EQ(found("\U0001F600"), numbers{2});
  EXPECT_EQ(found("\U0001F1E9\U0001F1EA"), numbers{2});
  EXPECT_EQ(found("\U0001F468\u200D\U0001F469\u200D\U0001F467"), numbers{2});
  for (const auto* words : {"cafe", "caf\u00E9", "CAFE\u0301", "na\u00EFve", "naive", "zurich", "Z\u00DCRICH"})
    EXPECT_EQ(found(words), numbers{3}) << words;
}

TEST_P(text_bad_input, text_from_right_to_left_is_found) {
  EXPECT_EQ(found("שלום"), numbers{4});
  EXPECT_EQ(found("\"שלום עולם\""), numbers{4});
  EXPECT_EQ(found("مرحبا"), numbers{4});
}

TEST_P(text_bad_input, signs_part_words_as_the_analyzer_says) {
  EXPECT_EQ(found("don't"), numbers{6});
  EXPECT_EQ(found("3.14"), numbers{6});
  EXPECT_EQ(found("user@example.com"), numbers{6});
  EXPECT_EQ(found("\"state of the art\""), numbers{6});
}

TEST_P(text_bad_input, a_document_of_five_mebibytes_is_found) {
  std::string text = "beginning ";
  for (int i = 0; text.size() < (5U << 20); ++i) text += "w" + std::to_string(i % 50'000) + " ";
  text += "ending";
  db().insert(story{100, text});
  for (const auto* words : {"beginning", "ending", "w49999", "\"w0 w1 w2\""}) EXPECT_EQ(found(words), numbers{100});
  stories().optimize_fulltext_index();
  expect_sound();
  EXPECT_EQ(found("\"w49998 w49999\" +ending"), numbers{100});
  EXPECT_TRUE(stories().search("ending").highlighter().snippet(text, {.words = 2}).ends_with(" <b>ending</b>"));
  db().update<story>().set(c<&story::text> = std::string("short")).where(c<&story::id> == 100).run();
  EXPECT_EQ(found("ending"), numbers{});
  stories().rebuild_fulltext_index();
  EXPECT_LT(stories().fulltext_index_stats().bytes_stored, 100'000U);
  expect_sound();
}

TEST_P(text_bad_input, an_index_of_another_analyzer_is_refused_until_it_is_made_anew) {
  become_of_another_analyzer();
  db().insert(story{100, "cats are written all the same"});
  for (const bool is_new : {true, false}) {
    const auto other = tidb::connect(url());
    const auto& on = is_new ? other : db();
    const auto refused = error_of([&] { (void)on.table<story>().search("cats").all(); });
    EXPECT_EQ(refused.code(), tidb::errc::unsupported);
    EXPECT_NE(std::string(refused.what()).find("analyzer"), std::string::npos) << refused.what();
    EXPECT_NE(std::string(refused.what()).find("rebuild_fulltext_index"), std::string::npos) << refused.what();
    EXPECT_EQ(error_of([&] { on.table<story>().optimize_fulltext_index(); }).code(), tidb::errc::unsupported);
  }
  stories().rebuild_fulltext_index();
  EXPECT_EQ(found("cats").size(), 2U);
  expect_sound();
}

TEST_P(text_bad_input, many_small_writes_that_are_undone_leave_nothing) {
  struct undone {};
  for (int round = 0; round < 10; ++round)
    EXPECT_THROW(db().transaction([&](tidb::transaction& tx) {
      for (std::int64_t id = 1; id <= 7; ++id) tx.save(story{id, "undone " + std::to_string(id)});
      tx.insert(story{100 + round, "undone"});
      EXPECT_EQ(tidb::table<story>(tx).search("undone").limit(100).all().size(), 8U);
      throw undone{};
    }),
                 undone);
  EXPECT_EQ(found("undone"), numbers{});
  EXPECT_EQ(found("cats"), numbers{1});
  expect_sound();
}

RUN_ON_EACH_ENGINE(text_bad_input);

}  // namespace
