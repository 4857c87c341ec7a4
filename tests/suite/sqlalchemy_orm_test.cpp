// What docs/from-sqlalchemy-orm.md shows beside SQLAlchemy's ORM tutorial, on every engine.
#include "support/engines.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

using tidb::c;

// clang-format off
namespace app {

// [structs]
struct address;

struct user {
  std::int64_t id{};
  std::string name{};
  std::optional<std::string> full_name{};
  tidb::one_to_many<address> addresses{};
};

struct address {
  std::int64_t id{};
  std::string email{};
  std::int64_t user_id{};
  tidb::many_to_one<user> owner{};
};

constexpr auto tidb_schema(tidb::of<user>) {
  return tidb::mapping("orm_users",
      tidb::column<&user::id>(tidb::primary_key, tidb::auto_increment),
      tidb::column<&user::name>(tidb::varchar(30)),
      tidb::column<&user::full_name>())
    .with(tidb::relate<&user::addresses, &address::user_id>(tidb::cascade::orphans));
}
constexpr auto tidb_schema(tidb::of<address>) {
  return tidb::mapping("orm_addresses",
      tidb::column<&address::id>(tidb::primary_key, tidb::auto_increment),
      tidb::column<&address::email>(),
      tidb::column<&address::user_id>(tidb::references<&user::id>()))
    .with(tidb::relate<&address::owner, &address::user_id>());
}
// [/structs]

// [tree]
struct node {
  std::int64_t id{};
  std::optional<std::int64_t> parent_id{};
  std::string data{};
  tidb::many_to_one<node> parent{};
  tidb::one_to_many<node> children{};
};
constexpr auto tidb_schema(tidb::of<node>) {
  return tidb::mapping("orm_nodes",
      tidb::column<&node::id>(tidb::primary_key, tidb::auto_increment),
      tidb::column<&node::parent_id>(tidb::references<&node::id>(), tidb::indexed),
      tidb::column<&node::data>())
    .with(tidb::relate<&node::parent, &node::parent_id>(),
          tidb::relate<&node::children, &node::parent_id>(tidb::cascade::remove));
}
// [/tree]

// [version]
struct article {
  std::int64_t id{};
  std::string text{};
  int version{};
};
constexpr auto tidb_schema(tidb::of<article>) {
  return tidb::mapping("orm_articles",
      tidb::column<&article::id>(tidb::primary_key),
      tidb::column<&article::text>(),
      tidb::column<&article::version>(tidb::row_version));
}
// [/version]

}  // namespace app

using app::address, app::user, app::node, app::article;

namespace {

using names = std::vector<std::string>;

class sqlalchemy_orm : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto& db = this->db();
    // [create]
    db.create_table<user>();
    db.create_table<address>();
    // [/create]
    // [add]
    tidb::session session(db);
    session.add(user{.name = "spongebob", .full_name = "Spongebob Squarepants",
                     .addresses = {address{.email = "spongebob@sea.example"}}});
    session.add(user{.name = "sandy", .full_name = "Sandy Cheeks",
                     .addresses = {address{.email = "sandy@sea.example"}, address{.email = "sandy@land.example"}}});
    session.add(user{.name = "patrick", .full_name = "Patrick Star"});
    session.commit();
    // [/add]
  }
};

TEST_P(sqlalchemy_orm, reading) {
  auto& db = this->db();
  names seen;
  // [select]
  tidb::session session(db);
  for (auto& one : session.query<user>().where(c<&user::name>.in({"spongebob", "sandy"})).all())
    seen.push_back(one->name);
  // [/select]
  EXPECT_EQ(seen, (names{"spongebob", "sandy"}));
  // [join]
  auto sandys = session.query<address>()
                    .join<user>(c<&address::user_id> == c<&user::id>)
                    .where(c<&user::name> == "sandy" && c<&address::email> == "sandy@sea.example")
                    .one();
  // [/join]
  EXPECT_EQ(sandys->owner->name, "sandy");
  // [get]
  auto first = session.get<user>(1);         // nullptr if there is none
  // [/get]
  EXPECT_EQ(first->name, "spongebob");
  // [count]
  auto users = session.query<user>().count();
  // [/count]
  EXPECT_EQ(users, 3);
}

TEST_P(sqlalchemy_orm, changing) {
  auto& db = this->db();
  tidb::session session(db);
  auto sandys = session.query<address>().where(c<&address::email> == "sandy@sea.example").one();
  // [change]
  auto patrick = session.query<user>().where(c<&user::name> == "patrick").one();
  patrick->addresses.add(address{.email = "patrickstar@sea.example"});
  sandys->email = "sandy_cheeks@sea.example";
  session.commit();
  // [/change]
  EXPECT_EQ(db.count<address>(), 4);
  // [state]
  patrick->full_name = "Patrick S.";
  bool is_dirty = session.is_changed(patrick);
  bool is_in_session = session.contains(patrick);
  // [/state]
  EXPECT_TRUE(is_dirty && is_in_session);
  // [rollback]
  session.rollback();                        // patrick->full_name is what it was
  // [/rollback]
  EXPECT_EQ(patrick->full_name, "Patrick Star");
  // [refresh]
  session.refresh(patrick);                  // reads the row now
  session.expire(patrick);                   // the next query or get that meets it reads over it
  // [/refresh]
  // [merge]
  auto merged = session.merge(user{.id = patrick->id, .name = "patrick", .full_name = "P. Star"});
  // [/merge]
  EXPECT_EQ(merged, patrick);
  // [flush]
  session.flush();                           // INSERT, UPDATE, DELETE: in the transaction, which goes on
  // [/flush]
  EXPECT_EQ(session.query<user>().where(c<&user::full_name> == "P. Star").count(), 1);
}

TEST_P(sqlalchemy_orm, deleting) {
  auto& db = this->db();
  tidb::session session(db);
  auto sandy = session.query<user>().where(c<&user::name> == "sandy").one();
  auto patrick = session.query<user>().where(c<&user::name> == "patrick").one();
  // [delete]
  sandy->addresses.remove(sandy->addresses[0]);   // an orphan: deleted
  session.flush();
  session.remove(patrick);                        // with the addresses that are patrick's
  session.commit();
  // [/delete]
  EXPECT_EQ(db.count<address>(), 2);
  EXPECT_EQ(db.count<user>(), 2);
}

TEST_P(sqlalchemy_orm, loading) {
  auto& db = this->db();
  tidb::session session(db);
  std::size_t count = 0;
  // [lazy]
  auto sandy = session.query<user>().where(c<&user::name> == "sandy").one();
  for (const auto& each : sandy->addresses)       // read here
    count += each->owner == sandy ? 1 : 0;
  // [/lazy]
  EXPECT_EQ(count, 2U);
  tidb::session other(db);
  // [selectin]
  auto users = other.query<user>().selectin<&user::addresses>().all();
  // [/selectin]
  EXPECT_EQ(users[1]->addresses.size(), 2U);
  // [joined]
  auto addresses = other.query<address>().joined<&address::owner>().order_by(c<&address::id>).all();
  // [/joined]
  EXPECT_EQ(addresses[0]->owner->name, "spongebob");
}

TEST_P(sqlalchemy_orm, trees) {
  auto& db = this->db();
  db.create_table<node>();
  // [tree-use]
  tidb::session session(db);
  auto root = session.add(node{.data = "root", .children = {node{.data = "left"}, node{.data = "right"}}});
  root->children[0]->children.add(node{.data = "leaf"});
  session.commit();
  auto all = session.query<node>().selectin<&node::children, &node::children>().all();
  // [/tree-use]
  EXPECT_EQ(all.size(), 4U);
  EXPECT_EQ(root->children[0]->children[0]->parent->parent, root);
}

TEST_P(sqlalchemy_orm, versions) {
  auto& db = this->db();
  db.create_table<article>();
  db.insert(article{1, "draft", 1});
  tidb::session session(db);
  auto draft = session.get<article>(1);
  session.commit();
  db.update<article>().set(c<&article::version> = 2).where(c<&article::id> == 1).run();
  bool told = false;
  // [stale]
  draft->text = "better";
  try {
    session.commit();
  } catch (const tidb::stale_object& who) {       // "the row 1 of `orm_articles` was changed by another …"
    told = std::string_view(who.what()).find("the row 1") != std::string_view::npos;
    session.rollback();
  }
  // [/stale]
  EXPECT_TRUE(told);
}

TEST_P(sqlalchemy_orm, units_of_work) {
  auto& db = this->db();
  // [unit]
  auto new_id = tidb::unit_of_work(db, [&](tidb::session& work) {
    auto sandy = work.query<user>().where(c<&user::name> == "sandy").for_update().one();
    sandy->full_name = "Sandra Cheeks";
    auto made = work.add(user{.name = "gary"});
    work.flush();
    return made->id;
  });
  // [/unit]
  EXPECT_EQ(db.select<user>().where(c<&user::id> == new_id).one().name, "gary");
}

TEST_P(sqlalchemy_orm, statements) {
  auto& db = this->db();
  // [bulk]
  tidb::session session(db);
  auto inside = session.transaction();            // what was changed is flushed first
  inside.insert_many({user{.name = "squidward"}, user{.name = "krabs"}});
  inside.update<user>().set(c<&user::full_name> = "?").where(c<&user::full_name>.is_null()).run();
  session.commit();
  // [/bulk]
  EXPECT_EQ(db.select<user>().where(c<&user::full_name> == "?").count(), 2);
}
// clang-format on

RUN_ON_EACH_ENGINE(sqlalchemy_orm);

}  // namespace
