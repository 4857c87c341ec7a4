// TiDB's own vector index where there is no TiFlash: what is refused, and that searches in its form find the same rows.
#include "support/engines.hpp"
#include "support/indexed_rows.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using tests::error_of;
using tests::indexed_doc;
using tidb::c;
using tidb::index_kind;

namespace {

constexpr auto index_of = &indexed_doc::place;

struct loose {
  std::int64_t id{};
  tidb::vector<> place{};
};
constexpr auto tidb_schema(tidb::of<loose>) {
  return tidb::mapping("loose", tidb::column<&loose::id>(tidb::primary_key), tidb::column<&loose::place>());
}

/// Where the registry's table comes from.
struct other {
  std::int64_t id{};
  tests::embedding place{};
};
constexpr auto tidb_schema(tidb::of<other>) {
  return tidb::mapping("others", tidb::column<&other::id>(tidb::primary_key), tidb::column<&other::place>());
}

class native_indexes : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<indexed_doc>();
    db().insert_many(tests::indexed_docs(1, 1000));
  }
  tidb::table<indexed_doc> docs() { return db().table<indexed_doc>(); }
  tests::embedding query(unsigned seed = 5) { return tests::clustered_vectors(seed).next(); }
  static std::vector<std::int64_t> ids(const std::vector<tidb::hit<indexed_doc>>& hits) {
    std::vector<std::int64_t> found;
    for (const auto& hit : hits) found.push_back(hit.row.id);
    return found;
  }
};

RUN_ON_EACH_ENGINE(native_indexes);

TEST_P(native_indexes, are_refused_with_the_remedy_where_there_is_no_tiflash) {
  const auto refused = error_of([&] { docs().create_vector_index<index_of>({.kind = index_kind::server}); });
  EXPECT_EQ(refused.code(), tidb::errc::unsupported) << refused.what();
  EXPECT_EQ(refused.info().entry, embedded() ? "server-index-unsupported" : "no-tiflash");
  EXPECT_NE(refused.info().message.find("in tables"), std::string::npos) << refused.what();
  if (embedded()) {
    EXPECT_NE(refused.info().message.find("the embedded engine"), std::string::npos) << refused.what();
    EXPECT_NE(refused.info().message.find("\"indexed_docs.place\""), std::string::npos) << refused.what();
  }
  EXPECT_FALSE(docs().has_vector_index<index_of>());
  EXPECT_EQ(docs().search(query()).explain().reason, "the column has no vector index");
}

TEST_P(native_indexes, leave_no_registry_behind_where_they_are_refused) {
  EXPECT_THROW(docs().create_vector_index<index_of>({.kind = index_kind::server}), tidb::unsupported);
  const auto tables = embedded() ? "SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE '%tidbxx%'"
                                 : "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND "
                                   "table_name LIKE '%tidbxx%'";
  EXPECT_EQ(db().query<std::int64_t>(tables).value(), 0);
}

TEST_P(native_indexes, are_refused_for_other_metrics_and_vectors_of_any_length) {
  for (const auto by : {tidb::metric::l1, tidb::metric::negative_inner_product})
    EXPECT_EQ(error_of([&] { docs().create_vector_index<index_of>({.metric = by, .kind = index_kind::server}); })
                  .info()
                  .entry,
              "server-index-unsupported");
  db().create_table<loose>();
  EXPECT_THROW(db().table<loose>().create_vector_index<&loose::place>({.kind = index_kind::server}), tidb::usage_error);
}

TEST_P(native_indexes, are_made_outside_of_transactions) {
  EXPECT_THROW(db().transaction([&](tidb::transaction& tx) {
    tidb::table<indexed_doc>(tx).create_vector_index<index_of>({.kind = index_kind::server});
  }),
               tidb::usage_error);
}

TEST_P(native_indexes, have_no_estimate) {
  EXPECT_THROW(docs().estimate_vector_index<index_of>({.kind = index_kind::server}), tidb::unsupported);
}

/// A registered index that TiDB has not: what is sent is the form for an index, and the answers are those of a scan.
class native_form : public native_indexes {
protected:
  void SetUp() override {
    native_indexes::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const tests::indexes_are_known_soon soon;
    db().create_table<other>();
    db().table<other>().create_vector_index<&other::place>();
    db().table<other>().drop_vector_index<&other::place>();
    db().execute("INSERT INTO _tidbxx_index (kind, table_name, column_name, metric, dimensions, version, key_name, "
                 "state, generation) VALUES ('server', 'indexed_docs', 'place', 'cosine', 24, 1, 'gone', 'native', 0)");
    EXPECT_FALSE(docs().has_vector_index<index_of>());  // which reads the registry
  }
};

INSTANTIATE_TEST_SUITE_P(engines, native_form, testing::Values(tests::target::tidb, tests::target::tidb_tls),
                         [](const auto& each) { return tests::to_string(each.param); });

TEST_P(native_form, finds_the_same_rows_as_an_exact_search) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const auto near = query(seed);
    EXPECT_EQ(ids(docs().search(near).all()), ids(docs().search(near).recall(1).all()));
    EXPECT_EQ(ids(docs().search(near).where(c<&indexed_doc::shelf> < 50).all()),
              ids(docs().search(near).where(c<&indexed_doc::shelf> < 50).recall(1).all()));
    EXPECT_EQ(ids(docs().search(near).where(c<&indexed_doc::shelf> == 3).limit(3).all()),
              ids(docs().search(near).where(c<&indexed_doc::shelf> == 3).limit(3).recall(1).all()));
    EXPECT_EQ(ids(docs().search(near).num_candidates(200).offset(3).limit(4).all()),
              ids(docs().search(near).offset(3).limit(4).recall(1).all()));
    EXPECT_EQ(ids(docs().search(near).group_by<&indexed_doc::shelf>().limit(5).all()),
              ids(docs().search(near).group_by<&indexed_doc::shelf>().limit(5).recall(1).all()));
    EXPECT_EQ(ids(docs().search_by_key(seed).all()), ids(docs().search_by_key(seed).recall(1).all()));
  }
}

TEST_P(native_form, tells_the_way_and_that_tidb_has_no_index_to_take) {
  const auto plan = docs().search(query()).explain();
  EXPECT_EQ(plan.way, "server index");
  EXPECT_NE(plan.warning.find("rebuild_index"), std::string::npos) << plan.warning;
  EXPECT_EQ(plan.sql.find("WHERE"), std::string::npos) << plan.sql;
  EXPECT_EQ(docs().search(query()).where(c<&indexed_doc::shelf> < 50).explain().way, "server index, postfilter");
}

TEST_P(native_form, is_left_out_where_the_key_finds_the_few_rows) {
  const auto plan = docs().search(query()).where(c<&indexed_doc::id> <= 20).explain();
  EXPECT_EQ(plan.way, "exact");
  EXPECT_EQ(plan.rows, 10U);
  EXPECT_EQ(plan.reason, "an index of the table finds the rows that meet the conditions");
}

TEST_P(native_form, is_given_up_for_rows_without_a_vector) {
  db().insert(indexed_doc{2000, "none", 1, std::nullopt});
  const auto plan = docs().search(query()).explain();
  EXPECT_EQ(plan.way, "exact");
  EXPECT_EQ(plan.rows, 10U);
  EXPECT_EQ(plan.reason, "rows without a distance were among the nearest");
}

TEST_P(native_form, sees_the_rows_of_its_own_transaction) {
  db().transaction([&](tidb::transaction& tx) {
    const auto mine = tests::clustered_vectors(777).next();
    tx.insert(indexed_doc{2000, "mine", 1, mine});
    EXPECT_EQ(tidb::table<indexed_doc>(tx).search(mine).limit(1).all().at(0).row.id, 2000);
  });
}

TEST_P(native_form, lets_any_sql_change_the_table) {
  db().execute("UPDATE indexed_docs SET place = NULL WHERE id > 990");
  db().execute("INSERT INTO indexed_docs (id, text, shelf, place) SELECT id + 5000, text, shelf, place FROM "
               "indexed_docs WHERE id < 10");
  EXPECT_EQ(docs().count(), 1009);
}

TEST_P(native_form, goes_when_it_is_dropped) {
  docs().drop_vector_index<index_of>();
  EXPECT_EQ(docs().search(query()).explain().reason, "the column has no vector index");
  EXPECT_EQ(error_of([&] { docs().drop_vector_index<index_of>(); }).info().entry, "no-index");
}

TEST_P(native_form, goes_with_its_table) {
  db().drop_table<indexed_doc>();
  EXPECT_EQ(db().query<std::int64_t>("SELECT COUNT(*) FROM _tidbxx_index").value(), 0);
}

TEST_P(native_form, is_checked_and_has_stats_where_nothing_is_there) {
  EXPECT_EQ(docs().index_stats<index_of>().kind, index_kind::server);
  const auto check = docs().check_index<index_of>();
  ASSERT_EQ(check.problems.size(), 1U);
  EXPECT_NE(check.problems[0].find("rebuild_index"), std::string::npos) << check.problems[0];
  EXPECT_EQ(error_of([&] { docs().rebuild_index<index_of>(); }).info().entry, "no-tiflash");
}

}  // namespace
