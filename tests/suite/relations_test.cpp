// Relations between the objects of a session. The same on every engine.
#include "support/engines.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using tidb::c;

namespace {

struct post;
struct tag;

struct user {
  std::int64_t id{};
  std::string name{};
  tidb::one_to_many<post> posts{};
};

struct post {
  std::int64_t id{};
  std::int64_t author_id{};
  std::optional<std::int64_t> editor_id{};
  std::string title{};
  tidb::many_to_one<user> author{};
  tidb::many_to_one<user> editor{};
  tidb::many_to_many<tag> tags{};
};

struct tag {
  std::int64_t id{};
  std::string name{};
  tidb::many_to_many<post> posts{};
};

struct post_tag {
  std::int64_t post_id{}, tag_id{};
};

struct person {
  std::int64_t id{};
  std::optional<std::int64_t> friend_id{}, rival_id{};
  std::string name{};
  tidb::many_to_one<person> friend_{}, rival{};
};
constexpr auto tidb_schema(tidb::of<person>) {
  return tidb::mapping("rel_persons", tidb::column<&person::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&person::friend_id>(tidb::references<&person::id>()),
                       tidb::column<&person::rival_id>(tidb::references<&person::id>()), tidb::column<&person::name>())
      .with(tidb::relate<&person::friend_, &person::friend_id>(), tidb::relate<&person::rival, &person::rival_id>());
}

struct topic {
  std::int64_t id{};
  std::optional<std::int64_t> parent_id{};
  std::string name{};
  tidb::many_to_one<topic> parent{};
  tidb::one_to_many<topic> parts{};
};

constexpr auto tidb_schema(tidb::of<user>) {
  return tidb::mapping("rel_users", tidb::column<&user::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&user::name>(tidb::varchar(32), tidb::unique))
      .with(tidb::relate<&user::posts, &post::author_id>(tidb::cascade::orphans));
}
constexpr auto tidb_schema(tidb::of<post>) {
  return tidb::mapping("rel_posts", tidb::column<&post::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&post::author_id>(tidb::references<&user::id>()),
                       tidb::column<&post::editor_id>(tidb::references<&user::id>()), tidb::column<&post::title>())
      .with(tidb::relate<&post::author, &post::author_id>(), tidb::relate<&post::editor, &post::editor_id>(),
            tidb::relate<&post::tags, &post_tag::post_id, &post_tag::tag_id>());
}
constexpr auto tidb_schema(tidb::of<tag>) {
  return tidb::mapping("rel_tags", tidb::column<&tag::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&tag::name>(tidb::varchar(32), tidb::unique))
      .with(tidb::relate<&tag::posts, &post_tag::tag_id, &post_tag::post_id>());
}
constexpr auto tidb_schema(tidb::of<post_tag>) {
  return tidb::mapping("rel_post_tags",
                       tidb::column<&post_tag::post_id>(tidb::primary_key, tidb::references<&post::id>()),
                       tidb::column<&post_tag::tag_id>(tidb::primary_key, tidb::references<&tag::id>()));
}
constexpr auto tidb_schema(tidb::of<topic>) {
  return tidb::mapping("rel_topics", tidb::column<&topic::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&topic::parent_id>(tidb::references<&topic::id>()), tidb::column<&topic::name>())
      .with(tidb::relate<&topic::parent, &topic::parent_id>(), tidb::relate<&topic::parts, &topic::parent_id>());
}

class relations : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<user>();
    db().create_table<post>();
    db().create_table<tag>();
    db().create_table<post_tag>();
    db().create_table<topic>();
    db().insert_many({user{1, "ada"}, user{2, "bob"}});
    db().insert_many({post{1, 1, 2, "one"}, post{2, 1, {}, "two"}, post{3, 2, {}, "three"}});
    db().insert_many({tag{1, "red"}, tag{2, "green"}});
    db().insert_many({post_tag{1, 1}, post_tag{1, 2}, post_tag{3, 2}});
  }
  std::uint64_t statements() { return db().counters().statements; }
  post row(std::int64_t id) { return db().select<post>().where(c<&post::id> == id).one(); }
  template <class List>
  static std::vector<std::string> titles(const List& posts) {
    std::vector<std::string> made;
    for (const auto each : posts) made.push_back(each->title);
    return made;
  }
  static std::string message_of(const std::function<void()>& body) {
    try {
      body();
    } catch (const tidb::error& problem) {
      return problem.info().message;
    }
    return "nothing was thrown";
  }
};

using names = std::vector<std::string>;

TEST_P(relations, what_an_object_belongs_to_is_read_when_it_is_looked_at) {
  tidb::session work(db());
  const auto first = work.get<post>(1);
  const auto before = statements();
  EXPECT_EQ(first->author->name, "ada");
  EXPECT_EQ(first->author.get(), work.get<user>(1));
  EXPECT_EQ(statements(), before + 1);
  EXPECT_EQ(first->editor->name, "bob");
  EXPECT_FALSE(work.get<post>(2)->editor);
  EXPECT_NE(message_of([&] { (void)work.get<post>(2)->editor->name; }).find("leads to no object"), std::string::npos);
}

TEST_P(relations, a_list_is_read_once_in_the_order_of_keys) {
  tidb::session work(db());
  const auto ada = work.get<user>(1);
  EXPECT_EQ(titles(ada->posts), (names{"one", "two"}));
  const auto before = statements();
  EXPECT_EQ(ada->posts.size(), 2U);
  EXPECT_EQ(ada->posts[1]->author.get(), ada);
  EXPECT_EQ(statements(), before);
}

TEST_P(relations, selectin_reads_each_relation_of_all_in_one_statement) {
  tidb::session work(db());
  work.get<user>(99);  // the transaction has begun
  const auto before = statements();
  const auto users = work.query<user>().order_by(c<&user::id>).selectin<&user::posts, &post::tags>().all();
  EXPECT_EQ(statements(), before + 3);
  EXPECT_EQ(titles(users[0]->posts), (names{"one", "two"}));
  EXPECT_EQ(users[0]->posts[0]->tags.size(), 2U);
  EXPECT_TRUE(users[0]->posts[1]->tags.empty());
  EXPECT_EQ(users[1]->posts[0]->tags[0]->name, "green");
  EXPECT_EQ(statements(), before + 3);
}

TEST_P(relations, joined_reads_what_objects_belong_to_in_the_same_statement) {
  tidb::session work(db());
  work.get<user>(99);  // the transaction has begun
  const auto before = statements();
  const auto posts = work.query<post>()
                         .where(c<&post::title> != "none")
                         .order_by(c<&post::id>)
                         .joined<&post::author>()
                         .joined<&post::editor>()
                         .all();
  ASSERT_EQ(posts.size(), 3U);
  EXPECT_EQ(posts[0]->author->name, "ada");
  EXPECT_EQ(posts[0]->editor->name, "bob");
  EXPECT_FALSE(posts[1]->editor);
  EXPECT_EQ(posts[2]->author->name, "bob");
  EXPECT_EQ(statements(), before + 1);
}

TEST_P(relations, new_objects_come_with_those_that_belong_to_them) {
  tidb::session work(db());
  const auto red = work.get<tag>(1);
  const auto eve =
      work.add(user{.name = "eve", .posts = {post{.title = "four", .tags = {red}}, post{.title = "five"}}});
  EXPECT_EQ(titles(eve->posts), (names{"four", "five"}));
  EXPECT_EQ(eve->posts[0]->author.get(), eve);
  work.commit();
  EXPECT_EQ(row(eve->posts[0]->id).author_id, eve->id);
  EXPECT_EQ(titles(red->posts), (names{"one", "four"}));
}

TEST_P(relations, a_reference_sets_the_foreign_key_at_once_or_with_the_flush) {
  tidb::session work(db());
  const auto two = work.get<post>(2);
  two->editor = work.get<user>(2);
  EXPECT_EQ(two->editor_id, 2);
  const auto eve = work.add(user{.name = "eve"});
  two->editor = eve;
  EXPECT_EQ(two->editor.get(), eve);
  work.flush();
  EXPECT_EQ(two->editor_id, eve->id);
  two->editor = nullptr;
  EXPECT_EQ(two->editor_id, std::nullopt);
  work.commit();
  EXPECT_EQ(row(2).editor_id, std::nullopt);
  EXPECT_NE(message_of([&] { two->author = nullptr; }).find("cannot be NULL"), std::string::npos);
}

TEST_P(relations, a_foreign_key_that_is_changed_leads_elsewhere) {
  tidb::session work(db());
  const auto one = work.get<post>(1);
  EXPECT_EQ(one->author->name, "ada");
  EXPECT_EQ(work.get<user>(1)->posts.size(), 2U);
  one->author_id = 2;
  EXPECT_EQ(one->author->name, "bob");
  work.flush();
  EXPECT_EQ(work.get<user>(1)->posts.size(), 1U);
  EXPECT_EQ(titles(work.get<user>(2)->posts), (names{"one", "three"}));
}

TEST_P(relations, an_object_moves_from_list_to_list) {
  tidb::session work(db());
  const auto ada = work.get<user>(1), bob = work.get<user>(2);
  const auto one = ada->posts[0];
  bob->posts.add(one);
  EXPECT_EQ(one->author_id, 2);
  work.commit();
  EXPECT_EQ(titles(ada->posts), (names{"two"}));
  EXPECT_EQ(titles(bob->posts), (names{"one", "three"}));
}

TEST_P(relations, orphans_are_removed_where_the_relation_says_so) {
  tidb::session work(db());
  const auto ada = work.get<user>(1);
  ada->posts.remove(ada->posts[1]);
  EXPECT_EQ(ada->posts.size(), 1U);
  work.commit();
  EXPECT_EQ(db().count<post>(), 2);
}

TEST_P(relations, one_that_was_added_to_a_list_and_removed_is_in_it_no_more) {
  tidb::session work(db());
  const auto eve = work.add(user{.name = "eve"});
  work.remove(eve->posts.add(post{.title = "never"}));
  EXPECT_TRUE(eve->posts.empty());
  work.commit();
  EXPECT_TRUE(eve->posts.empty());
  EXPECT_EQ(db().count<post>(), 3);
}

TEST_P(relations, what_leaves_a_list_without_cascade_gets_no_parent) {
  tidb::session work(db());
  const auto root = work.add(topic{.name = "root", .parts = {topic{.name = "a"}, topic{.name = "b"}}});
  work.flush();
  const auto a = root->parts[0];
  root->parts.remove(a);
  work.commit();
  EXPECT_EQ(a->parent_id, std::nullopt);
  EXPECT_EQ(root->parts.size(), 1U);
  EXPECT_NE(message_of([&] { root->parts.remove(a); }).find("is not in `parts`"), std::string::npos);
}

TEST_P(relations, a_removed_object_takes_along_what_its_relations_say) {
  tidb::session work(db());
  work.get<post>(1)->editor = nullptr;
  work.remove(work.get<user>(1));
  work.commit();
  EXPECT_EQ(db().count<user>(), 1);
  EXPECT_EQ(db().count<post>(), 1);
  EXPECT_EQ(db().count<post_tag>(), 1);  // what is between goes, too
  EXPECT_EQ(db().count<tag>(), 2);
}

TEST_P(relations, parts_of_a_removed_object_stay_where_they_can_be_without) {
  tidb::session work(db());
  const auto root = work.add(topic{.name = "root", .parts = {topic{.name = "a"}}});
  work.commit();
  const auto a = root->parts[0];
  work.remove(root);
  work.commit();
  EXPECT_EQ(a->parent_id, std::nullopt);
  EXPECT_EQ(db().count<topic>(), 1);
}

TEST_P(relations, many_to_many_is_written_once_whichever_side_says_it) {
  tidb::session work(db());
  const auto two = work.get<post>(2);
  const auto blue = two->tags.add(tag{.name = "blue"});
  blue->posts.add(two);
  work.flush();
  EXPECT_EQ(titles(blue->posts), (names{"two"}));
  two->tags.remove(blue);
  two->tags.add(blue);
  const auto one = work.get<post>(1);
  one->tags.remove(work.get<tag>(1));
  work.commit();
  EXPECT_EQ(two->tags.size(), 1U);
  EXPECT_EQ(one->tags.size(), 1U);
  EXPECT_EQ(db().count<post_tag>(), 3);
}

TEST_P(relations, trees_are_written_parents_first_and_deleted_leaves_first) {
  tidb::session work(db());
  const auto root = work.add(topic{.name = "root"});
  auto at = root;
  for (int depth = 0; depth < 5; ++depth) at = at->parts.add(topic{.name = "deeper"});
  work.commit();
  EXPECT_EQ(db().count<topic>(), 6);
  tidb::session other(db());
  for (const auto& each : other.query<topic>().all()) other.remove(each);
  other.commit();
  EXPECT_EQ(db().count<topic>(), 0);
}

TEST_P(relations, a_circle_of_keys_that_may_be_null_is_written_and_deleted) {
  tidb::session work(db());
  const auto hen = work.add(topic{.name = "hen"}), egg = work.add(topic{.name = "egg"});
  hen->parent = egg;
  egg->parent = hen;
  work.commit();
  EXPECT_EQ(hen->parent_id, egg->id);
  EXPECT_EQ(egg->parent_id, hen->id);
  work.remove(hen);
  work.remove(egg);
  work.commit();
  EXPECT_EQ(db().count<topic>(), 0);
}

TEST_P(relations, given_keys_order_inserts_as_well) {
  tidb::session work(db());
  work.add(topic{.id = 101, .parent_id = 102, .name = "leaf"});
  work.add(topic{.id = 102, .parent_id = 103, .name = "middle"});
  work.add(topic{.id = 103, .name = "root"});
  work.commit();
  EXPECT_EQ(work.get<topic>(101)->parent->parent->name, "root");
}

TEST_P(relations, a_use_after_the_session_says_so) {
  std::shared_ptr<post> one;
  std::shared_ptr<user> ada;
  {
    tidb::session work(db());
    one = work.get<post>(1);
    ada = work.get<user>(1);
    EXPECT_EQ(ada->posts.size(), 2U);
  }
  EXPECT_NE(message_of([&] { (void)one->author->name; }).find("its session has ended"), std::string::npos);
  EXPECT_NE(message_of([&] { (void)ada->posts.size(); }).find("its session has ended"), std::string::npos);
  const post plain{};
  EXPECT_NE(message_of([&] { (void)plain.author.get(); }).find("of no session"), std::string::npos);
}

TEST_P(relations, a_copy_of_an_object_has_no_relations) {
  tidb::session work(db());
  const auto one = work.get<post>(1);
  (void)one->author.get();
  const post copy = *one;
  EXPECT_EQ(copy.title, "one");
  EXPECT_NE(message_of([&] { (void)copy.author.get(); }).find("is a copy"), std::string::npos);
  *one = post{1, 1, 2, "other"};  // the columns, and the relations stay the object's own
  EXPECT_EQ(one->author->name, "ada");
  work.commit();
  EXPECT_EQ(row(1).title, "other");
}

TEST_P(relations, a_rollback_forgets_what_was_linked) {
  tidb::session work(db());
  const auto ada = work.get<user>(1);
  const auto fresh = ada->posts.add(post{.title = "fresh"});
  work.flush();
  EXPECT_EQ(ada->posts.size(), 3U);
  work.rollback();
  EXPECT_EQ(ada->posts.size(), 2U);
  EXPECT_FALSE(work.contains(fresh));
  EXPECT_EQ(fresh->id, 0);
}

TEST_P(relations, circles_through_several_keys_of_one_row_are_written_and_deleted) {
  db().create_table<person>();
  tidb::session work(db());
  const auto ada = work.add(person{.name = "ada"}), bob = work.add(person{.name = "bob"});
  const auto eve = work.add(person{.name = "eve"});
  ada->friend_ = bob;
  ada->rival = eve;
  bob->friend_ = ada;
  bob->rival = ada;
  eve->friend_ = ada;
  work.commit();
  EXPECT_EQ(ada->rival->friend_, ada);
  EXPECT_EQ(bob->rival_id, ada->id);
  for (const auto& each : {ada, bob, eve}) work.remove(each);
  work.commit();
  EXPECT_EQ(db().count<person>(), 0);
}

TEST_P(relations, what_moved_to_a_new_parent_does_not_go_with_the_old_one) {
  tidb::session work(db());
  const auto ada = work.get<user>(1);
  const auto one = ada->posts[0], two = ada->posts[1];
  one->editor = nullptr;
  one->author = work.add(user{.name = "eve"});
  work.remove(ada);
  work.commit();
  EXPECT_TRUE(work.contains(one));
  EXPECT_FALSE(work.contains(two));
  EXPECT_EQ(row(1).author_id, one->author->id);
}

TEST_P(relations, values_with_new_objects_can_be_copied_assigned_and_sorted) {
  const user pattern{.name = "pattern", .posts = {post{.title = "first"}}};
  auto other = pattern;
  other.name = "other";
  other.posts = {post{.title = "second"}, post{.title = "third"}};
  std::vector<user> values{pattern, other};
  std::swap(values[0], values[1]);
  for (int turn = 0; turn < 2; ++turn) {
    tidb::session work(db());
    const auto added = work.add(values);
    work.flush();
    EXPECT_EQ(titles(added[0]->posts), (names{"second", "third"}));
    EXPECT_EQ(titles(added[1]->posts), (names{"first"}));
    work.rollback();
  }
}

TEST_P(relations, a_reference_is_taken_over_and_a_list_of_an_object_is_not_assigned) {
  tidb::session work(db());
  const auto one = work.get<post>(1), three = work.get<post>(3);
  one->author = three->author;
  EXPECT_EQ(one->author_id, 2);
  EXPECT_NE(message_of([&] { work.get<user>(1)->posts = {post{.title = "x"}}; }).find("add() and remove()"),
            std::string::npos);
}

TEST_P(relations, an_object_that_cannot_be_added_leaves_nothing) {
  tidb::session work(db()), elsewhere(db());
  const auto foreign = elsewhere.get<tag>(1);
  elsewhere.commit();
  EXPECT_THROW(work.add(user{.name = "eve", .posts = {post{.title = "bad", .tags = {foreign}}}}), tidb::usage_error);
  EXPECT_EQ(work.size(), 0U);
  work.commit();
  EXPECT_EQ(db().count<post>(), 3);
  const auto two = work.get<post>(2);
  const auto eve = work.add(user{.name = "eve"});
  two->author = eve;
  EXPECT_THROW(two->author = nullptr, tidb::usage_error);
  work.commit();
  EXPECT_EQ(row(2).author_id, eve->id);
}

TEST_P(relations, a_foreign_key_written_later_counts_and_not_the_object_before) {
  tidb::session work(db());
  const auto one = work.get<post>(1);
  one->author = work.add(user{.name = "eve"});
  one->author_id = 2;
  EXPECT_EQ(one->author->name, "bob");
  work.commit();
  EXPECT_EQ(row(1).author_id, 2);
}

TEST_P(relations, a_pair_that_is_there_already_is_not_written_again) {
  tidb::session work(db());
  work.get<post>(1)->tags.add(work.get<tag>(1));
  work.commit();
  EXPECT_EQ(db().count<post_tag>(), 3);
}

TEST_P(relations, lists_show_what_is_not_written_yet) {
  tidb::session work(db(), {.autoflush = false});
  const auto ada = work.get<user>(1), bob = work.get<user>(2);
  ada->posts.add(post{.title = "new"});
  work.get<post>(3)->author_id = 1;
  work.get<post>(2)->author = bob;
  EXPECT_EQ(titles(ada->posts), (names{"one", "three", "new"}));
  EXPECT_EQ(titles(bob->posts), (names{"two"}));
  work.get<tag>(1)->posts.remove(work.get<post>(1));
  EXPECT_EQ(work.get<post>(1)->tags.size(), 1U);
  work.commit();
  EXPECT_EQ(titles(ada->posts).size(), 3U);
  EXPECT_EQ(db().count<post_tag>(), 2);
}

TEST_P(relations, a_loop_over_a_list_goes_on_through_flushes_and_removals) {
  tidb::session work(db());
  const auto ada = work.get<user>(1);
  work.get<post>(1)->editor = nullptr;
  int seen = 0;
  for (const auto& each : ada->posts) {
    work.remove(each);
    work.flush();
    ada->posts.add(post{.title = "instead"});
    EXPECT_FALSE(ada->posts.empty());
    ++seen;
  }
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(titles(ada->posts), (names{"instead", "instead"}));
}

TEST_P(relations, a_removed_object_gets_nothing_more) {
  tidb::session work(db());
  const auto bob = work.get<user>(2);
  work.get<post>(1)->editor = nullptr;
  work.remove(bob);
  EXPECT_NE(message_of([&] { bob->posts.add(post{.title = "late"}); }).find("is removed"), std::string::npos);
  work.flush();
  EXPECT_NE(message_of([&] { bob->posts.add(post{.title = "later"}); }).find("is removed"), std::string::npos);
}

TEST_P(relations, a_forgotten_object_is_still_among_the_rows_of_its_parent) {
  tidb::session work(db());
  const auto ada = work.get<user>(1);
  EXPECT_EQ(ada->posts.size(), 2U);
  work.get<post>(1)->editor = nullptr;
  work.flush();
  work.forget(ada->posts[0]);
  work.remove(ada);
  work.commit();
  EXPECT_EQ(db().count<post>(), 1);
  const auto eve = work.add(user{.name = "eve"});
  work.add(post{.title = "hers", .author = eve});
  EXPECT_NE(message_of([&] { work.forget(eve); }).find("belongs to it"), std::string::npos);
}

RUN_ON_EACH_ENGINE(relations);

}  // namespace
