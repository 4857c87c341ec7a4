// A model that is bound to a column makes the vectors of what is written.
#include "support/engines.hpp"

#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <thread>
#include <vector>

using tidb::c;

namespace {

struct note {
  std::int64_t id{};
  std::string text{};
  int stars{};
  tidb::vector<3> place{};
};

constexpr auto tidb_schema(tidb::of<note>) {
  return tidb::mapping("notes", tidb::column<&note::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&note::text>(), tidb::column<&note::stars>(), tidb::column<&note::place>());
}

/// With NULL for a text and for a vector, and a key that is text.
struct page {
  std::string name{};
  std::optional<std::string> title{}, text{};
  std::optional<tidb::vector<2>> place{};
  tidb::vector<> other{};
};

constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::name>(tidb::primary_key, tidb::varchar(32)),
                       tidb::column<&page::title>(), tidb::column<&page::text>(), tidb::column<&page::place>(),
                       tidb::column<&page::other>());
}

/// A part of the table of notes.
struct plain_note {
  std::int64_t id{};
  std::string text{};
};

constexpr auto tidb_schema(tidb::of<plain_note>) {
  return tidb::mapping("notes", tidb::column<&plain_note::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&plain_note::text>());
}

tidb::vector<3> place_of(std::string_view text) {
  return {static_cast<float>(text.size()), static_cast<float>(text.front()), 1};
}

/// Notes how many texts it gets at once.
struct noting_model {
  std::shared_ptr<std::vector<std::size_t>> calls = std::make_shared<std::vector<std::size_t>>();
  std::vector<tidb::vector<3>> operator()(std::span<const std::string> texts) const {
    calls->push_back(texts.size());
    std::vector<tidb::vector<3>> made;
    for (const auto& text : texts) made.push_back(place_of(text));
    return made;
  }
  /// The calls since it was asked last.
  std::vector<std::size_t> seen() const { return std::exchange(*calls, {}); }
};

using sizes = std::vector<std::size_t>;

class embedding : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<note>();
    db().create_table<page>();
  }
  tidb::table<note> notes() { return db().table<note>(); }
  void bind(tidb::embedding_options options = {}) { notes().embed_with<&note::place>(model, options); }
  note stored(std::int64_t id) { return db().select<note>().where(c<&note::id> == id).one(); }
  page stored(const std::string& name) { return db().select<page>().where(c<&page::name> == name).one(); }
  /// Every row has the vector of its text.
  void expect_places(std::size_t rows) {
    const auto all = db().select<note>().all();
    EXPECT_EQ(all.size(), rows);
    for (const auto& each : all) EXPECT_EQ(each.place, place_of(each.text)) << each.text;
  }

  noting_model model;
};

TEST_P(embedding, a_row_that_is_inserted_gets_the_vector_of_its_text) {
  bind();
  const auto given_back = db().insert(note{.text = "whale"});
  EXPECT_EQ(given_back.place, place_of("whale"));
  EXPECT_EQ(stored(given_back.id).place, place_of("whale"));
  EXPECT_EQ(notes().insert(note{.text = "ant"}).place, place_of("ant"));
}

TEST_P(embedding, a_vector_that_is_given_stays) {
  bind();
  const tidb::vector<3> own{1, 2, 3};
  EXPECT_EQ(db().insert(note{.text = "whale", .place = own}).place, own);
  db().insert_many({note{.id = 7, .text = "ant", .place = own}, note{.id = 8, .text = "bee"}});
  EXPECT_EQ(stored(7).place, own);
  EXPECT_EQ(stored(8).place, place_of("bee"));
  EXPECT_EQ(model.seen(), sizes{1});
}

TEST_P(embedding, many_rows_are_embedded_by_few_calls) {
  bind({.batch = 4});
  std::vector<note> rows;
  for (int i = 0; i < 10; ++i) rows.push_back({.text = "text " + std::to_string(i)});
  for (const auto& each : db().insert(rows)) EXPECT_EQ(each.place, place_of(each.text));
  EXPECT_EQ(model.seen(), (sizes{4, 4, 2}));
  EXPECT_EQ(db().insert_many(rows), 10U);
  EXPECT_EQ(model.seen(), (sizes{4, 4, 2}));
  auto made = rows | std::views::transform([](const note& each) { return note{.text = each.text + "!"}; });
  EXPECT_EQ(db().insert_many(made), 10U);
  EXPECT_EQ(model.seen(), (sizes{4, 4, 2}));
  int left = 5;
  db().insert_many([&] { return left-- > 0 ? std::optional(note{.text = "made"}) : std::nullopt; });
  EXPECT_EQ(model.seen(), (sizes{4, 1}));
  expect_places(35);
}

TEST_P(embedding, a_transaction_and_a_session_have_the_models_of_their_client) {
  bind();
  db().transaction([&](tidb::transaction& tx) {
    tx.insert(note{.text = "whale"});
    tidb::table<note>(tx).insert_many({note{.text = "ant"}, note{.text = "bee"}});
  });
  tidb::session work(db());
  work.add(note{.text = "cat"});
  work.commit();
  expect_places(4);
}

TEST_P(embedding, saved_rows_get_the_vectors_of_their_new_texts) {
  bind();
  auto one = db().insert(note{.text = "whale"});
  one.text = "ant";
  EXPECT_EQ(db().save(one).place, place_of("ant"));
  std::vector<note> rows{one, {.text = "bee"}};
  rows[0].text = "cat";
  EXPECT_EQ(db().save_many(rows), 1U);
  rows = db().select<note>().all();
  for (auto& each : rows) each.text += "fish";
  EXPECT_EQ(notes().update_many(rows), 2U);
  expect_places(2);
  for (auto& each : rows) each.text += "!";
  EXPECT_EQ(notes().update_many<&note::text>(rows), 2U);
  expect_places(2);
}

TEST_P(embedding, an_own_vector_is_saved_with_a_row_that_is_new_and_updated_by_its_name) {
  bind();
  const tidb::vector<3> own{1, 2, 3};
  auto one = db().save(note{.text = "whale", .place = own});
  EXPECT_EQ(one.place, own);
  one.place = {4, 5, 6};
  notes().update_many<&note::place>(std::vector{one});
  EXPECT_EQ(stored(one.id).place, one.place);
  one.text = "ant";
  notes().update_many<&note::text, &note::place>(std::vector{one});
  EXPECT_EQ(stored(one.id).place, one.place);
  notes().update_many<&note::stars>(std::vector{one});
  EXPECT_EQ(model.seen(), sizes{});
}

TEST_P(embedding, an_update_to_a_known_text_sets_the_vector) {
  bind();
  db().insert_many({note{.id = 1, .text = "whale"}, note{.id = 2, .text = "ant"}});
  notes().update().set(c<&note::text> = "bee", c<&note::stars> = 5).where(c<&note::id> == 1).run();
  expect_places(2);
  db().update<note>().set(c<&note::text> = "cat").run_in_batches(1);
  expect_places(2);
  model.seen();
  notes().update().set(c<&note::stars> = 4).run();
  notes().update().set(c<&note::text> = "dog", c<&note::place> = tidb::vector<3>{1, 2, 3}).run();
  EXPECT_EQ(stored(1).place, (tidb::vector<3>{1, 2, 3}));
  EXPECT_EQ(model.seen(), sizes{});
}

TEST_P(embedding, an_update_to_a_text_that_is_not_known_is_refused) {
  bind();
  db().insert(note{.id = 1, .text = "whale"});
  const auto refused =
      tests::error_of([&] { notes().update().set(c<&note::text> = concat(c<&note::text>, "s")).run(); });
  EXPECT_EQ(refused.code(), tidb::errc::usage);
  EXPECT_NE(std::string(refused.what()).find("\"notes.place\" has the vectors of \"text\""), std::string::npos)
      << refused.what();
  EXPECT_EQ(stored(1).text, "whale");
  notes().update().set(c<&note::text> = concat(c<&note::text>, "s"), c<&note::place> = place_of("whales")).run();
  expect_places(1);
}

TEST_P(embedding, rows_that_are_inserted_or_changed_have_the_vector_with_the_text) {
  bind();
  std::vector<note> rows{{.id = 1, .text = "whale"}, {.id = 2, .text = "ant"}};
  db().insert_missing(rows);
  rows = {{.id = 1, .text = "bee"}, {.id = 3, .text = "cats"}};
  db().upsert(rows).set(c<&note::text> = inserted(c<&note::text>)).run();
  expect_places(3);
  db().upsert(rows).set(c<&note::text> = "there", c<&note::stars> = 1).run();
  expect_places(3);
  db().upsert(rows).set(c<&note::stars> = c<&note::stars> + 1).run();
  EXPECT_EQ(stored(1).stars, 2);
  const auto refused = tests::error_of(
      [&] { db().upsert(rows).set(c<&note::text> = concat(c<&note::text>, inserted(c<&note::text>))).run(); });
  EXPECT_EQ(refused.code(), tidb::errc::usage);
  expect_places(3);
}

TEST_P(embedding, rows_that_were_read_are_upserted_with_the_vectors_of_their_new_texts) {
  bind();
  db().insert_many({note{.id = 1, .text = "whale"}, note{.id = 2, .text = "ant"}});
  auto rows = db().select<note>().all();
  for (auto& each : rows) each.text += "fish";
  rows.push_back({.id = 3, .text = "bee"});
  db().upsert(rows).set(c<&note::text> = inserted(c<&note::text>)).run();
  expect_places(3);
  for (auto& each : rows) each.text += "!";
  const auto passing = rows | std::views::transform([](const note& each) { return each; });
  db().upsert(passing).set(c<&note::text> = inserted(c<&note::text>)).run();
  expect_places(3);
  model.seen();
  const tidb::vector<3> own{1, 2, 3};
  rows[0].place = own;
  const std::vector<note> first{rows[0]};
  db().upsert(first)
      .set(c<&note::text> = inserted(c<&note::text>), c<&note::place> = inserted(c<&note::place>))
      .run();
  EXPECT_EQ(stored(1).place, own);
  rows[1].stars = 4;
  db().upsert(rows).set(c<&note::stars> = inserted(c<&note::stars>)).run();
  EXPECT_EQ(stored(2).place, place_of(rows[1].text)) << "the vector is that of the row that is there";
}

TEST_P(embedding, a_struct_without_the_vector_updates_by_values_and_is_refused_where_it_would_leave_it) {
  bind();
  db().insert(note{.id = 1, .text = "whale"});
  db().update<plain_note>().set(c<&plain_note::text> = "ant").run();
  expect_places(1);
  const std::vector<plain_note> rows{{1, "cat"}};
  const auto refused = [](auto&& write) { return tests::error_of(write).code() == tidb::errc::usage; };
  EXPECT_TRUE(refused([&] { db().insert(plain_note{2, "cat"}); }));
  EXPECT_TRUE(refused([&] { db().insert_many(rows); }));
  EXPECT_TRUE(refused([&] { db().save(plain_note{1, "cat"}); }));
  EXPECT_TRUE(refused([&] { db().update_many(rows); }));
  EXPECT_TRUE(refused([&] { db().save_many(rows); }));
  EXPECT_TRUE(refused([&] { db().upsert(rows).set(c<&plain_note::text> = inserted(c<&plain_note::text>)).run(); }));
  EXPECT_TRUE(refused([&] {
    tidb::session work(db());
    work.add(plain_note{3, "cat"});
    work.flush();
  }));
  expect_places(1);
}

TEST_P(embedding, a_session_embeds_new_objects_and_those_whose_text_has_changed) {
  bind({.batch = 2});
  tidb::session work(db());
  const auto added = work.add(std::vector<note>{{.text = "whale"}, {.text = "ant"}, {.text = "bee"}});
  work.commit();
  EXPECT_EQ(model.seen(), (sizes{2, 1}));
  for (const auto& each : added) EXPECT_EQ(each->place, place_of(each->text));
  added[0]->text = "cat";
  added[1]->stars = 5;
  added[2]->text = "dog";
  work.commit();
  EXPECT_EQ(model.seen(), sizes{2});
  EXPECT_EQ(added[0]->place, place_of("cat"));
  expect_places(3);
  added[0]->text = "eel";
  added[0]->place = {1, 2, 3};
  work.commit();
  EXPECT_EQ(stored(added[0]->id).place, (tidb::vector<3>{1, 2, 3}));
  EXPECT_EQ(model.seen(), sizes{});
}

TEST_P(embedding, what_a_session_rolls_back_has_its_old_vector) {
  bind();
  tidb::session work(db());
  const auto one = work.add(note{.text = "whale"});
  work.commit();
  one->text = "ant";
  work.flush();
  EXPECT_EQ(one->place, place_of("ant"));
  work.rollback();
  EXPECT_EQ(one->place, place_of("whale"));
  expect_places(1);
}

TEST_P(embedding, several_texts_are_a_line_each_and_null_ones_are_left_out) {
  std::vector<std::string> seen;
  const auto pages = db().table<page>();
  pages.embed_with<&page::place, &page::title, &page::text>([&](std::string_view text) {
    seen.emplace_back(text);
    return std::vector<float>{static_cast<float>(text.size()), 1};
  });
  pages.insert_many({page{.name = "a", .title = "one", .text = "two"}, page{.name = "b", .text = "three"},
                     page{.name = "c", .title = ""}, page{.name = "d"}});
  EXPECT_EQ(seen, (std::vector<std::string>{"one\ntwo", "three"}));
  EXPECT_EQ(stored("a").place, (tidb::vector<2>{7, 1}));
  EXPECT_FALSE(stored("c").place);
  EXPECT_FALSE(stored("d").place);
  EXPECT_TRUE(stored("a").other.empty());
}

TEST_P(embedding, texts_of_which_a_part_is_written_are_refused) {
  const auto pages = db().table<page>();
  pages.embed_with<&page::place, &page::title, &page::text>([](const std::string& text) {
    return tidb::vector<2>{static_cast<float>(text.size()), 1};
  });
  auto one = pages.insert(page{.name = "a", .title = "one", .text = "two"});
  EXPECT_EQ(tests::error_of([&] { pages.update().set(c<&page::text> = "2").run(); }).code(), tidb::errc::usage);
  EXPECT_EQ(tests::error_of([&] { pages.update_many<&page::text>(std::vector{one}); }).code(), tidb::errc::usage);
  pages.update().set(c<&page::text> = "2", c<&page::title> = "1").run();
  EXPECT_EQ(stored("a").place, (tidb::vector<2>{3, 1}));
  one.text = "22";
  pages.update_many<&page::title, &page::text>(std::vector{one});
  EXPECT_EQ(stored("a").place, (tidb::vector<2>{6, 1}));
  tidb::session work(db());
  const auto known = work.get<page>(std::string("a"));
  known->text = "a session knows the rest";
  work.commit();
  EXPECT_EQ(stored("a").place, (tidb::vector<2>{28, 1}));
}

TEST_P(embedding, a_text_that_goes_takes_the_vector_with_it) {
  bind();
  db().insert(note{.id = 1, .text = "whale"});
  notes().update().set(c<&note::text> = "").run();
  EXPECT_EQ(stored(1).place, tidb::vector<3>{});
  const auto pages = db().table<page>();
  pages.embed_with<&page::place, &page::text>([](std::string_view) { return tidb::vector<2>{1, 1}; });
  pages.insert(page{.name = "a", .text = "one"});
  EXPECT_TRUE(stored("a").place);
  pages.update().set(c<&page::text> = std::nullopt).run();
  EXPECT_FALSE(stored("a").place);
  auto one = pages.save(page{.name = "a", .text = "two"});
  one.text.reset();
  EXPECT_FALSE(pages.save(one).place);
  EXPECT_FALSE(stored("a").place);
  EXPECT_EQ(db().insert(note{.text = ""}).place, tidb::vector<3>{});
}

TEST_P(embedding, a_model_that_throws_writes_nothing_and_its_exception_arrives) {
  const auto one = db().insert(note{.text = "whale", .place = place_of("whale")});
  int calls = 0;
  notes().embed_with<&note::place>(
      [&](std::string_view text) -> std::vector<float> {
        if (++calls % 3 == 0) throw std::runtime_error("the model is out");
        const auto made = place_of(text);
        return {made.begin(), made.end()};
      },
      {.batch = 1});
  const auto fails = [&](auto&& call) {
    calls = 0;
    EXPECT_THROW(call(), std::runtime_error);
  };
  const std::vector<note> rows{{.text = "ant"}, {.text = "bee"}, {.text = "cat"}};
  auto changed = std::vector{one, one, one};
  for (auto& each : changed) each.text = "dog";
  fails([&] { db().insert_many(rows); });
  fails([&] { db().insert(rows); });
  fails([&] { db().save_many(rows); });
  fails([&] { db().update_many(changed); });
  fails([&] {
    int left = 3;
    db().insert_many([&] { return left-- > 0 ? std::optional(note{.text = "made"}) : std::nullopt; });
  });
  fails([&] {
    tidb::session work(db());
    work.add(rows);
    work.commit();
  });
  fails([&] {
    db().transaction([&](tidb::transaction& tx) {
      tx.insert(rows[0]);
      tx.insert_many(rows);
    });
  });
  expect_places(1);
}

TEST_P(embedding, a_session_goes_on_after_its_model_threw) {
  bool is_out = false;
  notes().embed_with<&note::place>([&](std::string_view text) {
    if (is_out && text == "cat") throw std::runtime_error("the model is out");
    return place_of(text);
  });
  tidb::session work(db());
  const auto first = work.add(note{.text = "whale"});
  work.flush();
  is_out = true;
  work.add(std::vector<note>{{.text = "ant"}, {.text = "cat"}});
  first->text = "cat";
  EXPECT_THROW(work.flush(), std::runtime_error);
  EXPECT_THROW(work.commit(), std::runtime_error);
  EXPECT_EQ(first->place, place_of("whale")) << "none is changed unless all can be";
  is_out = false;
  work.commit();
  expect_places(3);
  EXPECT_EQ(stored(first->id).text, "cat");
}

TEST_P(embedding, what_is_no_vector_of_the_column_is_refused) {
  const auto refusal = [&](std::vector<std::vector<float>> made) {
    notes().embed_with<&note::place>([made](std::span<const std::string>) { return made; });
    const auto refused = tests::error_of([&] { db().insert(note{.text = "whale"}); });
    EXPECT_EQ(refused.code(), tidb::errc::usage);
    return refused.info().message;
  };
  EXPECT_EQ(refusal({{1, 2}}), "the model of \"notes.place\" gave a vector of 2 dimensions: the column has 3");
  EXPECT_EQ(refusal({{}}), "the model of \"notes.place\" gave a vector of no dimensions");
  EXPECT_EQ(refusal({}), "the model of \"notes.place\" gave 0 vectors for 1 texts: one for each is expected");
  EXPECT_EQ(refusal({{1, 2, 3}, {1, 2, 3}}),
            "the model of \"notes.place\" gave 2 vectors for 1 texts: one for each is expected");
  EXPECT_NE(refusal({{1, NAN, 3}}).find("the model of \"notes.place\" gave no vector: "), std::string::npos);
  EXPECT_EQ(notes().count(), 0);
}

TEST_P(embedding, the_vectors_of_a_column_of_any_length_are_of_one_length) {
  const auto pages = db().table<page>();
  const auto as_long = [](std::string_view text) { return std::vector<float>(text.size(), 1); };
  pages.embed_with<&page::other, &page::title>(as_long);
  EXPECT_EQ(pages.insert(page{.name = "a", .title = "four"}).other.size(), 4U);
  const auto refused = tests::error_of([&] { pages.insert(page{.name = "b", .title = "three"}); });
  EXPECT_EQ(refused.info().message, "the model of \"pages.other\" gave a vector of 5 dimensions: the others have 4");
  pages.embed_with<&page::other, &page::title>(as_long, {.dimensions = 5});
  EXPECT_EQ(pages.insert(page{.name = "b", .title = "three"}).other.size(), 5U);
  pages.update().set(c<&page::title> = "").run();
  EXPECT_TRUE(stored("b").other.empty()) << "no text has an empty vector, however long others are";
  EXPECT_EQ(tests::error_of([&] { notes().embed_with<&note::place>(model, {.dimensions = 4}); }).code(),
            tidb::errc::usage);
}

TEST_P(embedding, two_columns_have_a_model_each) {
  const auto pages = db().table<page>();
  pages.embed_with<&page::place, &page::title>([](std::string_view) { return tidb::vector<2>{1, 1}; });
  pages.embed_with<&page::other, &page::text>([](std::string_view) { return tidb::vector<4>{2, 2, 2, 2}; });
  const auto one = pages.insert(page{.name = "a", .title = "one", .text = "two"});
  EXPECT_EQ(one.place, (tidb::vector<2>{1, 1}));
  EXPECT_EQ(one.other, (tidb::vector<>{2, 2, 2, 2}));
  EXPECT_EQ(stored("a").other, one.other);
  EXPECT_TRUE(pages.insert(page{.name = "b", .title = "one"}).other.empty());
}

TEST_P(embedding, words_are_searched_by_the_column_that_has_a_model) {
  const auto pages = db().table<page>();
  const auto one = [](std::string_view text) { return tidb::vector<4>{static_cast<float>(text.size()), 1, 1, 1}; };
  pages.embed_with<&page::other, &page::text>(one);
  pages.insert_many({page{.name = "a", .text = "whale"}, page{.name = "b", .text = "ant"}});
  EXPECT_EQ(pages.search("bee").vector_only().limit(1).all().at(0).row.name, "b");
  EXPECT_EQ(db().open_table("pages").search("bee").vector_only().limit(1).all().at(0).row.get<std::string>("name"),
            "b");
  const auto none = tests::error_of([&] { (void)pages.search("bee").column<&page::place>().vector_only().all(); });
  EXPECT_NE(none.info().message.find("no model is bound to \"pages.place\""), std::string::npos) << none.what();
  pages.embed_with<&page::place, &page::title>([](std::string_view) { return tidb::vector<2>{1, 1}; });
  const auto several = tests::error_of([&] { (void)pages.search("bee").vector_only().all(); });
  EXPECT_NE(several.info().message.find("choose one"), std::string::npos) << several.what();
  EXPECT_EQ(pages.search("bee").column<&page::other>().vector_only().limit(1).all().at(0).row.name, "b");
}

TEST_P(embedding, another_model_than_the_one_of_the_vectors_is_refused) {
  bind({.model = "small"});
  bind({.model = "small"});
  const auto other = tidb::connect(url());
  const auto refused =
      tests::error_of([&] { other.table<note>().embed_with<&note::place>(model, {.model = "large"}); });
  EXPECT_EQ(refused.code(), tidb::errc::usage);
  EXPECT_NE(refused.info().message.find("of the model \"small\" (3 dimensions, of \"text\"), not of \"large\""),
            std::string::npos)
      << refused.what();
  other.insert(note{.text = "whale"});
  EXPECT_EQ(model.seen(), sizes{}) << "what is refused is not bound";
  other.table<note>().embed_with<&note::place>(model, {.model = "large", .replace = true});
  EXPECT_EQ(tests::error_of([&] { bind({.model = "small"}); }).code(), tidb::errc::usage);
  bind({.model = "large"});
  bind();
}

TEST_P(embedding, a_column_is_of_its_texts_and_dimensions_too) {
  const auto pages = db().table<page>();
  const auto any = [](std::string_view) { return std::vector<float>{1, 1}; };
  pages.embed_with<&page::other, &page::title>(any, {.model = "m", .dimensions = 2});
  const auto is_refused = [](auto&& bind_again) { EXPECT_EQ(tests::error_of(bind_again).code(), tidb::errc::usage); };
  is_refused([&] { pages.embed_with<&page::other, &page::title>(any, {.model = "m", .dimensions = 3}); });
  is_refused([&] { pages.embed_with<&page::other, &page::text>(any, {.model = "m", .dimensions = 2}); });
  pages.embed_with<&page::place, &page::text>(any, {.model = "another column's"});
}

TEST_P(embedding, a_table_that_was_dropped_is_for_any_model) {
  bind({.model = "small"});
  db().create_table<note>(tidb::if_exists::overwrite);
  bind({.model = "large"});
  db().drop_table("notes");
  db().create_table<note>();
  bind({.model = "small"});
  const auto tables = db().list_tables();
  EXPECT_EQ(tables, (std::vector<std::string>{"notes", "pages"}));
}

TEST_P(embedding, a_model_without_a_name_leaves_nothing_in_the_database) {
  bind();
  db().insert(note{.text = "whale"});
  EXPECT_FALSE(db().has_table("_tidbxx_embedding"));
}

TEST_P(embedding, a_name_is_kept_outside_of_transactions) {
  db().transaction([&](tidb::transaction& tx) {
    EXPECT_EQ(
        tests::error_of([&] { tidb::table<note>(tx).embed_with<&note::place>(model, {.model = "small"}); }).code(),
        tidb::errc::usage);
    tidb::table<note>(tx).embed_with<&note::place>(model);
    tx.insert(note{.text = "whale"});
  });
  expect_places(1);
}

TEST_P(embedding, programs_that_begin_at_once_agree_on_the_model) {
  constexpr int programs = 4;
  std::atomic<int> bound = 0;
  std::vector<std::thread> all;
  for (int i = 0; i < programs; ++i)
    all.emplace_back([&] {
      try {
        const auto own = tidb::connect(url());
        own.table<note>().embed_with<&note::place>(model, {.model = "small"});
        ++bound;
      } catch (const tidb::error& failed) {
        ADD_FAILURE() << failed.what();
      }
    });
  for (auto& each : all) each.join();
  EXPECT_EQ(bound, programs);
  EXPECT_EQ(db().query<std::int64_t>("SELECT COUNT(*) FROM _tidbxx_embedding").value(), 1);
}

TEST_P(embedding, threads_write_with_one_model) {
  notes().embed_with<&note::place>([](std::string_view text) { return place_of(text); });
  std::vector<std::thread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j)
        db().insert(note{.text = std::string(static_cast<std::size_t>(i * 10 + j + 1), 'a')});
    });
  for (auto& each : all) each.join();
  expect_places(40);
}

TEST_P(embedding, an_index_has_the_vectors_that_were_made) {
  const tests::indexes_are_known_soon soon;
  bind();
  notes().create_vector_index<&note::place>({.metric = tidb::metric::l2});
  db().insert_many({note{.id = 1, .text = "whale"}, note{.id = 2, .text = "ant"}});
  notes().update().set(c<&note::text> = "a blue whale").where(c<&note::id> == 1).run();
  const auto hits = notes().search(place_of("a blue whale")).metric(tidb::metric::l2).limit(1).all();
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].row.id, 1);
  EXPECT_EQ(hits[0].distance, 0);
  EXPECT_TRUE(notes().check_index<&note::place>().ok());
}

RUN_ON_EACH_ENGINE(embedding);

}  // namespace
