// Functions from texts to vectors, in all forms, and what is checked of what they give.
#include "tidbxx/client/client.hpp"
#include "tidbxx/client/connect.hpp"
#include "tidbxx/search/embedding.hpp"

#include <array>
#include <list>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using tidb::detail::model_of;

struct note {
  std::int64_t id{};
  std::string text{};
  tidb::vector<2> place{};
};
constexpr auto tidb_schema(tidb::of<note>) {
  return tidb::mapping("notes", tidb::column<&note::id>(tidb::primary_key), tidb::column<&note::text>(),
                       tidb::column<&note::place>());
}

using lists = std::vector<std::vector<float>>;

std::vector<float> one_text(std::string_view text) { return {static_cast<float>(text.size()), 1}; }

struct keeps_a_count {
  float count{};
  std::array<float, 2> operator()(const std::string& text) { return {static_cast<float>(text.size()), ++count}; }
};

/// What a model says of "a" and "bcd".
template <class F>
lists vectors_of(F model) {
  return model_of<F>(std::move(model)).embed({"a", "bcd"});
}

TEST(models, may_take_one_text) {
  const lists expected{{1, 1}, {3, 1}};
  EXPECT_EQ(vectors_of(one_text), expected);
  EXPECT_EQ(vectors_of(&one_text), expected);
  EXPECT_EQ(vectors_of([](std::string text) { return tidb::vector<2>{static_cast<float>(text.size()), 1}; }), expected);
  EXPECT_EQ(vectors_of([](const std::string& text) {
              return tidb::vector<>{static_cast<float>(text.size()), 1};
            }),
            expected);
  EXPECT_EQ(vectors_of(keeps_a_count{}), (lists{{1, 1}, {3, 2}}));
}

TEST(models, may_take_many_texts) {
  const lists expected{{1, 1}, {3, 1}};
  EXPECT_EQ(vectors_of([](std::span<const std::string> texts) {
              lists made;
              for (const auto& text : texts) made.push_back(one_text(text));
              return made;
            }),
            expected);
  EXPECT_EQ(vectors_of([](const std::vector<std::string>& texts) {
              std::list<std::array<float, 2>> made;
              for (const auto& text : texts) made.push_back({static_cast<float>(text.size()), 1});
              return made;
            }),
            expected);
  static const std::vector<tidb::vector<2>> kept{{1, 1}, {3, 1}};
  EXPECT_EQ(vectors_of([](std::vector<std::string>) -> const auto& { return kept; }), expected);
}

TEST(models, are_kept_even_if_they_cannot_be_copied) {
  auto count = std::make_unique<int>();
  auto model = [count = std::move(count)](std::string_view text) { return one_text(text); };
  EXPECT_EQ(vectors_of(std::move(model)), (lists{{1, 1}, {3, 1}}));
}

TEST(models, are_found_by_their_table) {
  const auto db = tidb::connect("sqlite::memory:");
  const auto find = [&](std::string_view table) {
    return tidb::detail::embedders_of(db.on(), table, std::source_location::current());
  };
  EXPECT_TRUE(find("notes").empty());
  db.table<note>().embed_with<&note::place>(one_text);
  EXPECT_TRUE(find("pages").empty());
  ASSERT_EQ(find("Notes").size(), 1U);
  EXPECT_EQ(find("Notes").front()->of().column, "place");
  EXPECT_EQ(find("Notes").front()->of().texts, std::vector<std::string>{"text"});
}

}  // namespace
