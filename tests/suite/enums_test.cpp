// Enums, sets and bits, there and back, on every engine.
#include "support/engines.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

using tidb::c;

namespace {

enum class color { red = 7, green = 1, blue = 4 };
constexpr auto tidb_labels(tidb::of<color>) {
  return tidb::labels<color>({{color::red, "red"}, {color::green, "it's, green"}, {color::blue, "blue"}});
}

enum class permission : std::uint8_t { read, write, own };
constexpr auto tidb_labels(tidb::of<permission>) {
  return tidb::labels<permission>({{permission::read, "read"}, {permission::write, "write"}, {permission::own, "own"}});
}
using permissions = tidb::enum_set<permission>;

enum class model : std::uint8_t { old, second, current };
constexpr auto tidb_labels(tidb::of<model>) {
  return tidb::labels<model>({{model::old, "1999"}, {model::second, "2"}, {model::current, "2026"}});
}

struct car {
  std::int64_t id{};
  model made{};
  tidb::enum_set<model> parts{};
  friend bool operator==(const car&, const car&) = default;
};
constexpr auto tidb_schema(tidb::of<car>) {
  return tidb::mapping("cars", tidb::column<&car::id>(tidb::primary_key), tidb::column<&car::made>(),
                       tidb::column<&car::parts>());
}

struct paint {
  std::int64_t id{};
  color main = color::red;
  std::optional<color> second{};
  permissions granted{};
  std::uint8_t flags{};
  bool on{};
  std::uint64_t wide{};
  friend bool operator==(const paint&, const paint&) = default;
};

constexpr auto tidb_schema(tidb::of<paint>) {
  return tidb::mapping("paints", tidb::column<&paint::id>(tidb::primary_key), tidb::column<&paint::main>(),
                       tidb::column<&paint::second>(), tidb::column<&paint::granted>(),
                       tidb::column<&paint::flags>(tidb::bit(5)), tidb::column<&paint::on>(tidb::bit(1)),
                       tidb::column<&paint::wide>(tidb::bit(64)));
}

class enums : public tests::on_each_engine {
protected:
  void SetUp() override {
    tests::on_each_engine::SetUp();
    if (!IsSkipped()) db().create_table<paint>();
  }
};

TEST_P(enums, values_sets_and_bits_come_back) {
  const paint none{.id = 1};
  paint all{.id = 2, .main = color::green, .second = color::blue};
  all.granted = {permission::own, permission::read};
  all.flags = 31;
  all.on = true;
  all.wide = std::numeric_limits<std::int64_t>::max();
  db().insert_many({none, all});
  const auto rows = db().select<paint>().order_by(c<&paint::id>).all();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(rows[0] == none);
  EXPECT_TRUE(rows[1] == all);
  EXPECT_TRUE(rows[1].granted.contains(permission::read));
  EXPECT_FALSE(rows[1].granted.contains(permission::write));
}

TEST_P(enums, conditions_and_orders_know_the_place_of_a_label) {
  db().insert_many({paint{.id = 1, .main = color::blue}, paint{.id = 2, .main = color::red},
                    paint{.id = 3, .main = color::green, .second = color::red, .granted = {permission::write}}});
  std::vector<std::int64_t> ids;
  for (const auto& row : db().select<paint>().order_by(c<&paint::main>).all()) ids.push_back(row.id);
  EXPECT_EQ(ids, (std::vector<std::int64_t>{2, 3, 1}));
  const auto count = [&](const auto& condition) { return db().select<paint>().where(condition).count(); };
  EXPECT_EQ(count(c<&paint::main> == color::green), 1);
  EXPECT_EQ(count(c<&paint::main> != color::green), 2);
  EXPECT_EQ(count(c<&paint::main> < color::blue), 2);
  EXPECT_EQ(count(c<&paint::main>.in({color::red, color::blue})), 2);
  EXPECT_EQ(count(c<&paint::second>.is_null()), 2);
  EXPECT_EQ(count(c<&paint::granted> == permissions{permission::write}), 1);
  EXPECT_EQ(count(c<&paint::flags> == 0), 3);
  db().update<paint>().set(c<&paint::main> = color::blue, c<&paint::granted> = permissions{}).run();
  EXPECT_EQ(count(c<&paint::main> == color::blue && c<&paint::granted> == permissions{}), 3);
}

TEST_P(enums, labels_of_digits_come_back_however_they_are_written) {
  db().create_table<car>();
  std::vector<car> cars;
  for (const auto item : {model::old, model::second, model::current})
    cars.push_back({static_cast<std::int64_t>(cars.size()) + 1, item, {item, model::old}});
  const auto stored = [&] { return db().select<car>().order_by(c<&car::id>).all(); };
  const auto turn = [&] {
    std::rotate(cars.begin(), cars.begin() + 1, cars.end());
    for (std::size_t i = 0; i < cars.size(); ++i) cars[i].id = static_cast<std::int64_t>(i) + 1;
  };
  db().insert_many(cars);
  EXPECT_EQ(stored(), cars);
  turn();
  EXPECT_EQ(db().update_many(cars), 3U);
  EXPECT_EQ(stored(), cars);
  turn();
  for (const auto& each : cars) db().save(each);
  EXPECT_EQ(stored(), cars);
}

TEST_P(enums, a_value_without_a_label_is_refused_before_it_is_sent) {
  const auto error = tests::error_of([&] { db().insert(paint{.id = 1, .main = static_cast<color>(3)}); });
  EXPECT_EQ(error.code(), tidb::errc::usage);
  for (const auto* word : {"main", "no label"})
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
}

TEST_P(enums, a_label_that_the_enum_lacks_is_an_error_that_lists_those_it_has) {
  const auto error = tests::error_of([&] { (void)db().query<color>("SELECT 'purple' AS shade").value(); });
  EXPECT_EQ(error.code(), tidb::errc::decode);
  for (const auto* word : {"shade", "purple", "\"it's, green\""})
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  EXPECT_EQ(db().query<permissions>("SELECT 'own,read' AS granted").value(),
            (permissions{permission::read, permission::own}));
  EXPECT_EQ(tests::error_of([&] { (void)db().query<permissions>("SELECT 'own,fly' AS granted").value(); }).code(),
            tidb::errc::decode);
}

TEST_P(enums, numbers_and_labels_that_the_column_lacks_are_refused) {
  db().insert(paint{.id = 1});
  for (const auto* change :
       {"main = 4", "main = 'purple'", "granted = 8", "granted = 'fly'", "flags = 32", "flags = -1"})
    EXPECT_THROW(db().execute("UPDATE paints SET " + std::string(change)), tidb::error) << change;
  EXPECT_TRUE(db().select<paint>().one() == paint{.id = 1});
}

TEST_P(enums, more_flags_than_a_signed_integer_has_are_exact_or_refused_by_name) {
  const paint row{.id = 1, .wide = std::numeric_limits<std::uint64_t>::max()};
  if (embedded()) {
    EXPECT_EQ(tests::error_of([&] { db().insert(row); }).code(), tidb::errc::unsupported);
    return;
  }
  db().insert(row);
  EXPECT_TRUE(db().select<paint>().one() == row);
}

RUN_ON_EACH_ENGINE(enums);

}  // namespace
