// Decimals in statements: exact on every engine.
#include "support/engines.hpp"

#include <optional>
#include <string>
#include <vector>

using tidb::c;
using tidb::decimal;

namespace {

struct price {
  std::int64_t id{};
  std::int64_t shop{};
  decimal amount{};
  std::optional<decimal> rebate{};
};

constexpr auto tidb_schema(tidb::of<price>) {
  return tidb::mapping("prices", tidb::column<&price::id>(tidb::primary_key), tidb::column<&price::shop>(),
                       tidb::column<&price::amount>(tidb::numeric(20, 2)),
                       tidb::column<&price::rebate>(tidb::numeric(10, 4)));
}

class decimals : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<price>();
    db().insert_many({price{1, 1, decimal("0.10"), decimal("0.05")}, price{2, 1, decimal("0.20"), std::nullopt},
                      price{3, 2, decimal("9.99"), decimal("1.5")},
                      price{4, 2, decimal("123456789012345678.01"), std::nullopt},
                      price{5, 2, decimal("-10.00"), decimal("2")}});
  }
};

TEST_P(decimals, are_rounded_and_cut_exactly) {
  const auto of = [&](std::int64_t id, const auto& item) {
    return db().select(item).template from<price>().where(c<&price::id> == id).value();
  };
  EXPECT_EQ(of(5, abs(c<&price::amount>)), decimal("10"));
  EXPECT_EQ(of(3, round(c<&price::amount>)), decimal("10"));
  EXPECT_EQ(of(3, round(c<&price::amount>, 1)), decimal("10.0"));
  EXPECT_EQ(of(3, truncate(c<&price::amount>, 1)), decimal("9.9"));
  EXPECT_EQ(of(4, round(c<&price::amount>, -2)), decimal("123456789012345700"));
  EXPECT_EQ(of(4, truncate(c<&price::amount>, -2)), decimal("123456789012345600"));
  EXPECT_EQ(of(1, round(c<&price::rebate>, 1)), decimal("0.1"));
  EXPECT_EQ(of(2, abs(c<&price::rebate>)), std::nullopt);
  EXPECT_EQ(db().select(c<&price::id>).order_by(desc(abs(c<&price::amount>))).limit(2).all(),
            (std::vector<std::int64_t>{4, 5}));
}

TEST_P(decimals, are_added_and_multiplied_exactly) {
  const auto of = [&](std::int64_t id, const auto& item) {
    return db().select(item).template from<price>().where(c<&price::id> == id).value();
  };
  EXPECT_EQ(of(1, c<&price::amount> + decimal("0.2")), decimal("0.30"));
  EXPECT_EQ(of(4, c<&price::amount> + 1), decimal("123456789012345679.01"));
  EXPECT_EQ(of(3, c<&price::amount> * 3), decimal("29.97"));
  EXPECT_EQ(of(3, c<&price::amount> - c<&price::rebate>), decimal("8.49"));
  EXPECT_EQ(of(2, c<&price::amount> - c<&price::rebate>), std::nullopt);
  EXPECT_EQ(of(5, -c<&price::amount>), decimal("10"));
}

TEST_P(decimals, are_summed_exactly_in_groups) {
  const auto rows = db().select(c<&price::shop>, tidb::sum(c<&price::amount>), tidb::max(c<&price::amount>))
                        .group_by(c<&price::shop>)
                        .order_by(c<&price::shop>)
                        .all();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(std::get<1>(rows[0]), decimal("0.30"));
  EXPECT_EQ(std::get<1>(rows[1]), decimal("123456789012345678.00"));
  EXPECT_EQ(std::get<2>(rows[1]), decimal("123456789012345678.01"));
  EXPECT_EQ(db().select(tidb::avg(c<&price::amount>)).where(c<&price::shop> == 1).value(), decimal("0.15"));
  EXPECT_EQ(db().select(tidb::sum(c<&price::amount>)).where(c<&price::shop> == 7).value(), std::nullopt);
}

TEST_P(decimals, are_compared_and_ordered_as_numbers_also_when_computed) {
  const auto ids = [&](const auto& condition) {
    return db().select(c<&price::id>).where(condition).order_by(c<&price::id>).all();
  };
  using numbers = std::vector<std::int64_t>;
  EXPECT_EQ(ids(c<&price::amount> > 9), (numbers{3, 4}));
  EXPECT_EQ(ids(c<&price::amount> + c<&price::amount> > 9), (numbers{3, 4}));
  EXPECT_EQ(ids(c<&price::amount> < decimal("0.2")), (numbers{1, 5}));
  EXPECT_EQ(ids(c<&price::amount>.in({decimal("0.1"), decimal("-10")})), (numbers{1, 5}));
  EXPECT_EQ(ids(c<&price::amount>.between(0, 10)), (numbers{1, 2, 3}));
  EXPECT_EQ(db().select(c<&price::id>).order_by(desc(c<&price::amount> * 2)).all(), (numbers{4, 3, 2, 1, 5}));
  EXPECT_EQ(db().select(c<&price::shop>).group_by(c<&price::shop>).having(tidb::min(c<&price::amount>) < 0).all(),
            numbers{2});
}

TEST_P(decimals, are_summed_over_windows) {
  const auto sums = db().select(over(tidb::sum(c<&price::amount>), tidb::window().partition_by(c<&price::shop>)))
                        .order_by(c<&price::id>)
                        .all();
  EXPECT_EQ(sums.at(0), decimal("0.30"));
  EXPECT_EQ(sums.at(4), decimal("123456789012345678.00"));
}

TEST_P(decimals, prepared_selects_take_them) {
  const auto above = db().prepare(tidb::select(c<&price::id>).where(c<&price::amount> > tidb::param<0>));
  EXPECT_EQ(above.all(decimal("9.98")).size(), 2U);
  EXPECT_EQ(above.all(9).size(), 2U);
  EXPECT_THROW((void)above.all(9.5), tidb::usage_error);
  EXPECT_THROW((void)above.all("9"), tidb::usage_error);
  const auto doubled = c<&price::amount> + c<&price::amount>;
  const auto more = db().prepare(tidb::select(c<&price::id>).where(doubled > tidb::param<0>));
  EXPECT_EQ(more.all(19).size(), 2U);
  EXPECT_EQ(more.all(std::nullopt).size(), 0U);
}

TEST_P(decimals, pages_begin_behind_whole_numbers_too) {
  const auto ids_behind = [&](const auto& value) {
    return db().select(c<&price::id>).order_by(c<&price::amount> + c<&price::amount>).after(value).all();
  };
  EXPECT_EQ(ids_behind(19), (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(ids_behind(decimal("19.98")), (std::vector<std::int64_t>{4}));
}

TEST_P(decimals, are_changed_in_place) {
  db().update<price>().set(c<&price::amount> = c<&price::amount> + decimal("0.01")).run();
  EXPECT_EQ(db().select(c<&price::amount>).where(c<&price::id> == 4).value(), decimal("123456789012345678.02"));
}

TEST_P(decimals, that_are_computed_are_rounded_to_the_scale_of_the_column_that_is_set) {
  const auto amount = [&](std::int64_t id) {
    return db().select(c<&price::amount>).where(c<&price::id> == id).value();
  };
  db().update<price>().set(c<&price::amount> = c<&price::amount> * decimal("1.25")).run();
  EXPECT_EQ(to_string(amount(1)), "0.13");
  EXPECT_EQ(to_string(amount(3)), "12.49");
  EXPECT_EQ(to_string(amount(5)), "-12.50");
  db().update<price>().set(c<&price::amount> = c<&price::amount> * decimal("0.001")).where(c<&price::id> == 5).run();
  EXPECT_EQ(amount(5), decimal("-0.01"));
  db().update<price>().set(c<&price::amount> = coalesce(c<&price::rebate>, 0)).where(c<&price::shop> == 1).run();
  EXPECT_EQ(to_string(amount(1)), "0.05");
  EXPECT_EQ(amount(2), decimal(0));
  db().upsert(std::vector{price{.id = 1, .amount = decimal("0.10")}})
      .set(c<&price::amount> = inserted(c<&price::amount>) * decimal("0.55"))
      .run();
  EXPECT_EQ(to_string(amount(1)), "0.06");
  EXPECT_THROW(db().update<price>().set(c<&price::amount> = decimal("1.555")), tidb::usage_error);
}

RUN_ON_EACH_ENGINE(decimals);

}  // namespace
