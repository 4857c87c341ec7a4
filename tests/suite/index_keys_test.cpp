// Vector indexes of tables whose keys are no integers: texts, UUIDs, unsigned numbers, several columns.
#include "support/engines.hpp"
#include "support/keyed_rows.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

using tests::counted, tests::identified, tests::named, tests::paired;
using tidb::c;

namespace {

template <class Row>
Row row_of(std::int64_t i, std::int64_t version) {
  Row row{};
  set_key(row, i);
  row.number = i;
  row.place = tests::vector_of(i, version);
  return row;
}

template <class Row>
std::vector<Row> rows_of(std::int64_t first, std::int64_t count, std::int64_t version = 1) {
  std::vector<Row> rows;
  for (auto i = first; i < first + count; ++i) rows.push_back(row_of<Row>(i, version));
  return rows;
}

class keys_of_indexes : public tests::on_each_engine {
protected:
  /// What a client does to a table of rows, of which the index has to know each.
  template <class Row>
  void go_through() {
    using std::int64_t;
    db().create_table<Row>();
    db().insert_many(rows_of<Row>(1, 600));
    const auto table = db().table<Row>();
    table.template create_vector_index<&Row::place>();
    const auto other = tidb::connect(url());
    const auto expect_at = [&](int64_t i, int64_t version) {
      for (const tidb::client* client : std::initializer_list<const tidb::client*>{&db(), &other}) {
        auto search = client->template table<Row>().search(tests::vector_of(i, version));
        EXPECT_TRUE(search.explain().way.starts_with("index")) << search.explain().reason;
        const auto hits = search.limit(2).all();
        ASSERT_EQ(hits.size(), 2U);
        EXPECT_EQ(hits[0].row.number, i);
        EXPECT_LE(hits[0].distance, 1e-6);
      }
    };
    expect_at(7, 1);
    expect_at(600, 1);
    db().insert(row_of<Row>(1000, 1));
    expect_at(1000, 1);
    db().save(row_of<Row>(1000, 2));
    expect_at(1000, 2);
    db().save_many(rows_of<Row>(500, 200, 3));  // of which 101 are there
    expect_at(505, 3);
    expect_at(690, 3);
    db().template update<Row>().set(c<&Row::place> = tests::vector_of(3, 9)).where(c<&Row::number> == 3).run();
    expect_at(3, 9);
    db().upsert(rows_of<Row>(690, 20, 4)).set(c<&Row::place> = tidb::inserted(c<&Row::place>)).run();
    expect_at(695, 4);
    expect_at(705, 4);
    db().template erase<Row>().where(c<&Row::number> > 650 && c<&Row::number> < 680).run();
    EXPECT_NE(table.search(tests::vector_of(660, 3)).limit(1).all().at(0).row.number, 660);
    db().transaction([&](tidb::transaction& tx) {
      tx.insert(row_of<Row>(2000, 1));
      EXPECT_EQ(tidb::table<Row>(tx).search(tests::vector_of(2000, 1)).limit(1).all().at(0).row.number, 2000);
    });
    expect_at(2000, 1);
    db().transaction([&](tidb::transaction& tx) {
      tx.template touches<Row>(std::vector{key_of(row_of<Row>(5, 1))});
      tx.execute("UPDATE " + name_of(Row{}) + " SET place = ? WHERE number = 5", tests::vector_of(5, 5));
    });
    expect_at(5, 5);
    table.template optimize<&Row::place>();
    for (const int64_t i : {7, 100, 1000, 2000}) expect_at(i, i == 1000 ? 2 : 1);
    expect_at(505, 3);
    const auto few = table.search(tests::vector_of(9, 1)).where(c<&Row::number> < 100);
    for (const auto when : {tidb::filtering::prefilter, tidb::filtering::postfilter}) {
      auto search = few;
      const auto hits = search.filter(when).limit(80).all();
      EXPECT_EQ(hits.size(), 80U);
      EXPECT_EQ(hits.at(0).row.number, 9);
    }
    const auto check = table.template check_index<&Row::place>();
    EXPECT_TRUE(check.ok()) << check.problems.at(0);
    EXPECT_EQ(check.rows, static_cast<std::uint64_t>(table.count()));
    table.template rebuild_index<&Row::place>();
    expect_at(7, 1);
  }

private:
  tests::indexes_are_known_soon soon_;
};

}  // namespace

TEST_P(keys_of_indexes, may_be_text) { go_through<named>(); }
TEST_P(keys_of_indexes, may_be_bytes) { go_through<identified>(); }
TEST_P(keys_of_indexes, may_be_unsigned) { go_through<counted>(); }
TEST_P(keys_of_indexes, may_be_of_several_columns) { go_through<paired>(); }

TEST_P(keys_of_indexes, are_told_whole_or_not_at_all) {
  db().create_table<paired>();
  db().insert_many(rows_of<paired>(1, 300));
  db().table<paired>().create_vector_index<&paired::place>();
  EXPECT_THROW(db().transaction([](tidb::transaction& tx) { tx.touches<paired>(std::vector{std::string("1")}); }),
               tidb::usage_error);
  if (embedded()) return;
  EXPECT_THROW(db().update<paired>().set(c<&paired::tenant> = 8).where(c<&paired::number> == 1).run(),
               tidb::usage_error);
  db().update<paired>().set(c<&paired::number> = 8).where(c<&paired::number> == 1).run();
}

TEST_P(keys_of_indexes, in_batches_go_on_behind_the_last_one) {
  db().create_table<paired>();
  db().insert_many(rows_of<paired>(1, 600));
  const auto table = db().table<paired>();
  table.create_vector_index<&paired::place>();
  db().update<paired>()
      .set(c<&paired::place> = tests::vector_of(1, 99))
      .where(c<&paired::number> > 300)
      .run_in_batches(70);
  EXPECT_EQ(table.search(tests::vector_of(1, 99)).limit(300).distance_threshold(1e-6).all().size(), 300U);
  EXPECT_TRUE(table.check_index<&paired::place>().ok());
}

RUN_ON_EACH_ENGINE(keys_of_indexes);
