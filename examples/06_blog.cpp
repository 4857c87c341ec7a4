// Users, posts, tags and comments, which belong to one another in every way. An optional URL says where; without one it
// is what TIDB_* in the environment or .env say, or the embedded ./tidbxx.db.
#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

using tidb::c;

// clang-format off
namespace blog {

// [structs]
struct post;
struct tag;
struct comment;

struct user {
  std::int64_t id{};
  std::string name{};
  tidb::one_to_many<post> posts{};
};

struct post {
  std::int64_t id{};
  std::int64_t author_id{};
  std::string title{};
  tidb::many_to_one<user> author{};
  tidb::many_to_many<tag> tags{};
  tidb::one_to_many<comment> comments{};
};

struct tag {
  std::int64_t id{};
  std::string name{};
  tidb::many_to_many<post> posts{};
};

struct post_tag {  // the table between posts and tags
  std::int64_t post_id{}, tag_id{};
};

struct comment {
  std::int64_t id{};
  std::int64_t post_id{};
  std::optional<std::int64_t> answers_id{};
  std::string text{};
  tidb::many_to_one<comment> answers{};     // a comment may answer another
  tidb::one_to_many<comment> answered_by{};
};
// [/structs]

// [schemas]
constexpr auto tidb_schema(tidb::of<user>) {
  return tidb::mapping("blog_users",
      tidb::column<&user::id>(tidb::primary_key, tidb::auto_increment),
      tidb::column<&user::name>(tidb::varchar(32), tidb::unique))
    .with(tidb::relate<&user::posts, &post::author_id>(tidb::cascade::orphans));
}
constexpr auto tidb_schema(tidb::of<post>) {
  return tidb::mapping("blog_posts",
      tidb::column<&post::id>(tidb::primary_key, tidb::auto_increment),
      tidb::column<&post::author_id>(tidb::references<&user::id>()),
      tidb::column<&post::title>())
    .with(tidb::relate<&post::author, &post::author_id>(),
          tidb::relate<&post::tags, &post_tag::post_id, &post_tag::tag_id>(),
          tidb::relate<&post::comments, &comment::post_id>(tidb::cascade::remove));
}
constexpr auto tidb_schema(tidb::of<tag>) {
  return tidb::mapping("blog_tags",
      tidb::column<&tag::id>(tidb::primary_key, tidb::auto_increment),
      tidb::column<&tag::name>(tidb::varchar(32), tidb::unique))
    .with(tidb::relate<&tag::posts, &post_tag::tag_id, &post_tag::post_id>());
}
constexpr auto tidb_schema(tidb::of<post_tag>) {
  return tidb::mapping("blog_post_tags",
      tidb::column<&post_tag::post_id>(tidb::primary_key, tidb::references<&post::id>()),
      tidb::column<&post_tag::tag_id>(tidb::primary_key, tidb::references<&tag::id>()));
}
constexpr auto tidb_schema(tidb::of<comment>) {
  return tidb::mapping("blog_comments",
      tidb::column<&comment::id>(tidb::primary_key, tidb::auto_increment),
      tidb::column<&comment::post_id>(tidb::references<&post::id>()),
      tidb::column<&comment::answers_id>(tidb::references<&comment::id>()),
      tidb::column<&comment::text>())
    .with(tidb::relate<&comment::answers, &comment::answers_id>(),
          tidb::relate<&comment::answered_by, &comment::answers_id>(tidb::cascade::remove));
}
// [/schemas]

}  // namespace blog
// clang-format on

using blog::comment;
using blog::post;
using blog::post_tag;
using blog::tag;
using blog::user;

namespace {

void write_posts(const tidb::client& db) {
  // [write]
  tidb::session work(db);
  const auto news = work.add(tag{.name = "news"}), cpp = work.add(tag{.name = "c++"});
  const auto ada = work.add(
      user{.name = "ada",
           .posts = {post{.title = "Hello", .tags = {news}}, post{.title = "Templates", .tags = {cpp, news}}}});
  work.add(user{.name = "bob"});
  const auto question = ada->posts[0]->comments.add(comment{.text = "Who are you?"});
  const auto answer = ada->posts[0]->comments.add(comment{.text = "Ada."});
  answer->answers = question;  // its key is known when the question was inserted
  work.commit();
  // [/write]
  fmt::print("{} posts, {} tags, {} comments\n", db.count<post>(), db.count<tag>(), db.count<comment>());
}

void read_lazily(const tidb::client& db) {
  // [lazy]
  tidb::session work(db);
  const auto hello = work.query<post>().where(c<&post::title> == "Hello").one();
  fmt::print("{} by {}\n", hello->title, hello->author->name);  // the author is read here
  for (const auto& each : hello->comments)                      // and the comments here
    fmt::print("  {}{}\n", each->text, each->answers ? " (answers: " + each->answers->text + ")" : "");
  // [/lazy]
}

void read_eagerly(const tidb::client& db) {
  tidb::session work(db);
  const auto before = db.counters().reads;
  // [eager]
  const auto posts = work.query<post>()
                         .order_by(c<&post::id>)
                         .joined<&post::author>()  // in the same statement
                         .selectin<&post::tags>()  // one statement for the tags of all posts
                         .selectin<&post::comments, &comment::answers>()
                         .all();
  // [/eager]
  for (const auto& each : posts) {
    std::string tags;
    for (const auto& one : each->tags) tags += " #" + one->name;
    fmt::print("{} by {}:{}, {} comments\n", each->title, each->author->name, tags, each->comments.size());
  }
  fmt::print("read in {} statements\n", db.counters().reads - before);
}

void change_and_remove(const tidb::client& db) {
  // [change]
  tidb::session work(db);
  const auto ada = work.query<user>().where(c<&user::name> == "ada").one();
  const auto bob = work.query<user>().where(c<&user::name> == "bob").one();
  const auto news = work.query<tag>().where(c<&tag::name> == "news").one();
  const auto templates = ada->posts[1];
  templates->author = bob;       // moves to bob
  templates->tags.remove(news);  // deletes the row between
  work.remove(ada);              // with her other post and its comments
  work.commit();
  // [/change]
  fmt::print("{} has {} post, {} comments are left\n", bob->name, bob->posts.size(), db.count<comment>());
}

void drop_tables(const tidb::client& db) {
  db.drop_table<comment>();
  db.drop_table<post_tag>();
  db.drop_table<tag>();
  db.drop_table<post>();
  db.drop_table<user>();
}

}  // namespace

int main(int argc, char** argv) try {
  const auto db = argc > 1 ? tidb::connect(argv[1]) : tidb::connect();
  // an error if there is one of them: it is not ours to drop
  db.create_table<user>();
  db.create_table<post>();
  db.create_table<tag>();
  db.create_table<post_tag>();
  db.create_table<comment>();
  try {
    write_posts(db);
    read_lazily(db);
    read_eagerly(db);
    change_and_remove(db);
  } catch (...) {
    drop_tables(db);
    throw;
  }
  drop_tables(db);
} catch (const tidb::error& problem) {
  const std::string_view text = problem.what();  // further lines tell the SQL, the server and the line of the program
  fmt::print(stderr, "blog: {}\n", text.substr(0, text.find('\n')));
  return 1;
}
