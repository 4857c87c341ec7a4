// UUIDs, and types of the user's own, there and back, on every engine.
#include "support/engines.hpp"

#include <stdexcept>
#include <string>
#include <vector>

using tidb::c;

namespace own {

/// Crosses as a text that is made for it.
struct point {
  int x{};
  int y{};
  friend bool operator==(const point&, const point&) = default;
};

/// Crosses as a text that it has.
struct address {
  std::string text{};
  friend bool operator==(const address&, const address&) = default;
};

/// Crosses as a number.
struct money {
  std::int64_t cents{};
  friend bool operator==(const money&, const money&) = default;
};

}  // namespace own

template <>
struct tidb::converter<own::point> {
  using stored = std::string;
  static std::string to_stored(const own::point& item) { return std::to_string(item.x) + ";" + std::to_string(item.y); }
  static own::point from_stored(const std::string& stored) {
    const auto middle = stored.find(';');
    if (middle == std::string::npos) throw std::invalid_argument("no point: " + stored);
    return {std::stoi(stored.substr(0, middle)), std::stoi(stored.substr(middle + 1))};
  }
};

template <>
struct tidb::converter<own::address> {
  using stored = std::string;
  static const std::string& to_stored(const own::address& item) { return item.text; }
  static own::address from_stored(const std::string& stored) { return {stored}; }
};

template <>
struct tidb::converter<own::money> {
  using stored = tidb::decimal;
  static tidb::decimal to_stored(const own::money& item) { return tidb::decimal(item.cents).divided_by(100, 2); }
  static own::money from_stored(const tidb::decimal& stored) {
    return {std::stoll(to_string((stored * 100).rounded(0)))};
  }
};

namespace {

struct place {
  tidb::uuid id{};
  std::optional<tidb::text_uuid> parent{};
  own::point at{};
  std::optional<own::point> maybe{};
  own::address mail{};
  own::money price{};
  friend bool operator==(const place&, const place&) = default;
};

constexpr auto tidb_schema(tidb::of<place>) {
  return tidb::mapping("places", tidb::column<&place::id>(tidb::primary_key), tidb::column<&place::parent>(),
                       tidb::column<&place::at>(tidb::varchar(40)), tidb::column<&place::maybe>(),
                       tidb::column<&place::mail>(tidb::varchar(100), tidb::unique),
                       tidb::column<&place::price>(tidb::numeric(20, 4)));
}

const tidb::uuid first("123e4567-e89b-12d3-a456-426614174000"), second("{FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF}");

class own_types : public tests::on_each_engine {
protected:
  void SetUp() override {
    tests::on_each_engine::SetUp();
    if (!IsSkipped()) db().create_table<place>();
  }
};

TEST_P(own_types, they_come_back_and_are_found) {
  const place one{.id = first, .at = {1, -2}, .mail = {"a@b.c"}, .price = {-5}};
  const place other{.id = second, .parent = first, .at = {}, .maybe = own::point{3, 4}, .mail = {""}, .price = {12345}};
  db().insert_many({one, other});
  const auto rows = db().select<place>().order_by(c<&place::id>).all();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(rows[0] == one);
  EXPECT_TRUE(rows[1] == other);
  const auto count = [&](const auto& condition) { return db().select<place>().where(condition).count(); };
  EXPECT_EQ(count(c<&place::id> == second), 1);
  EXPECT_EQ(count(c<&place::parent> == tidb::text_uuid(first)), 1);
  EXPECT_EQ(count(c<&place::at> == own::point{1, -2}), 1);
  EXPECT_EQ(count(c<&place::maybe>.is_null()), 1);
  EXPECT_EQ(count(c<&place::price> > own::money{100}), 1);
  db().update<place>().set(c<&place::at> = own::point{9, 9}).where(c<&place::id> == first).run();
  EXPECT_EQ(db().query<own::point>("SELECT `at` FROM places WHERE id = ?", first).value(), (own::point{9, 9}));
  EXPECT_EQ(db().query<int>("SELECT COUNT(*) FROM places WHERE `at` = ?", own::point{9, 9}).value(), 1);
}

TEST_P(own_types, many_rows_keep_what_was_made_for_each) {
  std::vector<place> rows;
  for (int i = 0; i < 3000; ++i)
    rows.push_back({.id = tidb::uuid::random(), .at = {i, -i}, .mail = {std::to_string(i)}, .price = {i}});
  EXPECT_EQ(db().insert_many(rows), rows.size());
  for (const auto& row : db().select<place>().all()) {
    const int number = std::stoi(row.mail.text);
    EXPECT_EQ(row.at, (own::point{number, -number}));
    EXPECT_EQ(row.price.cents, number);
  }
}

TEST_P(own_types, what_a_converter_throws_reaches_the_reader) {
  EXPECT_THROW((void)db().query<own::point>("SELECT 'nowhere'").value(), std::invalid_argument);
}

TEST_P(own_types, null_for_one_that_is_not_optional_names_the_column) {
  const auto error = tests::error_of([&] { (void)db().query<own::point>("SELECT NULL AS corner").value(); });
  EXPECT_EQ(error.code(), tidb::errc::decode);
  EXPECT_NE(std::string(error.what()).find("corner"), std::string::npos) << error.what();
}

TEST_P(own_types, a_uuid_is_read_from_bytes_and_from_text) {
  EXPECT_EQ(db().query<tidb::uuid>("SELECT '123E4567-E89B-12D3-A456-426614174000'").value(), first);
  EXPECT_EQ(db().query<tidb::text_uuid>("SELECT x'123E4567E89B12D3A456426614174000'").value().text(), to_string(first));
  const auto text = tests::error_of([&] { (void)db().query<tidb::uuid>("SELECT 'abc' AS ticket").value(); });
  EXPECT_EQ(text.code(), tidb::errc::decode);
  EXPECT_NE(std::string(text.what()).find("ticket"), std::string::npos) << text.what();
  const auto bytes = tests::error_of([&] { (void)db().query<tidb::uuid>("SELECT x'00' AS ticket").value(); });
  EXPECT_NE(std::string(bytes.what()).find("16 bytes"), std::string::npos) << bytes.what();
}

TEST_P(own_types, a_malformed_uuid_is_refused_and_shown) {
  for (const auto* bad : {"", "123e4567", "123e4567-e89b-12d3-a456-42661417400g",
                          "123e4567e-89b-12d3-a456-426614174000", "{123e4567-e89b-12d3-a456-426614174000"})
    EXPECT_THROW(tidb::uuid{std::string_view(bad)}, tidb::usage_error) << bad;
  EXPECT_NE(tidb::uuid::random(), tidb::uuid::random());
  EXPECT_EQ(to_string(tidb::uuid::random()).at(14), '4');
}

RUN_ON_EACH_ENGINE(own_types);

}  // namespace
