// Which selects share their text.
#include "sql/shape.hpp"
#include <tidbxx/tidbxx.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

using tidb::c;
using tidb::sql::dialect;
using tidb::sql::shape;

namespace {

struct player {
  std::int64_t id{};
  std::string name{};
  std::optional<int> coins{};
};
constexpr auto tidb_schema(tidb::of<player>) {
  return tidb::mapping("players", tidb::column<&player::id>(tidb::primary_key),
                       tidb::column<&player::name>(tidb::varchar(32)), tidb::column<&player::coins>());
}

struct item {
  std::int64_t id{};
  std::string name{};
};
constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("items", tidb::column<&item::id>(tidb::primary_key), tidb::column<&item::name>());
}

/// Each with a value of its own, `salt`.
std::vector<tidb::sql::select> variants(int salt) {
  const auto text = "a text that is longer than what a node has room for " + std::to_string(salt);
  const auto first = tidb::select(c<&item::id>).where(c<&item::id> > salt);
  using other = tidb::alias<player, struct second_player>;
  const auto all = tidb::select<player>();
  const auto with = [&](auto&& change) {
    auto made = all;
    change(made);
    return made.statement();
  };
  return {
      all.statement(),
      tidb::select<item>().statement(),
      tidb::select(c<&player::id>).statement(),
      tidb::select(c<&player::name>).statement(),
      tidb::select(c<&player::id>.as("a")).statement(),
      tidb::select(c<&player::id>.as("b")).statement(),
      with([&](auto& of) { of.where(c<&player::id> == salt); }),
      with([&](auto& of) { of.where(c<&player::id> != salt); }),
      with([&](auto& of) { of.where(c<&player::coins> == salt); }),
      with([&](auto& of) { of.where(c<&player::name> == text); }),
      with([&](auto& of) { of.where(c<&player::name>.like(text)); }),
      with([&](auto& of) { of.where(c<&player::name>.like(text, '|')); }),
      with([&](auto& of) { of.where(c<&player::name>.like(text, '!')); }),
      with([&](auto& of) {
        of.where(c<&player::id>.in({salt, 2}));
      }),
      with([&](auto& of) {
        of.where(c<&player::id>.in({salt, 2, 3}));
      }),
      with([&](auto& of) { of.where(c<&player::id>.in(first)); }),
      with([&](auto& of) { of.where(exists(first)); }),
      with([&](auto& of) { of.where(c<&player::id> > any_of(first)); }),
      with([&](auto& of) { of.where(c<&player::id> > all_of(first)); }),
      with([&](auto& of) { of.where(tidb::raw<bool>("id > ?", salt)); }),
      with([&](auto& of) { of.where(tidb::raw<bool>("id < ?", salt)); }),
      with([&](auto& of) { of.where(tidb::func<int>("ASCII", text) == salt); }),
      with([&](auto& of) { of.where(tidb::func<int>("LENGTH", text) == salt); }),
      with([&](auto& of) { of.order_by(c<&player::id>); }),
      with([&](auto& of) { of.order_by(desc(c<&player::id>)); }),
      with([&](auto& of) { of.order_by(desc(c<&player::id>).nulls_first()); }),
      with([&](auto& of) { of.limit(static_cast<std::uint64_t>(salt)); }),
      with([&](auto& of) { of.offset(static_cast<std::uint64_t>(salt)); }),
      with([&](auto& of) { of.distinct(); }),
      with([&](auto& of) { of.group_by(c<&player::id>); }),
      with([&](auto& of) { of.having(c<&player::id> > salt); }),
      with([&](auto& of) { of.union_all(tidb::select<player>().where(c<&player::id> == salt)); }),
      with([&](auto& of) { of.union_with(tidb::select<player>().where(c<&player::id> == salt)); }),
      all.join<item>(c<&item::id> == c<&player::id> + salt).statement(),
      all.left_join<item>(c<&item::id> == c<&player::id> + salt).statement(),
      all.join<other>(tidb::col<other, &player::id> == salt).statement(),
      tidb::select(cast<std::string>(c<&player::id>)).statement(),
      tidb::select(cast<double>(c<&player::id>)).statement(),
      tidb::select(group_concat(c<&player::name>, ",")).statement(),
      tidb::select(group_concat(c<&player::name>, ";")).statement(),
      tidb::select(date_add(tidb::now(), salt, tidb::date_unit::days)).statement(),
      tidb::select(date_add(tidb::now(), salt, tidb::date_unit::hours)).statement(),
  };
}

bool same_shape(const tidb::sql::select& one, const tidb::sql::select& other) {
  const shape left(one), right(other);
  return left.tells_text() && right.tells_text() && std::ranges::equal(left.words(), right.words());
}

std::string text_of(const tidb::sql::select& statement) {
  auto made = tidb::sql::print(statement, dialect::tidb);
  std::string text = made.text + "\n" + tidb::sql::print(statement, dialect::sqlite).text;
  for (const auto& slot :
       tidb::sql::print(statement, dialect::sqlite).slots)  // those that are no literal of the program
    if (slot.from == nullptr) text += "\n" + to_string(slot.literal.view());
  return text;
}

TEST(shape, selects_that_differ_in_their_values_only_have_one) {
  const auto some = variants(1), others = variants(77);
  for (std::size_t i = 0; i < some.size(); ++i) {
    EXPECT_TRUE(same_shape(some[i], others[i])) << text_of(some[i]);
    EXPECT_EQ(shape(some[i]).hash(), shape(others[i]).hash()) << text_of(some[i]);
  }
}

TEST(shape, selects_of_another_text_have_another) {
  const auto some = variants(1), others = variants(77);
  for (std::size_t i = 0; i < some.size(); ++i)
    for (std::size_t j = 0; j < others.size(); ++j)
      if (i != j) {
        EXPECT_FALSE(same_shape(some[i], others[j])) << text_of(some[i]) << "\n" << text_of(others[j]);
        EXPECT_NE(text_of(some[i]), text_of(others[j])) << i << " " << j;
      }
}

TEST(shape, the_values_that_groups_are_ordered_by_may_tell_a_column) {
  const auto ordered_by = [](int divisor) {
    const auto rest = c<&player::id> % 2;
    return tidb::select(rest).group_by(c<&player::id>).order_by(c<&player::id> % divisor).statement();
  };
  EXPECT_NE(text_of(ordered_by(2)), text_of(ordered_by(3)));
  EXPECT_FALSE(same_shape(ordered_by(2), ordered_by(3)));
}

TEST(shape, a_long_statement_has_one_too) {
  const auto of = [](int first) {
    std::vector<int> items(1'000);
    for (auto& item : items) item = first++;
    return tidb::select<player>().where(c<&player::id>.in(items)).statement();
  };
  EXPECT_TRUE(same_shape(of(1), of(2)));
  EXPECT_EQ(shape(of(1)).literals().size(), 1'000U);
}

TEST(shape, the_literals_come_in_one_order) {
  const auto statement = tidb::select<player>()
                             .where(c<&player::id> == 1 && c<&player::id>.in(tidb::select(c<&item::id>).limit(2)))
                             .having(c<&player::name> == "three")
                             .limit(4)
                             .offset(5)
                             .statement();
  const shape made(statement);
  ASSERT_EQ(made.literals().size(), 5U);
  EXPECT_EQ(made.literals()[0]->literal().integer, 1);
  EXPECT_EQ(made.literals()[1]->literal().integer, 2);
  EXPECT_EQ(made.literals()[2]->literal().text(), "three");
  EXPECT_EQ(made.literals()[4]->literal().integer, 5);
}

TEST(shape, an_expression_keeps_what_it_was_made_of) {
  tidb::sql::expression kept;
  {
    const std::string text(100, 'x');
    const auto condition = c<&player::name> == text && c<&player::name> != "short";
    kept = condition.expression();
    auto copy = kept;
    kept = std::move(copy);
  }
  const auto& root = kept.root();
  ASSERT_EQ(root.count, 2U);
  EXPECT_EQ(root[0][1].literal().text(), std::string(100, 'x'));
  EXPECT_EQ(root[1][1].literal().text(), "short");
}

TEST(shape, what_a_text_tells_of_its_values_is_part_of_the_shape) {
  const auto with = [](const tidb::value_view& item) {
    auto made = tidb::select(c<&player::id>).statement();
    made.where = tidb::sql::binary(tidb::sql::op::equal, tidb::sql::column({}, "id"), tidb::sql::literal(item));
    return made;
  };
  const auto one = with(tidb::value_view::of(std::int64_t{1})), none = with(tidb::value_view::null());
  EXPECT_TRUE(same_shape(one, with(tidb::value_view::of(std::int64_t{2}))));
  EXPECT_FALSE(same_shape(one, none));
  EXPECT_FALSE(same_shape(one, with(tidb::value_view::count(tidb::value_kind::time, 1))));
  const auto grouped = tidb::select(c<&player::id> + 1).group_by(c<&player::id> + 1).statement();
  EXPECT_FALSE(same_shape(grouped, grouped));
}

}  // namespace
