// What docs/from-sqlalchemy-core.md shows beside SQLAlchemy's Core tutorial, on every engine.
#include "support/engines.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

using tidb::c;

// clang-format off
// [tables]
struct member {
  std::int64_t id{};
  std::string name{};
  std::optional<std::string> full_name{};
};
template <>
inline constexpr auto tidb::schema<member> = tidb::mapping("members",
    tidb::column<&member::id>(tidb::primary_key, tidb::auto_increment),
    tidb::column<&member::name>(tidb::varchar(30)),
    tidb::column<&member::full_name>());

struct mail {
  std::int64_t id{};
  std::int64_t owner{};
  std::string box{};
};
template <>
inline constexpr auto tidb::schema<mail> = tidb::mapping("mails",
    tidb::column<&mail::id>(tidb::primary_key, tidb::auto_increment),
    tidb::column<&mail::owner>(),
    tidb::column<&mail::box>(tidb::varchar(60)));
// [/tables]

// [cte-struct]
struct mail_count {
  std::int64_t owner{};
  std::int64_t mails{};
};
template <>
inline constexpr auto tidb::schema<mail_count> = tidb::mapping("mail_count",
    tidb::column<&mail_count::owner>(), tidb::column<&mail_count::mails>());
// [/cte-struct]
// clang-format on

namespace {

using names = std::vector<std::string>;

class sqlalchemy_core : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto& db = this->db();
    // clang-format off
    // [create]
    db.create_table<member>();
    db.create_table<mail>();
    // [/create]
    // [insert]
    auto anna = db.insert(member{.name = "anna", .full_name = "Ann Archer"});
    // [/insert]
    // [insert-many]
    std::vector<member> more{{.name = "bea", .full_name = "Bea Baker"},
                             {.name = "cem", .full_name = "Cem Cook"},
                             {.name = "dora"}};
    db.insert_many(more);
    // [/insert-many]
    // clang-format on
    anna_ = anna.id;
    bea_ = db.select(c<&member::id>).where(c<&member::name> == "bea").value();
    db.insert_many({mail{.owner = anna_, .box = "ann@a.example"}, mail{.owner = bea_, .box = "bea@b.example"},
                    mail{.owner = bea_, .box = "bea@power.example"}});
  }
  std::int64_t anna_{}, bea_{};
};

// clang-format off
TEST_P(sqlalchemy_core, rows_and_columns) {
  auto& db = this->db();
  // [select]
  auto one = db.select<member>().where(c<&member::name> == "anna").one();
  // [/select]
  EXPECT_EQ(one.full_name, "Ann Archer");
  // [columns]
  for (auto& [name, full_name] : db.select(c<&member::name>, c<&member::full_name>).all()) {
  // [/columns]
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(full_name || name == "dora");
  }
  // [label]
  auto titled = tidb::concat("Member: ", c<&member::name>).as("titled");
  auto all = db.select(titled).order_by(c<&member::name>).all();
  // [/label]
  EXPECT_EQ(all.front(), "Member: anna");
  // [text]
  auto as_text = db.select(tidb::raw<std::string>("'a phrase'"), c<&member::name>)
                     .order_by(c<&member::name>).all();
  // [/text]
  EXPECT_EQ(as_text.at(0), std::tuple("a phrase", "anna"));
  // [textual]
  auto textual = db.query<std::int64_t, std::string>("SELECT id, name FROM members WHERE name > ?", "b").all();
  // [/textual]
  EXPECT_EQ(textual.size(), 3U);
}

TEST_P(sqlalchemy_core, conditions_and_joins) {
  auto& db = this->db();
  // [where]
  auto mails = db.select(c<&mail::box>)
                   .join<member>(c<&member::id> == c<&mail::owner>)
                   .where(c<&member::name> == "bea" && c<&mail::box>.like("%power%"))
                   .all();
  // [/where]
  EXPECT_EQ(mails, names{"bea@power.example"});
  // [or]
  auto either = db.select<member>()
                    .where(c<&member::name> == "dora" ||
                           (c<&member::name>.in({"bea", "cem"}) && c<&member::full_name>.is_not_null()))
                    .all();
  // [/or]
  EXPECT_EQ(either.size(), 3U);
  // [outer-join]
  auto pairs = db.select<member, mail>()
                   .left_join<mail>(c<&mail::owner> == c<&member::id>)
                   .order_by(c<&member::id>)
                   .all();  // std::vector<std::tuple<member, std::optional<mail>>>
  // [/outer-join]
  EXPECT_EQ(pairs.size(), 5U);
  EXPECT_TRUE(std::ranges::any_of(pairs, [](const auto& pair) { return !std::get<1>(pair); }));
  // [alias]
  struct first;
  struct second;  // any two types tell the aliases apart
  using a = tidb::alias<mail, first>;
  using b = tidb::alias<mail, second>;
  auto both = db.select(c<&member::name>)
                  .join<a>(tidb::col<a, &mail::owner> == c<&member::id>)
                  .join<b>(tidb::col<b, &mail::owner> == c<&member::id>)
                  .where(tidb::col<a, &mail::box> == "bea@b.example" &&
                         tidb::col<b, &mail::box> == "bea@power.example")
                  .all();
  // [/alias]
  EXPECT_EQ(both, names{"bea"});
}

TEST_P(sqlalchemy_core, groups_and_orders) {
  auto& db = this->db();
  // [group]
  auto counts = db.select(c<&member::name>, tidb::count(c<&mail::id>))
                    .join<mail>(c<&mail::owner> == c<&member::id>)
                    .group_by(c<&member::name>)
                    .having(tidb::count(c<&mail::id>) > 1)
                    .all();
  // [/group]
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0], std::tuple("bea", 2));
  // [order]
  auto ordered = db.select(c<&member::name>)
                     .order_by(asc(c<&member::full_name>).nulls_last(), desc(c<&member::name>)).all();
  // [/order]
  EXPECT_EQ(ordered, (names{"anna", "bea", "cem", "dora"}));
}

TEST_P(sqlalchemy_core, subqueries_and_common_tables) {
  auto& db = this->db();
  // [cte]
  auto counted = tidb::select(c<&mail::owner>, tidb::count()).group_by(c<&mail::owner>);
  auto users = db.select(c<&member::name>, c<&mail_count::mails>)
                   .join<mail_count>(c<&mail_count::owner> == c<&member::id>)
                   .with<mail_count>(counted)
                   .order_by(c<&member::name>)
                   .all();
  // [/cte]
  ASSERT_EQ(users.size(), 2U);
  EXPECT_EQ(users[0], std::tuple("anna", 1));
  // [scalar]
  auto of_user = tidb::select(tidb::count(c<&mail::id>)).correlate<member>()
                     .where(c<&mail::owner> == c<&member::id>);
  auto with_count = db.select(c<&member::name>, scalar(of_user)).order_by(c<&member::name>).all();
  // [/scalar]
  EXPECT_EQ(std::get<1>(with_count.at(1)), 2);
  // [exists]
  auto has_mail = tidb::select(c<&mail::id>).correlate<member>()
                         .where(c<&mail::owner> == c<&member::id>);
  auto without = db.select(c<&member::name>).where(!exists(has_mail)).order_by(c<&member::name>).all();
  // [/exists]
  EXPECT_EQ(without, (names{"cem", "dora"}));
  // [union]
  auto bea_or_anna = db.select(c<&member::name>).where(c<&member::name> == "bea");
  bea_or_anna.union_all(tidb::select(c<&member::name>).where(c<&member::name> == "anna"))
              .order_by(c<&member::name>);
  // [/union]
  EXPECT_EQ(bea_or_anna.all(), (names{"anna", "bea"}));
}

TEST_P(sqlalchemy_core, functions_windows_and_casts) {
  auto& db = this->db();
  // [functions]
  auto longest = db.select(tidb::max(tidb::char_length(c<&member::name>))).value();  // std::optional
  auto lowered = db.select(tidb::func<std::string>("LOWER", "SOME Text")).value();
  // [/functions]
  EXPECT_EQ(longest, 4);
  EXPECT_EQ(lowered, "some text");
  // [window]
  auto by_user = tidb::window().partition_by(c<&mail::owner>).order_by(c<&mail::box>);
  auto numbered = db.select(row_number(by_user), c<&mail::box>)
                      .order_by(c<&mail::box>).all();
  // [/window]
  EXPECT_EQ(std::get<0>(numbered.at(2)), 2);
  // [cast]
  auto ids = db.select(tidb::cast<std::string>(c<&member::id>)).where(c<&member::id> == anna_).all();
  // [/cast]
  EXPECT_EQ(ids, names{std::to_string(anna_)});
}

TEST_P(sqlalchemy_core, inserts_from_selects_updates_and_deletes) {
  auto& db = this->db();
  // [insert-from]
  db.insert_from<mail, &mail::owner, &mail::box>(
      tidb::select(c<&member::id>, tidb::concat(c<&member::name>, "@mail.example")));
  // [/insert-from]
  EXPECT_EQ(db.count<mail>(), 7);
  // [update]
  auto matched = db.update<member>()
                     .set(c<&member::full_name> = tidb::concat("Member: ", c<&member::name>))
                     .where(c<&member::name> == "cem").run();
  // [/update]
  EXPECT_EQ(matched, 1U);
  // [correlated-update]
  auto first_mail = tidb::select(tidb::min(c<&mail::box>)).correlate<member>()
                        .where(c<&mail::owner> == c<&member::id>);
  db.update<member>().set(c<&member::full_name> = scalar(first_mail)).run();
  // [/correlated-update]
  EXPECT_EQ(db.select(c<&member::full_name>).where(c<&member::name> == "bea").value(), "bea@b.example");
  // [delete]
  auto deleted = db.erase<member>().where(c<&member::name> == "cem").run();
  // [/delete]
  EXPECT_EQ(deleted, 1U);
  // [upsert]
  std::vector<member> rows{{.id = bea_, .name = "bea", .full_name = "B. Baker"}, {.id = 900, .name = "fay"}};
  db.upsert(rows).set(c<&member::full_name> = inserted(c<&member::full_name>)).run();
  // [/upsert]
  EXPECT_EQ(db.select(c<&member::full_name>).where(c<&member::id> == bea_).value(), "B. Baker");
}

TEST_P(sqlalchemy_core, many_rows_at_once) {
  auto& db = this->db();
  // [insert-returning]
  auto made = db.insert(std::vector<member>{{.name = "gus"}, {.name = "hal"}});   // with their ids
  // [/insert-returning]
  EXPECT_EQ(made.at(1).id, db.select(c<&member::id>).where(c<&member::name> == "hal").value());
  // [update-many]
  for (auto& each : made) each.full_name = each.name + " of the many";
  db.update_many<&member::full_name>(made);           // by the primary key
  made.push_back({.name = "ida"});
  db.save_many(made);                                 // updates those that are there, inserts the others
  // [/update-many]
  EXPECT_EQ(db.select(c<&member::full_name>).where(c<&member::name> == "gus").value(), "gus of the many");
  EXPECT_EQ(db.select<member>().where(c<&member::name> == "ida").count(), 1);
}

TEST_P(sqlalchemy_core, rows_of_values_and_of_queries) {
  auto& db = this->db();
  // [tuple]
  auto found = db.select(c<&mail::box>)
                   .where(tuple_of(c<&mail::owner>, c<&mail::box>).in({{anna_, "ann@a.example"}, {bea_, "x"}})).all();
  // [/tuple]
  EXPECT_EQ(found, names{"ann@a.example"});
  // [any-all]
  auto boxes = tidb::select(c<&mail::box>).where(c<&mail::owner> == bea_);
  auto before = db.select(c<&mail::box>).where(c<&mail::box> < all_of(boxes)).all();
  auto behind = db.select(c<&mail::box>).where(c<&mail::box> > any_of(boxes)).all();
  // [/any-all]
  EXPECT_EQ(before, names{"ann@a.example"});
  EXPECT_EQ(behind, names{"bea@power.example"});
}

TEST_P(sqlalchemy_core, writes_of_several_tables) {
  auto& db = this->db();
  // [update-join]
  db.update<member>().join<mail>(c<&mail::owner> == c<&member::id>)
      .set(c<&member::full_name> = c<&mail::box>).where(c<&mail::box>.like("ann@%")).run();
  // [/update-join]
  EXPECT_EQ(db.select(c<&member::full_name>).where(c<&member::id> == anna_).value(), "ann@a.example");
  // [delete-join]
  db.erase<mail>().join<member>(c<&mail::owner> == c<&member::id>).where(c<&member::name> == "bea").run();
  // [/delete-join]
  EXPECT_EQ(db.count<mail>(), 1);
}

TEST_P(sqlalchemy_core, transactions) {
  auto& db = this->db();
  // [begin]
  db.transaction([&](tidb::transaction& tx) {
    tx.insert(member{.name = "eve"});
    tx.update<member>().set(c<&member::full_name> = "Eve Early").where(c<&member::name> == "eve").run();
  });
  // [/begin]
  EXPECT_EQ(db.select(c<&member::full_name>).where(c<&member::name> == "eve").value(), "Eve Early");
}
// clang-format on

RUN_ON_EACH_ENGINE(sqlalchemy_core);

}  // namespace
