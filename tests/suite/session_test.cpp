// Sessions: objects, what is written of them, and what happens when that fails. The same on every engine.
#include "support/engines.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using tidb::c;

namespace {

struct player {
  std::int64_t id{};
  std::string name{};
  int coins{}, goods{};
};
constexpr auto tidb_schema(tidb::of<player>) {
  return tidb::mapping("session_players", tidb::column<&player::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&player::name>(tidb::varchar(32), tidb::unique), tidb::column<&player::coins>(),
                       tidb::column<&player::goods>());
}

struct paper {
  std::int64_t id{};
  std::string text{};
  int version{};
};
constexpr auto tidb_schema(tidb::of<paper>) {
  return tidb::mapping("session_papers", tidb::column<&paper::id>(tidb::primary_key), tidb::column<&paper::text>(),
                       tidb::column<&paper::version>(tidb::row_version));
}

struct seat {
  int row{}, number{};
  std::optional<std::string> guest{};
};
constexpr auto tidb_schema(tidb::of<seat>) {
  return tidb::mapping("session_seats", tidb::column<&seat::row>(tidb::primary_key),
                       tidb::column<&seat::number>(tidb::primary_key), tidb::column<&seat::guest>());
}

struct picture {
  std::int64_t id{};
  tidb::vector<3> look{};
};
constexpr auto tidb_schema(tidb::of<picture>) {
  return tidb::mapping("session_pictures", tidb::column<&picture::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&picture::look>());
}

class units_of_work : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<player>();
    db().create_table<paper>();
    db().create_table<seat>();
    db().insert_many({player{1, "ada", 10, 1}, player{2, "bob", 20, 2}, player{3, "eve", 30, 3}});
    db().insert_many({paper{1, "draft", 1}, paper{2, "other", 1}});
  }
  player row(std::int64_t id) { return db().select<player>().where(c<&player::id> == id).one(); }
  /// The statements that write, while `body` runs.
  template <class F>
  std::vector<std::string> writes(F&& body) {
    std::vector<std::string> sent;
    db().on_statement([&](const tidb::statement_event& event) {
      for (const std::string_view word : {"INSERT", "UPDATE", "DELETE"})
        if (event.sql.starts_with(word)) sent.emplace_back(event.sql);
    });
    body();
    db().on_statement({});
    return sent;
  }
};

TEST_P(units_of_work, a_changed_member_is_written_by_commit) {
  tidb::session work(db());
  auto ada = work.query<player>().where(c<&player::name> == "ada").one();
  ada->coins += 5;
  work.commit();
  EXPECT_EQ(row(1).coins, 15);
}

TEST_P(units_of_work, one_row_is_one_object) {
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  EXPECT_EQ(work.query<player>().where(c<&player::coins> == 10).one(), ada);
  EXPECT_EQ(work.get<player>(1), ada);
  EXPECT_EQ(work.size(), 1U);
  EXPECT_EQ(work.get<player>(99), nullptr);
  EXPECT_TRUE(work.contains(ada));
}

TEST_P(units_of_work, get_of_a_known_object_asks_nobody) {
  tidb::session work(db());
  work.get<player>(1);
  const auto before = db().counters().statements;
  work.get<player>(1);
  EXPECT_EQ(db().counters().statements, before);
}

TEST_P(units_of_work, an_update_writes_only_the_columns_that_differ) {
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  ada->goods = 7;
  const auto sent = writes([&] { work.flush(); });
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_NE(sent[0].find("`goods`"), std::string::npos) << sent[0];
  EXPECT_EQ(sent[0].find("`coins`"), std::string::npos) << sent[0];
}

TEST_P(units_of_work, what_was_set_back_is_not_written) {
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  ada->coins = 99;
  EXPECT_TRUE(work.is_changed(ada));
  ada->coins = 10;
  EXPECT_FALSE(work.is_changed(ada));
  EXPECT_TRUE(writes([&] { work.flush(); }).empty());
}

TEST_P(units_of_work, added_objects_get_their_keys_with_the_flush) {
  tidb::session work(db());
  const auto zoe = work.add(player{.name = "zoe", .coins = 1});
  EXPECT_EQ(zoe->id, 0);
  work.flush();
  EXPECT_NE(zoe->id, 0);
  EXPECT_EQ(work.get<player>(zoe->id), zoe);
  zoe->coins = 2;
  work.commit();
  EXPECT_EQ(row(zoe->id).coins, 2);
}

TEST_P(units_of_work, many_added_objects_each_get_their_own_key) {
  tidb::session work(db());
  std::vector<player> values;
  for (int i = 0; i < 1'234; ++i) values.push_back({.name = "many_" + std::to_string(i), .coins = i});
  const auto added = work.add(std::move(values));
  work.commit();
  for (const auto& each : added) {
    const auto found = row(each->id);
    ASSERT_EQ(found.name, each->name);
    ASSERT_EQ(found.coins, each->coins);
  }
}

TEST_P(units_of_work, queries_see_what_was_changed_before) {
  tidb::session work(db());
  work.get<player>(1)->coins = 500;
  work.add(player{.name = "zoe", .coins = 500});
  EXPECT_EQ(work.query<player>().where(c<&player::coins> == 500).count(), 2);
  EXPECT_EQ(work.query<player>().where(c<&player::coins> == 500).all().size(), 2U);
}

TEST_P(units_of_work, without_autoflush_queries_see_the_rows) {
  tidb::session work(db(), {.autoflush = false});
  const auto ada = work.get<player>(1);
  ada->coins = 500;
  EXPECT_EQ(work.query<player>().where(c<&player::coins> == 500).count(), 0);
  EXPECT_EQ(work.query<player>().where(c<&player::coins> == 10).one(), ada);
  EXPECT_EQ(ada->coins, 500);  // not written, and not lost
  work.commit();
  EXPECT_EQ(row(1).coins, 500);
}

TEST_P(units_of_work, removed_objects_are_deleted) {
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  work.remove(ada);
  EXPECT_EQ(work.get<player>(1), nullptr);
  work.commit();
  EXPECT_EQ(db().count<player>(), 2);
  EXPECT_FALSE(work.contains(ada));
  EXPECT_THROW(work.remove(ada), tidb::usage_error);
}

TEST_P(units_of_work, one_that_was_added_and_removed_is_never_written) {
  tidb::session work(db());
  work.remove(work.add(player{.name = "nobody"}));
  EXPECT_TRUE(writes([&] { work.flush(); }).empty());
}

TEST_P(units_of_work, a_rollback_undoes_everything_in_the_database_and_in_the_objects) {
  tidb::session work(db());
  const auto ada = work.get<player>(1), bob = work.get<player>(2);
  ada->coins = 1'000;
  work.flush();
  ada->coins = 2'000;
  work.remove(bob);
  const auto zoe = work.add(player{.name = "zoe"});
  work.flush();
  work.rollback();
  EXPECT_EQ(ada->coins, 10);
  EXPECT_EQ(work.get<player>(2), bob);
  EXPECT_EQ(zoe->id, 0);
  EXPECT_FALSE(work.contains(zoe));
  EXPECT_EQ(db().count<player>(), 3);
  bob->coins = 21;  // it goes on
  work.commit();
  EXPECT_EQ(row(2).coins, 21);
}

TEST_P(units_of_work, what_is_not_committed_ends_with_the_session) {
  std::shared_ptr<player> ada;
  {
    tidb::session work(db());
    ada = work.get<player>(1);
    ada->coins = 1'000;
    work.flush();
  }
  EXPECT_EQ(row(1).coins, 10);
  EXPECT_EQ(ada->coins, 1'000);  // a plain value from now on
}

TEST_P(units_of_work, a_failed_flush_writes_nothing_and_asks_for_a_rollback) {
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  ada->coins = 11;
  const auto fay = work.add(player{.name = "fay"});
  work.add(player{.name = "bob"});  // taken
  EXPECT_THROW(work.flush(), tidb::constraint_violation);
  EXPECT_THROW(work.get<player>(1), tidb::usage_error);
  EXPECT_EQ(row(1).coins, 10);
  EXPECT_EQ(db().count<player>(), 3);
  work.rollback();
  EXPECT_EQ(ada->coins, 10);
  EXPECT_EQ(fay->id, 0);
  const auto again = work.add(*fay);
  work.commit();
  EXPECT_EQ(row(again->id).name, "fay");
}

TEST_P(units_of_work, commit_begins_a_new_transaction_and_queries_bring_objects_up_to_date) {
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  work.commit();
  db().update<player>().set(c<&player::coins> = 77).where(c<&player::id> == 1).run();
  EXPECT_EQ(ada->coins, 10);
  EXPECT_EQ(work.query<player>().where(c<&player::id> == 1).one(), ada);
  EXPECT_EQ(ada->coins, 77);
}

TEST_P(units_of_work, refresh_reads_over_changes_and_expire_waits_for_the_next_read) {
  tidb::session work(db());
  const auto ada = work.get<player>(1), bob = work.get<player>(2);
  ada->coins = 1'000;
  work.refresh(ada);
  EXPECT_EQ(ada->coins, 10);
  bob->coins = 1'000;
  work.expire(bob);
  work.flush();
  EXPECT_EQ(row(2).coins, 20);
  work.get<player>(2);
  EXPECT_EQ(bob->coins, 20);
  work.transaction().erase<player>().where(c<&player::id> == 1).run();
  EXPECT_THROW(work.refresh(ada), tidb::error);
}

TEST_P(units_of_work, merge_takes_a_value_over_into_the_object_of_its_key) {
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  EXPECT_EQ(work.merge(player{1, "ada", 55, 5}), ada);
  EXPECT_EQ(ada->coins, 55);
  const auto made = work.merge(player{.name = "new"});
  work.commit();
  EXPECT_EQ(row(1).coins, 55);
  EXPECT_NE(made->id, 0);
}

TEST_P(units_of_work, a_forgotten_object_is_not_written) {
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  ada->coins = 1'000;
  work.forget(ada);
  work.commit();
  EXPECT_EQ(row(1).coins, 10);
  EXPECT_NE(work.get<player>(1), ada);
}

TEST_P(units_of_work, a_changed_key_is_refused_by_name) {
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  ada->id = 9;
  try {
    work.flush();
    FAIL() << "flushed";
  } catch (const tidb::usage_error& problem) {
    EXPECT_NE(problem.info().message.find("the row 1 of `session_players`"), std::string::npos) << problem.what();
  }
  work.rollback();
  EXPECT_EQ(ada->id, 1);
}

TEST_P(units_of_work, keys_of_several_columns_find_objects) {
  tidb::session work(db());
  const auto made = work.add(seat{1, 2, "ada"});
  work.flush();
  EXPECT_EQ(work.get<seat>(std::tuple(1, 2)), made);
  made->guest.reset();
  work.commit();
  tidb::session other(db());
  EXPECT_EQ(other.get<seat>(std::tuple(1, 2))->guest, std::nullopt);
  EXPECT_EQ(other.get<seat>(std::tuple(2, 1)), nullptr);
}

TEST_P(units_of_work, the_version_of_a_row_counts_its_writes) {
  tidb::session work(db());
  const auto draft = work.get<paper>(1);
  const auto made = work.add(paper{.id = 7, .text = "new"});
  draft->text = "better";
  work.commit();
  EXPECT_EQ(draft->version, 2);
  EXPECT_EQ(made->version, 1);
  draft->text = "best";
  work.commit();
  EXPECT_EQ(db().select<paper>().where(c<&paper::id> == 1).one().version, 3);
}

TEST_P(units_of_work, who_would_write_over_another_is_told) {
  tidb::session work(db());
  const auto draft = work.get<paper>(1), other = work.get<paper>(2);
  work.commit();
  {
    tidb::session fast(db());
    fast.get<paper>(1)->text = "faster";
    fast.commit();
  }
  draft->text = "slower";
  other->text = "too";
  try {
    work.flush();
    FAIL() << "flushed";
  } catch (const tidb::stale_object& problem) {
    EXPECT_EQ(problem.code(), tidb::errc::stale);
    EXPECT_TRUE(problem.is_retryable());
    EXPECT_NE(problem.info().message.find("the row 1 of `session_papers` was changed"), std::string::npos)
        << problem.what();
  }
  work.rollback();
  EXPECT_EQ(db().select<paper>().where(c<&paper::id> == 2).one().text, "other");
  EXPECT_EQ(work.get<paper>(1)->text, "faster");
  EXPECT_EQ(draft->text, "faster");
}

TEST_P(units_of_work, who_would_delete_what_another_has_changed_is_told) {
  tidb::session work(db());
  const auto draft = work.get<paper>(1);
  work.commit();
  db().update<paper>().set(c<&paper::version> = 5).where(c<&paper::id> == 1).run();
  work.remove(draft);
  EXPECT_THROW(work.commit(), tidb::stale_object);
  EXPECT_EQ(db().count<paper>(), 2);
}

TEST_P(units_of_work, a_row_that_another_has_deleted_cannot_be_written) {
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  work.commit();
  db().erase<player>().where(c<&player::id> == 1).run();
  ada->coins = 11;
  EXPECT_THROW(work.commit(), tidb::stale_object);
}

TEST_P(units_of_work, locked_rows_are_read_anew) {
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  work.commit();
  db().update<player>().set(c<&player::coins> = 77).where(c<&player::id> == 1).run();
  work.query<player>().where(c<&player::id> == 1).for_update().one();
  ada->coins += 1;
  work.commit();
  EXPECT_EQ(row(1).coins, 78);
}

TEST_P(units_of_work, a_unit_of_work_is_a_transaction_and_gives_back_what_its_function_does) {
  const auto coins = tidb::unit_of_work(db(), [](tidb::session& work) {
    const auto ada = work.get<player>(1);
    ada->coins += 1;
    EXPECT_THROW(work.commit(), tidb::usage_error);
    return ada->coins;
  });
  EXPECT_EQ(coins, 11);
  EXPECT_EQ(row(1).coins, 11);
  EXPECT_THROW(tidb::unit_of_work(db(),
                                  [](tidb::session& work) {
                                    work.get<player>(1)->coins = 0;
                                    work.flush();
                                    throw std::runtime_error("no");
                                  }),
               std::runtime_error);
  EXPECT_EQ(row(1).coins, 11);
}

TEST_P(units_of_work, a_unit_of_work_is_run_again_when_another_was_faster) {
  int tries = 0;
  tidb::unit_of_work(db(), {.transaction = {.optimistic = true}}, [&](tidb::session& work) {
    const auto draft = work.get<paper>(1);
    if (++tries == 1) {
      std::thread other(
          [&] { tidb::unit_of_work(db(), [](tidb::session& fast) { fast.get<paper>(1)->text = "fast"; }); });
      other.join();
    }
    draft->text += "er";
  });
  EXPECT_EQ(tries, 2);
  const auto written = db().select<paper>().where(c<&paper::id> == 1).one();
  EXPECT_EQ(written.text, "faster");
  EXPECT_EQ(written.version, 3);
}

TEST_P(units_of_work, statements_of_its_transaction_see_and_are_seen) {
  tidb::session work(db());
  work.get<player>(1)->coins = 500;
  auto inside = work.transaction();
  EXPECT_EQ(inside.select<player>().where(c<&player::coins> == 500).count(), 1);
  inside.insert_many({player{.name = "bulk_1"}, player{.name = "bulk_2"}});
  EXPECT_EQ(work.query<player>().count(), 5);
  work.rollback();
  EXPECT_EQ(db().count<player>(), 3);
}

TEST_P(units_of_work, a_flush_that_fails_in_a_transaction_leaves_nothing_of_itself) {
  db().transaction([](tidb::transaction& tx) {
    tx.insert(player{.name = "before"});
    tidb::session work(tx);
    work.add(player{.name = "fay"});
    work.get<player>(1)->coins = 0;
    work.add(player{.name = "bob"});  // taken
    EXPECT_THROW(work.flush(), tidb::constraint_violation);
    EXPECT_THROW(work.rollback(), tidb::usage_error);
    tx.insert(player{.name = "after"});
  });
  EXPECT_EQ(db().count<player>(), 5);
  EXPECT_EQ(row(1).coins, 10);
}

TEST_P(units_of_work, search_indexes_follow_every_flush) {
  db().create_table<picture>();
  const auto pictures = db().table<picture>();
  if (embedded()) pictures.create_vector_index<&picture::look>();  // on TiDB searches are exact
  const auto nearest = [&] {
    std::vector<std::int64_t> ids;
    for (const auto& hit : pictures.search({1, 0, 0}).limit(3).all()) ids.push_back(hit.row.id);
    return ids;
  };
  tidb::session work(db());
  const auto near = work.add(picture{.look = {1, 0, 0}}), far = work.add(picture{.look = {0, 1, 0}});
  work.commit();
  EXPECT_EQ(nearest(), (std::vector{near->id, far->id}));
  near->look = {0, 0, 1};
  far->look = {1, 0.1F, 0};
  work.commit();
  EXPECT_EQ(nearest().front(), far->id);
  work.remove(far);
  work.commit();
  EXPECT_EQ(nearest(), (std::vector{near->id}));
}

TEST_P(units_of_work, an_object_of_another_session_is_refused_by_name) {
  tidb::session work(db()), other(db());
  const auto ada = work.get<player>(1);
  try {
    other.remove(ada);
    FAIL() << "removed";
  } catch (const tidb::usage_error& problem) {
    EXPECT_NE(problem.info().message.find("is not of this session"), std::string::npos) << problem.what();
  }
}

TEST_P(units_of_work, a_session_outlives_its_client) {
  auto own = std::make_unique<tidb::client>(tidb::connect(url()));
  tidb::session work(*own);
  const auto ada = work.get<player>(1);
  own.reset();
  ada->coins = 12;
  work.commit();
  EXPECT_EQ(row(1).coins, 12);
}

TEST_P(units_of_work, a_second_thread_is_refused_while_a_call_runs) {
  tidb::session work(db());
  bool refused = false;
  // the hook runs within the call of the first thread
  db().on_statement([&](const tidb::statement_event& event) {
    if (!event.sql.starts_with("SELECT") || refused) return;
    std::thread second([&] {
      try {
        work.get<player>(2);
      } catch (const tidb::usage_error& problem) {
        refused = std::string(problem.what()).find("second thread") != std::string::npos;
      }
    });
    second.join();
  });
  work.get<player>(1);
  db().on_statement({});
  EXPECT_TRUE(refused);
  EXPECT_NE(work.get<player>(2), nullptr);
}

TEST_P(units_of_work, two_sessions_of_a_thread_may_end_in_any_order) {
  auto first = std::make_unique<tidb::session>(db());
  first->get<player>(1);
  tidb::session second(db());
  second.get<player>(2);
  first.reset();
  second.get<player>(3)->coins = 1;
  second.commit();
  db().insert(player{.name = "after"});
  EXPECT_EQ(db().count<player>(), 4);
}

TEST_P(units_of_work, objects_without_changes_need_no_transaction_to_be_committed) {
  tidb::session work(db());
  const auto before = db().counters().transactions;
  work.commit();
  work.flush();
  work.rollback();
  EXPECT_EQ(db().counters().transactions, before);
}

TEST_P(units_of_work, a_row_that_is_deleted_during_the_transaction_cannot_be_written) {
  if (embedded()) GTEST_SKIP() << "a file has one writer: who has read cannot write then";
  tidb::session work(db());
  const auto ada = work.get<player>(1);
  db().erase<player>().where(c<&player::id> == 1).run();
  ada->coins = 11;
  EXPECT_THROW(work.commit(), tidb::stale_object);
}

TEST_P(units_of_work, new_objects_are_found_by_the_keys_that_they_were_given) {
  tidb::session work(db());
  const auto made = work.add(seat{1, 2});
  EXPECT_EQ(work.get<seat>(std::tuple(1, 2)), made);
  EXPECT_EQ(work.merge(seat{1, 2, "ada"}), made);
  EXPECT_EQ(made->guest, "ada");
  work.commit();
  work.remove(made);
  EXPECT_EQ(work.merge(seat{1, 2, "bob"}), made);
  work.commit();
  EXPECT_EQ(db().select<seat>().one().guest, "bob");
}

TEST_P(units_of_work, what_was_not_inserted_yet_cannot_expire) {
  tidb::session work(db());
  const auto zoe = work.add(player{.name = "zoe"});
  EXPECT_THROW(work.expire(zoe), tidb::usage_error);
  work.flush();
  work.expire(zoe);
  zoe->coins = 5;
  work.flush();
  EXPECT_EQ(work.get<player>(zoe->id)->coins, 0);
}

TEST_P(units_of_work, one_of_many_rows_reads_no_more_than_two) {
  tidb::session work(db());
  EXPECT_THROW(work.query<player>().one(), tidb::error);
  EXPECT_EQ(work.size(), 2U);
}

TEST_P(units_of_work, a_session_is_moved_with_its_objects) {
  tidb::session first(db());
  const auto ada = first.get<player>(1);
  auto second = std::move(first);
  ada->coins = 12;
  second.commit();
  EXPECT_EQ(row(1).coins, 12);
  EXPECT_THROW(first.get<player>(1), tidb::usage_error);  // NOLINT(bugprone-use-after-move): that is what is asked
}

TEST_P(units_of_work, rows_are_one_object_each_in_whatever_order_they_come) {
  db().insert_many({player{-5, "low", 1, 1}, player{900, "high", 1, 1}});
  tidb::session work(db());
  const auto down = work.query<player>().order_by(tidb::desc(c<&player::id>)).all();
  const auto up = work.query<player>().order_by(c<&player::id>).all();
  ASSERT_EQ(down.size(), 5U);
  for (std::size_t i = 0; i < up.size(); ++i) EXPECT_EQ(up[i], down[down.size() - 1 - i]);
  EXPECT_EQ(work.get<player>(-5), up[0]);
  EXPECT_EQ(work.get<player>(900), up[4]);
  work.forget(up[4]);
  const auto again = work.get<player>(900);
  EXPECT_NE(again, up[4]);
  EXPECT_EQ(work.query<player>().order_by(c<&player::id>).all().back(), again);
  EXPECT_EQ(work.size(), 5U);
}

TEST_P(units_of_work, texts_that_grow_and_shrink_are_written_and_come_back) {
  tidb::session work(db());
  const auto first = work.get<paper>(1);
  const auto seats = std::vector{work.add(seat{1, 1, "ada"}), work.add(seat{1, 2, std::nullopt})};
  work.commit();
  const std::string text(5'000, 'x');
  first->text = text;
  seats[0]->guest.reset();
  seats[1]->guest = std::string(200, 'y');
  work.flush();
  EXPECT_FALSE(work.is_changed(first));
  first->text = "short";
  seats[1]->guest = "";
  EXPECT_TRUE(work.is_changed(first));
  EXPECT_TRUE(work.is_changed(seats[1]));
  work.rollback();
  EXPECT_EQ(first->text, "draft");
  EXPECT_EQ(seats[0]->guest, "ada");
  EXPECT_EQ(seats[1]->guest, std::nullopt);
  first->text = text;
  seats[1]->guest = "";
  work.commit();
  tidb::session other(db());
  EXPECT_EQ(other.get<paper>(1)->text, text);
  EXPECT_EQ(other.get<seat>(std::tuple(1, 2))->guest, "");
}

RUN_ON_EACH_ENGINE(units_of_work);

}  // namespace
