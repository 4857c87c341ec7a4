// Decimals: exact there and back, in conditions, orders, keys and sums, on every engine.
#include "support/engines.hpp"

#include <string>
#include <vector>

using tidb::c;
using tidb::decimal;

namespace {

struct item {
  std::int64_t id{};
  decimal price{};
  std::optional<decimal> discount{};
  decimal exact{};
};

constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping(
      "items", tidb::column<&item::id>(tidb::primary_key), tidb::column<&item::price>(tidb::numeric(10, 2)),
      tidb::column<&item::discount>(tidb::numeric(4, 4)), tidb::column<&item::exact>(tidb::numeric(65, 30)));
}

struct rate {
  decimal factor{};
  int uses{};
};

constexpr auto tidb_schema(tidb::of<rate>) {
  return tidb::mapping("rates", tidb::column<&rate::factor>(tidb::primary_key, tidb::numeric(20, 10)),
                       tidb::column<&rate::uses>());
}

class decimals : public tests::on_each_engine {
protected:
  void SetUp() override {
    tests::on_each_engine::SetUp();
    if (!IsSkipped()) db().create_table<item>();
  }
  void insert_prices(std::initializer_list<const char*> prices) {
    std::int64_t id = 0;
    for (const auto* price : prices) db().insert(item{.id = ++id, .price = decimal(price)});
  }
  std::vector<std::string> prices(auto... order) {
    std::vector<std::string> found;
    for (const auto& row : db().select<item>().order_by(order...).all()) found.push_back(to_string(row.price));
    return found;
  }
};

TEST_P(decimals, every_digit_comes_back) {
  const std::string most = std::string(35, '9') + "." + std::string(30, '9');
  std::int64_t id = 0;
  for (const auto& digits :
       {most, "-" + most, "0." + std::string(29, '0') + "1", std::string("0"), std::string("-1")}) {
    db().insert(item{.id = ++id, .exact = decimal(digits)});
    const auto found = db().select<item>().where(c<&item::id> == id).one();
    EXPECT_EQ(found.exact, decimal(digits)) << to_string(found.exact);
  }
}

TEST_P(decimals, they_come_back_with_the_scale_of_their_column) {
  insert_prices({"5", "5.1", "-0", "99999999.99"});
  EXPECT_EQ(prices(c<&item::id>), (std::vector<std::string>{"5.00", "5.10", "0.00", "99999999.99"}));
  db().update<item>().set(c<&item::price> = decimal("7.5")).where(c<&item::id> == 1).run();
  EXPECT_EQ(db().query<std::string>("SELECT price FROM items WHERE id = 1").value(), "7.50");
}

TEST_P(decimals, null_is_apart_from_zero) {
  db().insert(item{.id = 1});
  db().insert(item{.id = 2, .discount = decimal("0.2500")});
  EXPECT_EQ(db().select<item>().where(c<&item::discount>.is_null()).one().id, 1);
  EXPECT_EQ(db().select<item>().where(c<&item::id> == 2).one().discount, decimal("0.25"));
  EXPECT_FALSE(db().select<item>().where(c<&item::id> == 1).one().discount.has_value());
}

TEST_P(decimals, they_are_ordered_and_compared_as_numbers) {
  insert_prices({"10", "9.50", "-100", "-9.5", "0", "100.25", "9.49"});
  EXPECT_EQ(prices(c<&item::price>),
            (std::vector<std::string>{"-100.00", "-9.50", "0.00", "9.49", "9.50", "10.00", "100.25"}));
  const auto count = [&](const auto& condition) { return db().select<item>().where(condition).count(); };
  EXPECT_EQ(count(c<&item::price> == decimal("9.5000")), 1);
  EXPECT_EQ(count(c<&item::price> > decimal("9.495")), 3);
  EXPECT_EQ(count(c<&item::price> < decimal(-9)), 2);
  EXPECT_EQ(count(c<&item::price>.between(decimal("-9.5"), decimal("9.5"))), 4);
  EXPECT_EQ(count(c<&item::price>.in({decimal(10), decimal("100.250")})), 2);
}

TEST_P(decimals, numbers_that_a_double_cannot_tell_apart_are_apart) {
  db().insert(item{.id = 1, .exact = decimal("12345678901234567890.000000000000000001")});
  db().insert(item{.id = 2, .exact = decimal("12345678901234567890.000000000000000002")});
  EXPECT_EQ(db().select<item>().where(c<&item::exact> == decimal("12345678901234567890.000000000000000002")).one().id,
            2);
}

TEST_P(decimals, as_a_key_a_number_is_the_same_whatever_its_zeros) {
  db().create_table<rate>();
  db().insert(rate{.factor = decimal("1.50"), .uses = 1});
  EXPECT_THROW(db().insert(rate{.factor = decimal("1.5")}), tidb::constraint_violation);
  EXPECT_THROW(db().execute("INSERT INTO rates (factor, uses) VALUES ('1.500', 1)"), tidb::constraint_violation);
  db().save(rate{.factor = decimal("1.5"), .uses = 2});
  EXPECT_EQ(db().select<rate>().one().uses, 2);
}

TEST_P(decimals, sums_and_means_are_exact) {
  std::vector<item> rows;
  for (int i = 0; i < 1000; ++i) rows.push_back({.id = i + 1, .price = decimal("0.10"), .exact = decimal("0.1")});
  rows.push_back({.id = 2000, .price = decimal("12345678.91"), .exact = decimal("12345678901234567890.01")});
  db().insert_many(rows);
  const std::string sum = embedded() ? "TIDBXX_DECIMAL_SUM" : "SUM", mean = embedded() ? "TIDBXX_DECIMAL_AVG" : "AVG";
  EXPECT_EQ(to_string(db().query<decimal>("SELECT " + sum + "(price) FROM items").value()), "12345778.91");
  EXPECT_EQ(db().query<decimal>("SELECT " + sum + "(exact) FROM items").value(), decimal("12345678901234567990.01"));
  EXPECT_EQ(to_string(db().query<decimal>("SELECT " + mean + "(price) FROM items WHERE id < 4").value()), "0.100000");
  EXPECT_EQ(db().query<std::optional<decimal>>("SELECT " + sum + "(price) FROM items WHERE id < 0").value(),
            std::nullopt);
  EXPECT_EQ(db().query<decimal>("SELECT MAX(price) FROM items").value(), decimal("12345678.91"));
}

TEST_P(decimals, what_the_column_would_round_is_refused_with_the_remedy) {
  const auto error = tests::error_of([&] { db().insert(item{.id = 1, .price = decimal("1.005")}); });
  EXPECT_EQ(error.code(), tidb::errc::usage);
  for (const auto* word : {"price", "DECIMAL(10,2)", "1.005", "rounded(2)"})
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  db().insert(item{.id = 1, .price = decimal("1.005").rounded(2)});
  EXPECT_EQ(prices(c<&item::id>), std::vector<std::string>{"1.01"});
  EXPECT_THROW(db().update<item>().set(c<&item::price> = decimal("0.001")), tidb::usage_error);
  EXPECT_THROW(db().insert_many({item{.id = 2}, item{.id = 3, .price = decimal("0.001")}}), tidb::usage_error);
  EXPECT_EQ(db().count<item>(), 1);
}

TEST_P(decimals, more_digits_than_the_column_has_are_refused) {
  const auto error = tests::error_of([&] { db().insert(item{.id = 1, .price = decimal("123456789")}); });
  EXPECT_EQ(error.code(), tidb::errc::constraint) << error.what();
  EXPECT_NE(std::string(error.what()).find("price"), std::string::npos) << error.what();
  EXPECT_THROW(db().execute("INSERT INTO items (id, price, exact) VALUES (1, '12x', 0)"), tidb::error);
  EXPECT_THROW(db().execute("INSERT INTO items (id, price, exact) VALUES (1, '1-2', 0)"), tidb::error);
  EXPECT_EQ(db().count<item>(), 0);
}

TEST_P(decimals, raw_sql_writes_them_as_numbers_and_texts) {
  db().execute("INSERT INTO items (id, price, exact) VALUES (1, 9.99, 5)");
  db().execute("INSERT INTO items (id, price, exact) VALUES (2, '10.5', ?)", decimal("0.5"));
  EXPECT_EQ(db().query<decimal>("SELECT price FROM items WHERE price > 9 AND price < 10").value(), decimal("9.99"));
  EXPECT_EQ(db().query<decimal>("SELECT exact FROM items WHERE price = ?", decimal("10.50")).value(), decimal("0.5"));
  EXPECT_EQ(db().query<double>("SELECT price FROM items WHERE id = 2").value(), 10.5);
  EXPECT_EQ(db().query<tidb::value>("SELECT price FROM items WHERE id = 1").value().kind(), tidb::value_kind::decimal);
}

RUN_ON_EACH_ENGINE(decimals);

}  // namespace
