// Full-text indexes of tables whose keys are no integers: texts, UUIDs, unsigned numbers, several columns.
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

/// A word that only this version of the row has.
std::string word_of(std::int64_t i, std::int64_t version) {
  return "row" + std::to_string(i) + "v" + std::to_string(version);
}

template <class Row>
Row row_of(std::int64_t i, std::int64_t version) {
  Row row{};
  set_key(row, i);
  row.number = i;
  row.text = "common " + word_of(i, version);
  return row;
}

template <class Row>
std::vector<Row> rows_of(std::int64_t first, std::int64_t count, std::int64_t version = 1) {
  std::vector<Row> rows;
  for (auto i = first; i < first + count; ++i) rows.push_back(row_of<Row>(i, version));
  return rows;
}

class keys_of_texts : public tests::on_each_engine {
protected:
  /// What a client does to a table of rows, of which the index has to know each.
  template <class Row>
  void go_through() {
    using std::int64_t;
    db().create_table<Row>();
    db().insert_many(rows_of<Row>(1, 300));
    const auto table = db().table<Row>();
    table.template create_fulltext_index<&Row::text>();
    const auto other = tidb::connect(url());
    const auto count_of = [](const tidb::client& client, const std::string& words) {
      auto search = client.table<Row>().search(words).limit(1000);
      const auto plan = search.explain();
      EXPECT_TRUE(plan.way.starts_with("index")) << plan.reason;
      return search.all().size();
    };
    const auto expect_at = [&](int64_t i, int64_t version) {
      for (const tidb::client* client : std::initializer_list<const tidb::client*>{&db(), &other}) {
        ASSERT_EQ(count_of(*client, word_of(i, version)), 1U) << i;
        EXPECT_EQ(client->table<Row>().search(word_of(i, version)).all().at(0).row.number, i);
      }
    };
    const auto expect_gone = [&](int64_t i, int64_t version) {
      EXPECT_EQ(count_of(db(), word_of(i, version)), 0U) << i;
      EXPECT_EQ(count_of(other, word_of(i, version)), 0U) << i;
    };
    expect_at(7, 1);
    expect_at(300, 1);
    db().insert(row_of<Row>(1000, 1));
    expect_at(1000, 1);
    db().save(row_of<Row>(1000, 2));
    expect_at(1000, 2);
    expect_gone(1000, 1);
    db().save_many(rows_of<Row>(250, 100, 3));  // of which 51 are there
    expect_at(255, 3);
    expect_gone(255, 1);
    expect_at(340, 3);
    db().template update<Row>().set(c<&Row::text> = word_of(3, 9)).where(c<&Row::number> == 3).run();
    expect_at(3, 9);
    db().upsert(rows_of<Row>(340, 20, 4)).set(c<&Row::text> = tidb::inserted(c<&Row::text>)).run();
    expect_at(345, 4);
    expect_at(355, 4);
    expect_gone(345, 3);
    db().template erase<Row>().where(c<&Row::number> > 310 && c<&Row::number> < 330).run();
    expect_gone(320, 3);
    db().transaction([&](tidb::transaction& tx) {
      tx.insert(row_of<Row>(2000, 1));
      EXPECT_EQ(tidb::table<Row>(tx).search(word_of(2000, 1)).all().at(0).row.number, 2000);
    });
    expect_at(2000, 1);
    db().transaction([&](tidb::transaction& tx) {
      tx.template touches<Row>(std::vector{key_of(row_of<Row>(5, 1))});
      tx.execute("UPDATE " + name_of(Row{}) + " SET text = ? WHERE number = 5", word_of(5, 5));
    });
    expect_at(5, 5);
    table.template optimize_fulltext_index<>();
    for (const int64_t i : {7, 100, 1000, 2000}) expect_at(i, i == 1000 ? 2 : 1);
    expect_gone(5, 1);
    EXPECT_EQ(count_of(db(), "common"), static_cast<std::size_t>(table.count()) - 2);
    for (const auto when : {tidb::filtering::prefilter, tidb::filtering::postfilter}) {
      auto search = table.search("common " + word_of(9, 1)).where(c<&Row::number> < 100).filter(when);
      const auto hits = search.limit(80).all();
      EXPECT_EQ(hits.size(), 80U);
      EXPECT_EQ(hits.at(0).row.number, 9);
    }
    const auto check = table.template check_fulltext_index<>();
    EXPECT_TRUE(check.ok()) << check.problems.at(0);
    EXPECT_EQ(check.rows, static_cast<std::uint64_t>(table.count()));
    table.template rebuild_fulltext_index<>();
    expect_at(7, 1);
  }

private:
  tests::indexes_are_known_soon soon_;
};

}  // namespace

TEST_P(keys_of_texts, may_be_text) { go_through<named>(); }
TEST_P(keys_of_texts, may_be_bytes) { go_through<identified>(); }
TEST_P(keys_of_texts, may_be_unsigned) { go_through<counted>(); }
TEST_P(keys_of_texts, may_be_of_several_columns) { go_through<paired>(); }

TEST_P(keys_of_texts, that_are_indexed_themselves_may_be_searched) {
  db().create_table<named>();
  db().insert_many(rows_of<named>(1, 50));
  const auto table = db().table<named>();
  table.create_fulltext_index<&named::id, &named::text>();
  EXPECT_EQ(table.search("id:17").all().at(0).row.number, 17);
  db().erase<named>().where(c<&named::number> == 17).run();
  EXPECT_TRUE(table.search("id:17").all().empty());
  EXPECT_TRUE(table.check_fulltext_index().ok());
}

RUN_ON_EACH_ENGINE(keys_of_texts);
