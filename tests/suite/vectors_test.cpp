// Vector functions and search: the same numbers on every engine.
#include "support/engines.hpp"

#include <cmath>
#include <random>
#include <vector>

using tidb::c;

namespace {

struct doc {
  std::int64_t id{};
  std::string text{};
  tidb::vector<3> embedding{};
};

constexpr auto tidb_schema(tidb::of<doc>) {
  return tidb::mapping("docs", tidb::column<&doc::id>(tidb::primary_key), tidb::column<&doc::text>(),
                       tidb::column<&doc::embedding>());
}

struct sparse {
  std::int64_t id{};
  std::optional<tidb::vector<2>> first{};
  std::optional<tidb::vector<2>> second{};
};

constexpr auto tidb_schema(tidb::of<sparse>) {
  return tidb::mapping("sparse", tidb::column<&sparse::id>(tidb::primary_key), tidb::column<&sparse::first>(),
                       tidb::column<&sparse::second>());
}

class vectors : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<doc>();
    db().insert_many({doc{1, "dog", {1, 2, 1}}, doc{2, "fish", {1, 2, 4}}, doc{3, "tree", {1, 0, 0}}});
  }
};

TEST_P(vectors, functions_give_tidbs_numbers) {
  const auto number = [&](const std::string& call) { return db().query<double>("SELECT " + call).value(); };
  EXPECT_EQ(number("VEC_COSINE_DISTANCE('[1,2,3]', '[1,2,4]')"), 0.00853986601633272);
  EXPECT_EQ(number("VEC_L2_DISTANCE('[1,2,3]', '[1,2,4]')"), 1);
  EXPECT_EQ(number("VEC_L1_DISTANCE('[1,2,3]', '[3,2,1]')"), 4);
  EXPECT_EQ(number("VEC_NEGATIVE_INNER_PRODUCT('[1,2,3]', '[3,2,1]')"), -10);
  EXPECT_EQ(number("VEC_L2_NORM('[3,4]')"), 5);
  EXPECT_EQ(db().query<std::int64_t>("SELECT VEC_DIMS('[1,2,3]')").value(), 3);
  EXPECT_EQ(db().query<std::string>("SELECT VEC_AS_TEXT(VEC_FROM_TEXT(' [1, 2.50,-3e-7] '))").value(),
            "[1,2.5,-0.0000003]");
  EXPECT_EQ((db().query<tidb::vector<3>>("SELECT embedding FROM docs WHERE id = 2").value()),
            (tidb::vector<3>{1, 2, 4}));
  EXPECT_FALSE(db().query<std::optional<double>>("SELECT VEC_COSINE_DISTANCE('[0,0]', '[1,2]')").value());
  EXPECT_FALSE(db().query<std::optional<double>>("SELECT VEC_L2_DISTANCE(NULL, '[1,2]')").value());
}

TEST_P(vectors, vectors_of_different_lengths_have_no_distance) {
  EXPECT_THROW((void)db().query<double>("SELECT VEC_L2_DISTANCE('[1,2]', '[1,2,3]')").value(), tidb::error);
}

TEST_P(vectors, typed_functions_serve_in_select_where_and_order) {
  const auto distance = cosine_distance(c<&doc::embedding>, {1, 2, 3}).as("distance");
  const auto near = db().select<doc>(distance).order_by(distance).limit(3).all();
  ASSERT_EQ(near.size(), 3U);
  EXPECT_EQ(std::get<0>(near[0]).text, "fish");
  EXPECT_EQ(std::get<1>(near[0]), 0.00853986601633272);
  EXPECT_EQ(std::get<1>(near[1]), 0.12712843905603044);
  EXPECT_EQ(std::get<1>(near[2]), 0.7327387580875756);
  EXPECT_EQ(db().select<doc>(distance).where(distance < 0.2).order_by(distance).all().size(), 2U);
  EXPECT_EQ(db().select<doc>().where(l2_distance(c<&doc::embedding>, tidb::vector<3>{1, 2, 4}) == 0).one().id, 2);
  EXPECT_EQ(db().select<doc>().where(l1_distance(c<&doc::embedding>, {1, 0, 0}) == 0).one().id, 3);
  const auto all =
      db().select<doc>(vec_dims(c<&doc::embedding>), vec_l2_norm(c<&doc::embedding>), vec_as_text(c<&doc::embedding>),
                       negative_inner_product(c<&doc::embedding>, c<&doc::embedding>))
          .where(c<&doc::id> == 1)
          .one();
  EXPECT_EQ(std::get<1>(all), 3);
  EXPECT_EQ(std::get<2>(all), std::sqrt(6.0));
  EXPECT_EQ(std::get<3>(all), "[1,2,1]");
  EXPECT_EQ(std::get<4>(all), -6);
}

TEST_P(vectors, search_gives_the_nearest_rows_with_distance_and_score) {
  const auto hits = db().table<doc>().search({1, 2, 3}).limit(2).all();
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0].row.text, "fish");
  EXPECT_EQ(hits[0].distance, 0.00853986601633272);
  EXPECT_EQ(hits[0].score, 1 - 0.00853986601633272);
  EXPECT_EQ(hits[1].row.text, "dog");
}

TEST_P(vectors, each_metric_has_its_score) {
  const auto docs = db().table<doc>();
  const auto nearest = [&](tidb::metric by) { return docs.search({1, 2, 3}).metric(by).limit(1).all().at(0); };
  EXPECT_EQ(nearest(tidb::metric::l2).distance, 1);
  EXPECT_EQ(nearest(tidb::metric::l2).score, 0.5);
  EXPECT_EQ(nearest(tidb::metric::l1).score, 0.5);
  EXPECT_EQ(nearest(tidb::metric::negative_inner_product).distance, -17);
  EXPECT_EQ(nearest(tidb::metric::negative_inner_product).score, 17);
}

TEST_P(vectors, thresholds_and_ranges_include_their_ends) {
  const auto docs = db().table<doc>();
  const auto count = [](const auto& search) { return search.all().size(); };
  EXPECT_EQ(count(docs.search({1, 2, 4}).metric(tidb::metric::l2).distance_threshold(3)), 2U);
  EXPECT_EQ(count(docs.search({1, 2, 4}).metric(tidb::metric::l2).distance_threshold(2.999)), 1U);
  EXPECT_EQ(count(docs.search({1, 2, 4}).metric(tidb::metric::l2).distance_range(3, 3)), 1U);
  EXPECT_EQ(count(docs.search({1, 2, 4}).metric(tidb::metric::l2).distance_range(10, 20)), 0U);
}

TEST_P(vectors, search_filters_before_it_limits) {
  const auto hits =
      db().table<doc>().search({1, 2, 3}).where(c<&doc::text> != "fish").where(c<&doc::id> < 9).limit(1).all();
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].row.text, "dog");
}

TEST_P(vectors, rows_without_a_distance_are_no_neighbours) {
  db().insert(doc{4, "zero", {0, 0, 0}});
  const auto hits = db().table<doc>().search({1, 2, 3}).limit(3).all();
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(hits[2].row.text, "tree");
  EXPECT_TRUE(db().table<doc>().search({0, 0, 0}).all().empty());
}

TEST_P(vectors, one_of_several_nullable_columns_is_searched) {
  db().create_table<sparse>();
  db().insert_many({sparse{1, tidb::vector<2>{1, 0}, {}}, sparse{2, {}, tidb::vector<2>{1, 0}}, sparse{3, {}, {}}});
  const auto table = db().table<sparse>();
  EXPECT_THROW((void)table.search({1, 0}).all(), tidb::usage_error);
  const auto hits = table.search({1, 0}).column<&sparse::second>().all();
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].row.id, 2);
}

TEST_P(vectors, a_query_of_the_wrong_length_or_with_nan_names_the_column) {
  const auto docs = db().table<doc>();
  const auto error = tests::error_of([&] { (void)docs.search({1, 2}).all(); });
  EXPECT_EQ(error.code(), tidb::errc::usage);
  EXPECT_NE(std::string(error.what()).find("embedding"), std::string::npos) << error.what();
  EXPECT_NE(std::string(error.what()).find("3"), std::string::npos) << error.what();
  EXPECT_THROW((void)docs.search({1, 2, std::nan("")}).all(), tidb::usage_error);
  EXPECT_THROW((void)docs.search({1, 2, 1e300}).all(), tidb::usage_error);
  EXPECT_THROW((void)docs.search(std::vector<float>{}).all(), tidb::usage_error);
}

TEST_P(vectors, search_runs_inside_a_transaction) {
  db().transaction([](tidb::transaction& tx) {
    tx.insert(doc{9, "new", {1, 2, 3}});
    const auto hits = tidb::table<doc>(tx).search({1, 2, 3}).limit(1).all();
    ASSERT_EQ(hits.size(), 1U);
    EXPECT_EQ(hits[0].row.text, "new");
  });
}

/// Random vectors whose distances the engines must compute to the last bit alike.
TEST_P(vectors, distances_agree_with_float32_arithmetic_in_order) {
  std::mt19937 random(11);
  std::normal_distribution<float> number;
  for (int round = 0; round < tests::count(50, 2000); ++round) {
    tidb::vector<> a(1 + random() % 40), b(a.size());
    for (auto& x : a) x = number(random);
    for (auto& x : b) x = number(random);
    float squares = 0, absolute = 0, product = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const float difference = a[i] - b[i];
      squares += difference * difference;
      absolute += std::abs(difference);
      product += a[i] * b[i];
    }
    const auto [l2, l1, inner] =
        db().query<double, double, double>("SELECT VEC_L2_DISTANCE(VEC_FROM_TEXT(?), VEC_FROM_TEXT(?)), "
                                           "VEC_L1_DISTANCE(VEC_FROM_TEXT(?), VEC_FROM_TEXT(?)), "
                                           "VEC_NEGATIVE_INNER_PRODUCT(VEC_FROM_TEXT(?), VEC_FROM_TEXT(?))",
                                           tidb::to_text(a), tidb::to_text(b), tidb::to_text(a), tidb::to_text(b),
                                           tidb::to_text(a), tidb::to_text(b))
            .one();
    ASSERT_EQ(l2, std::sqrt(static_cast<double>(squares)));
    ASSERT_EQ(l1, static_cast<double>(absolute));
    ASSERT_EQ(inner, static_cast<double>(-product));
  }
}

RUN_ON_EACH_ENGINE(vectors);

class vectors_on_both : public tests::on_both_engines {};

/// Ten thousand pairs in each metric when soaking, fewer of the longer ones.
TEST_F(vectors_on_both, distances_of_random_pairs_are_the_same) {
  struct some {
    std::size_t dimensions{};
    int pairs{};
  };
  std::mt19937 random(23);
  std::normal_distribution<float> number;
  const std::string sql =
      "SELECT VEC_COSINE_DISTANCE(a, b), VEC_L2_DISTANCE(a, b), VEC_L1_DISTANCE(a, b), "
      "VEC_NEGATIVE_INNER_PRODUCT(a, b) FROM (SELECT VEC_FROM_TEXT(?) AS a, VEC_FROM_TEXT(?) AS b) v";
  for (const auto& [dimensions, pairs] :
       {some{1, 3000}, some{3, 3000}, some{7, 2000}, some{64, 1000}, some{384, 700}, some{1536, 250}, some{16383, 50}})
    for (int pair = 0; pair < tests::count(std::max(2, pairs / 50), pairs); ++pair) {
      tidb::vector<> a(dimensions), b(dimensions);
      for (auto& x : a) x = number(random);
      for (auto& x : b) x = number(random);
      const auto left = tidb::to_text(a), right = tidb::to_text(b);
      const auto ours = embedded().query<double, double, double, double>(sql, left, right).one();
      const auto theirs = server().query<double, double, double, double>(sql, left, right).one();
      const auto expect_same = [&, length = dimensions](double one, double other, const char* metric) {
        ASSERT_LE(std::abs(one - other), 1e-6 * std::max(std::abs(other), 1e-30)) << metric << " of " << length;
      };
      expect_same(std::get<0>(ours), std::get<0>(theirs), "cosine");
      expect_same(std::get<1>(ours), std::get<1>(theirs), "L2");
      expect_same(std::get<2>(ours), std::get<2>(theirs), "L1");
      expect_same(std::get<3>(ours), std::get<3>(theirs), "inner product");
      if (HasFatalFailure()) return;
    }
}

}  // namespace
