// Many rows at once: inserted with their keys, updated, saved; the same on every engine.
#include "support/engines.hpp"

#include <chrono>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

using tidb::c;

namespace {

struct player {
  std::int64_t id{};
  std::string name{};
  int coins{};
  friend bool operator==(const player&, const player&) = default;
};
constexpr auto tidb_schema(tidb::of<player>) {
  return tidb::mapping("players", tidb::column<&player::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&player::name>(tidb::varchar(32), tidb::unique), tidb::column<&player::coins>());
}

enum class shade : std::uint8_t { light = 1, dark };
constexpr auto tidb_labels(tidb::of<shade>) {
  return tidb::labels<shade>({{shade::light, "light"}, {shade::dark, "dark"}});
}

/// A key of two columns and a column of each kind.
struct sample {
  std::string group{};
  std::uint32_t place{};
  std::optional<std::uint64_t> large{};
  std::optional<double> real{};
  std::optional<tidb::decimal> price{};
  std::optional<std::string> text{};
  std::optional<tidb::blob> bytes{};
  std::optional<std::chrono::sys_time<std::chrono::microseconds>> at{};
  std::optional<std::chrono::sys_days> day{};
  std::optional<std::chrono::microseconds> lasts{};
  std::optional<tidb::json> facts{};
  std::optional<tidb::vector<3>> place_of{};
  std::optional<shade> tone{};
  std::optional<bool> done{};
  friend bool operator==(const sample&, const sample&) = default;
};
constexpr auto tidb_schema(tidb::of<sample>) {
  return tidb::mapping("samples", tidb::column<&sample::group>(tidb::primary_key, tidb::varchar(20)),
                       tidb::column<&sample::place>(tidb::primary_key), tidb::column<&sample::large>(),
                       tidb::column<&sample::real>(), tidb::column<&sample::price>(tidb::numeric(12, 2)),
                       tidb::column<&sample::text>(), tidb::column<&sample::bytes>(), tidb::column<&sample::at>(),
                       tidb::column<&sample::day>(), tidb::column<&sample::lasts>(), tidb::column<&sample::facts>(),
                       tidb::column<&sample::place_of>(), tidb::column<&sample::tone>(), tidb::column<&sample::done>());
}

sample filled(const std::string& group, std::uint32_t place, int salt) {
  using namespace std::chrono_literals;
  const std::chrono::sys_days day = std::chrono::year(2026) / 2 / 28;
  return {.group = group,
          .place = place,
          .large = 9'000'000'000'000'000'000U + static_cast<std::uint64_t>(salt),
          .real = 0.1 + salt,
          .price = tidb::decimal("12.50") + salt,
          .text = "naïve 'text' \\ " + std::to_string(salt),
          .bytes = tidb::blob{std::byte{0}, std::byte{0xff}, static_cast<std::byte>(salt)},
          .at = day + 13h + 1ms * salt,
          .day = day + std::chrono::days(salt),
          .lasts = -90min + 1us * salt,
          .facts = tidb::json(R"({"n": )" + std::to_string(salt) + "}"),
          .place_of = tidb::vector<3>{1, 2.5, static_cast<float>(salt)},
          .tone = salt % 2 == 0 ? shade::light : shade::dark,
          .done = salt % 3 == 0};
}

class bulk : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<player>();
  }
};

TEST_P(bulk, rows_come_back_with_their_generated_keys) {
  std::vector<player> rows;
  for (int i = 0; i < 1'500; ++i) rows.push_back({.name = "p" + std::to_string(i), .coins = i});
  rows[700].id = 1'000'000;  // has its own
  const auto made = db().insert(rows);
  ASSERT_EQ(made.size(), rows.size());
  EXPECT_EQ(made[700].id, 1'000'000);
  const auto stored = db().select<player>().order_by(c<&player::coins>).all();
  EXPECT_EQ(stored, made);
}

TEST_P(bulk, rows_come_back_with_keys_inside_a_transaction) {
  const auto kept = db().transaction([&](tidb::transaction& tx) {
    tx.insert(player{.name = "first"});
    return tx.insert(std::vector<player>{{.name = "a"}, {.name = "b"}, {.name = "c"}});
  });
  EXPECT_EQ(db().select<player>().where(c<&player::name> != "first").order_by(c<&player::id>).all(), kept);
  EXPECT_TRUE(db().insert(std::vector<player>{}).empty());
}

TEST_P(bulk, of_rows_with_a_fault_none_is_inserted) {
  EXPECT_THROW(db().insert(std::vector<player>{{.name = "a"}, {.name = "a"}}), tidb::constraint_violation);
  EXPECT_EQ(db().count<player>(), 0);
}

TEST_P(bulk, rows_made_on_the_way_are_inserted) {
  int made = 0;
  const auto next = [&]() -> std::optional<player> {
    if (made == 2'345) return std::nullopt;
    ++made;
    return player{.name = "a name that needs memory of its own " + std::to_string(made), .coins = made};
  };
  // names are longer than the column takes: nothing is kept
  EXPECT_THROW(db().insert_many(next), tidb::constraint_violation);
  EXPECT_EQ(db().count<player>(), 0);
  made = 0;
  const auto shorter = [&]() -> std::optional<player> {
    auto row = next();
    if (row) row->name = "the player of number " + std::to_string(row->coins);
    return row;
  };
  EXPECT_EQ(db().insert_many(shorter), 2'345U);
  EXPECT_EQ(db().select(tidb::max(c<&player::coins>)).value(), 2'345);
  EXPECT_EQ(db().select<player>().where(c<&player::coins> == 2'000).one().name, "the player of number 2000");
}

/// Reads `name coins` pairs: a range that can be gone through once.
struct words {
  std::istream& in;
  struct iterator {
    using value_type = player;
    using difference_type = std::ptrdiff_t;
    std::istream* in{};
    player row{};
    const player& operator*() const { return row; }
    iterator& operator++() {
      if (!(*in >> row.name >> row.coins)) in = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& left, std::default_sentinel_t /*end*/) { return left.in == nullptr; }
  };
  iterator begin() { return ++iterator{&in}; }
  std::default_sentinel_t end() const { return {}; }
};

TEST_P(bulk, a_range_that_is_read_once_is_inserted) {
  std::stringstream text;
  for (int i = 0; i < 3'000; ++i) text << "player_of_many_" << i << ' ' << i << '\n';
  EXPECT_EQ(db().insert_many(words{text}), 3'000U);
  EXPECT_EQ(db().select<player>().where(c<&player::coins> == 2'999).one().name, "player_of_many_2999");
}

TEST_P(bulk, update_many_changes_the_rows_with_these_keys) {
  std::vector<player> rows;
  for (int i = 1; i <= 350; ++i) rows.push_back({i, "p" + std::to_string(i), i});
  db().insert_many(rows);
  for (auto& row : rows) {
    row.coins *= 2;
    row.name += "x";
  }
  rows.push_back({999, "not there", 1});
  EXPECT_EQ(db().update_many(rows), 350U);
  rows.pop_back();
  EXPECT_EQ(db().select<player>().order_by(c<&player::id>).all(), rows);
  EXPECT_EQ(db().update_many(std::vector<player>{}), 0U);
}

TEST_P(bulk, update_many_may_change_some_columns_only) {
  db().insert_many({player{1, "ann", 1}, player{2, "bob", 2}});
  const std::vector<player> rows{{1, "ignored", 10}, {2, "ignored", 20}};
  EXPECT_EQ(db().update_many<&player::coins>(rows), 2U);
  EXPECT_EQ(db().select<player>().where(c<&player::id> == 2).one(), (player{2, "bob", 20}));
}

TEST_P(bulk, of_two_rows_with_one_key_the_later_counts) {
  db().insert(player{1, "ann", 1});
  (void)db().update_many(std::vector<player>{{1, "b", 2}, {1, "c", 3}});
  EXPECT_EQ(db().select<player>().one(), (player{1, "c", 3}));
  EXPECT_EQ(db().save_many(std::vector<player>{{5, "d", 4}, {5, "e", 5}, {1, "f", 6}}), 1U);
  EXPECT_EQ(db().select<player>().order_by(c<&player::id>).all(), (std::vector<player>{{1, "f", 6}, {5, "e", 5}}));
}

TEST_P(bulk, save_many_updates_what_is_there_and_inserts_the_rest) {
  std::vector<player> rows;
  for (int i = 1; i <= 250; ++i) rows.push_back({i * 2, "p" + std::to_string(i), i});
  db().insert_many(rows);
  rows.clear();
  for (int i = 1; i <= 500; ++i) rows.push_back({i, "q" + std::to_string(i), -i});
  rows.push_back({0, "with a new key", 1});
  EXPECT_EQ(db().save_many(rows), 251U);
  EXPECT_EQ(db().count<player>(), 501);
  rows.pop_back();
  EXPECT_EQ(db().select<player>().where(c<&player::coins> < 0).order_by(c<&player::id>).all(), rows);
}

TEST_P(bulk, save_many_changes_nothing_where_another_row_has_a_unique_value) {
  db().insert_many({player{1, "ann", 1}, player{2, "bob", 2}});
  EXPECT_THROW((void)db().save_many(std::vector<player>{{1, "amy", 5}, {3, "bob", 3}}), tidb::constraint_violation);
  EXPECT_EQ(db().select<player>().order_by(c<&player::id>).all(), (std::vector<player>{{1, "ann", 1}, {2, "bob", 2}}));
}

TEST_P(bulk, every_type_is_updated_and_saved_as_it_is) {
  db().create_table<sample>();
  std::vector<sample> rows;
  for (std::uint32_t i = 0; i < 7; ++i) rows.push_back(filled(i % 2 == 0 ? "a'b" : "ü", i, 0));
  rows.push_back({.group = "empty", .place = 1});
  if (embedded())
    for (auto& row : rows) row.large = row.large ? std::optional<std::uint64_t>(7) : std::nullopt;
  EXPECT_EQ(db().save_many(rows), 8U);
  const auto stored = [&] { return db().select<sample>().order_by(c<&sample::group>, c<&sample::place>).all(); };
  const auto sorted = [&] {
    std::sort(rows.begin(), rows.end(), [](const sample& a, const sample& b) {
      return std::pair(a.group, a.place) < std::pair(b.group, b.place);
    });
    return rows;
  };
  EXPECT_EQ(stored(), sorted());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = i % 3 == 2 ? sample{.group = rows[i].group, .place = rows[i].place}
                         : filled(rows[i].group, rows[i].place, static_cast<int>(i) + 1);
    if (embedded() && rows[i].large) rows[i].large = i;
  }
  EXPECT_EQ(db().update_many(rows), 8U);
  EXPECT_EQ(stored(), rows);
  for (auto& row : rows) row.real = -1.5;
  rows.push_back(filled("z", 1, 4));
  if (embedded()) rows.back().large = 3;
  EXPECT_EQ(db().save_many(rows), 1U);
  EXPECT_EQ(stored(), sorted());
}

TEST_P(bulk, an_upsert_that_sets_nothing_is_refused_where_it_was_written) {
  const std::vector<player> rows{{1, "ann", 1}};
  const auto line = std::source_location::current().line() + 1;
  const auto error = tests::error_of([&] { db().upsert(rows).run(); });
  EXPECT_EQ(error.code(), tidb::errc::usage);
  EXPECT_EQ(error.info().where.line(), line);
}

RUN_ON_EACH_ENGINE(bulk);

}  // namespace
