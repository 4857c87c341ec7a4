// Many rows at once: inserted with their keys, updated, saved; the same on every engine.
#include "support/engines.hpp"

#include <chrono>
#include <functional>
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

enum class lane : std::uint8_t { left, right };
constexpr auto tidb_labels(tidb::of<lane>) {
  return tidb::labels<lane>({{lane::left, "left"}, {lane::right, "right"}});
}

/// A key of an enum and a set.
struct gate {
  lane side{};
  tidb::enum_set<shade> tones{};
  int cars{};
  friend bool operator==(const gate&, const gate&) = default;
};
constexpr auto tidb_schema(tidb::of<gate>) {
  return tidb::mapping("gates", tidb::column<&gate::side>(tidb::primary_key),
                       tidb::column<&gate::tones>(tidb::primary_key), tidb::column<&gate::cars>());
}

struct word {
  std::string text{};
  int uses{};
  friend bool operator==(const word&, const word&) = default;
};
constexpr auto tidb_schema(tidb::of<word>) {
  return tidb::mapping("words", tidb::column<&word::text>(tidb::primary_key, tidb::varchar(20)),
                       tidb::column<&word::uses>());
}

struct picture {
  std::int64_t id{};
  std::string pixels{};
};
constexpr auto tidb_schema(tidb::of<picture>) {
  return tidb::mapping("pictures", tidb::column<&picture::id>(tidb::primary_key),
                       tidb::column<&picture::pixels>(tidb::mediumtext));
}

std::optional<player> taken(const std::vector<player>& rows, std::size_t place) {
  return place < rows.size() ? std::optional(rows[place]) : std::nullopt;
}

std::vector<player> with_a_long_name(std::vector<player> rows) {
  rows.back().name = std::string(40, 'x');
  return rows;
}

/// Many times the first, and the last once.
std::vector<player> many_of(const player& first, const player& last) {
  std::vector<player> rows(500, first);
  rows.push_back(last);
  return rows;
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

TEST_P(bulk, of_rows_with_a_fault_none_stays_in_a_transaction_that_goes_on) {
  db().insert_many({player{1, "ann", 1}, player{2, "bob", 2}});
  std::vector<player> rows;
  for (int i = 0; i < 3'000; ++i) rows.push_back({.id = 10 + i, .name = "p" + std::to_string(i)});
  rows.push_back({.id = 9'999, .name = "p0"});
  auto without_key = rows;
  for (auto& row : without_key) row.id = 0;
  auto some_without_key = rows;
  for (std::size_t i = 0; i < 1'000; ++i) some_without_key[i].id = 0;
  const std::vector<std::function<void(tidb::transaction&)>> writes{
      [&](auto& tx) { tx.insert_many(rows); },
      [&](auto& tx) { tx.insert_many([&, next = std::size_t{0}]() mutable { return taken(rows, next++); }); },
      [&](auto& tx) { (void)tx.insert(without_key); },
      [&](auto& tx) { (void)tx.insert(some_without_key); },
      [&](auto& tx) { (void)tx.save_many(rows); },
      [&](auto& tx) { tx.upsert(with_a_long_name(rows)).set(c<&player::coins> = 5).run(); },
      [&](auto& tx) { tx.insert_missing(with_a_long_name(rows)); },
      [&](auto& tx) {
        (void)tx.update_many(std::vector<player>{{1, "amy", 5}, {2, "amy", 5}});
      },
      [&](auto& tx) {
        (void)tx.update_many(many_of({1, "amy", 5}, {2, "amy", 5}));
      }};
  db().transaction([&](tidb::transaction& tx) {
    tx.insert(player{3, "before", 3});
    for (const auto& write : writes) {
      EXPECT_THROW(write(tx), tidb::constraint_violation) << "number " << &write - writes.data();
      EXPECT_EQ(tx.select<player>().order_by(c<&player::id>).all(),
                (std::vector<player>{{1, "ann", 1}, {2, "bob", 2}, {3, "before", 3}}))
          << "number " << &write - writes.data();
    }
    tx.insert(player{4, "after", 4});
  });
  EXPECT_EQ(db().count<player>(), 4);
}

TEST_P(bulk, rows_of_one_statement_need_no_savepoint) {
  db().transaction([&](tidb::transaction& tx) {
    const auto before = db().counters().statements;
    tx.insert_many({player{1, "ann", 1}, player{2, "bob", 2}});
    (void)tx.update_many(std::vector<player>{{1, "amy", 5}, {2, "bea", 5}});
    if (!embedded()) {
      EXPECT_EQ(db().counters().statements - before, 2U);
    }
  });
}

TEST_P(bulk, generated_keys_leave_room_for_those_that_are_given) {
  const auto made =
      db().insert(std::vector<player>{{.name = "generated"}, {.id = 1, .name = "given"}, {.name = "too"}});
  EXPECT_EQ(made[1].id, 1);
  EXPECT_GT(made[0].id, 1);
  EXPECT_EQ(db().select<player>().where(c<&player::name> == "too").one(), made[2]);
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

TEST_P(bulk, save_many_finds_rows_by_enums_and_sets) {
  db().create_table<gate>();
  const tidb::enum_set<shade> none, dark{shade::dark}, both{shade::light, shade::dark};
  db().insert_many({gate{lane::left, none, 1}, gate{lane::right, both, 2}});
  std::vector<gate> rows{
      {lane::left, none, 10}, {lane::left, dark, 11}, {lane::right, dark, 12}, {lane::right, both, 13}};
  EXPECT_EQ(db().save_many(rows), 2U);
  EXPECT_EQ(db().select<gate>().order_by(c<&gate::cars>).all(), rows);
  for (auto& row : rows) row.cars += 5;
  EXPECT_EQ(db().update_many(rows), 4U);
  EXPECT_EQ(db().select<gate>().order_by(c<&gate::cars>).all(), rows);
}

TEST_P(bulk, save_many_takes_keys_for_equal_that_the_engine_takes_for_equal) {
  db().create_table<word>();
  db().insert(word{"a", 1});
  const std::vector<word> rows{{"b", 1}, {"a ", 2}, {"b ", 3}, {"c", 4}, {"b", 5}};
  EXPECT_EQ(db().save_many(rows), embedded() ? 4U : 2U);
  const std::vector<word> apart{{"a", 1}, {"a ", 2}, {"b ", 3}, {"c", 4}, {"b", 5}};
  const std::vector<word> together{{"a", 2}, {"c", 4}, {"b", 5}};
  EXPECT_EQ(db().select<word>().order_by(c<&word::uses>).all(), embedded() ? apart : together);
}

TEST_P(bulk, large_rows_are_updated_and_saved_in_as_many_statements_as_packets_need) {
  db().create_table<picture>();
  const auto packet = embedded() ? std::size_t{4} << 20U : db().features().max_packet;
  const std::string large(packet / 40, '7');
  std::vector<picture> rows;
  for (std::int64_t id = 1; id <= 50; ++id) rows.push_back({id, {}});
  db().insert_many(rows);
  for (auto& row : rows) row.pixels = large;
  EXPECT_EQ(db().update_many(rows), 50U);
  for (std::int64_t id = 51; id <= 55; ++id) rows.push_back({id, large});
  EXPECT_EQ(db().save_many(rows), 5U);
  EXPECT_EQ(db().select<picture>()
                .where(tidb::octet_length(c<&picture::pixels>) == static_cast<std::int64_t>(large.size()))
                .count(),
            55);
}

TEST_P(bulk, rows_of_many_columns_are_updated_in_as_many_statements_as_parameters_need) {
  std::vector<std::string> names;
  for (int i = 0; i < 350; ++i) names.push_back("c" + std::to_string(i));
  std::vector<tidb::detail::column_facts> columns;
  std::string text = "CREATE TABLE wide (c0 BIGINT NOT NULL PRIMARY KEY";
  for (const auto& name : names) {
    columns.push_back({.name = name, .type = {tidb::type_kind::bigint}, .primary_key = columns.empty()});
    if (columns.size() > 1) text += ", " + name + " BIGINT";
  }
  db().execute(text + ")");
  const auto table = tidb::detail::map_table("wide", columns);
  std::vector<std::size_t> places;
  for (std::size_t place = 1; place < names.size(); ++place) places.push_back(place);
  int salt = 0;
  const auto encode = [&](std::size_t row, tidb::value_view* cells, tidb::detail::kept_cells& /*kept*/) {
    for (std::size_t place = 0; place < names.size(); ++place)
      cells[place] = tidb::value_view::of(static_cast<std::int64_t>(place == 0 ? row : row + salt));
  };
  const auto where = std::source_location::current();
  EXPECT_EQ(tidb::detail::save_rows(db().on(), table, 100, encode, where), 100U);
  salt = 1000;
  EXPECT_EQ(tidb::detail::update_rows(db().on(), table, tidb::detail::row_write::update, places, 100, encode, where),
            100U);
  EXPECT_EQ(db().query<std::int64_t>("SELECT COUNT(*) FROM wide WHERE c1 = c0 + 1000 AND c349 = c0 + 1000").value(),
            100);
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

RUN_ON_EACH_ENGINE_AND_TLS(bulk);

}  // namespace
