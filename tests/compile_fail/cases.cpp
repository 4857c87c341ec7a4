#include <tidbxx/tidbxx.hpp>
using tidb::c;
struct player {
  std::int64_t id{};
  std::string name{};
  int coins{};
};
template <>
inline constexpr auto tidb::schema<player> =
    tidb::mapping("players", tidb::column<&player::id>(tidb::primary_key, tidb::auto_increment),
                  tidb::column<&player::name>(tidb::varchar(32)), tidb::column<&player::coins>());
struct note {
  std::int64_t id{};
  std::string text{};
};
template <>
inline constexpr auto tidb::schema<note> =
    tidb::mapping("notes", tidb::column<&note::id>(), tidb::column<&note::text>());
struct unmapped {
  int x{};
};
tidb::client& db();

// case: valid_queries_compile
void f() { (void)db().select<player>().where(c<&player::coins> > 1 && c<&player::name> == "x").all(); }

// case: text_does_not_compare_with_a_number
// expect: these two types cannot be compared
void f() { (void)(c<&player::name> == 3); }

// case: nothing_equals_null
// expect: nothing equals NULL: write c<...>.is_null()
void f() { (void)(c<&player::name> == std::nullopt); }

// case: a_column_of_another_table
// expect: a column of a table that is not in the statement
void f() { (void)db().select<player>().where(c<&note::id> == 1).all(); }

// case: order_by_a_column_of_another_table
// expect: a column of a table that is not in the statement
void f() { (void)db().select<player>().order_by(c<&note::id>).all(); }

// case: a_struct_without_a_schema
// expect: this struct has no schema
void f() { (void)db().select<unmapped>().all(); }

// case: a_member_without_a_column
// expect: this member is not among the columns
struct partly {
  int a{};
  int b{};
};
template <>
inline constexpr auto tidb::schema<partly> = tidb::mapping("p", tidb::column<&partly::a>());
void f() { (void)(c<&partly::b> == 1); }

// case: a_text_key_without_a_length
// expect: a text that is a key or unique needs a length: add tidb::varchar(n)
constexpr auto x = tidb::column<&note::text>(tidb::primary_key);

// case: arithmetic_on_text
// expect: arithmetic is for numbers
void f() { (void)(c<&player::name> + 1); }

// case: like_on_a_number
// expect: like and regexp are for text
void f() { (void)c<&player::coins>.like("x"); }

// case: a_number_as_a_condition
// expect: && and || join conditions
void f() { (void)(c<&player::coins> && c<&player::id> == 1); }

// case: null_into_a_column_that_forbids_it
// expect: this column cannot be NULL
void f() { (void)(c<&player::coins> = std::nullopt); }

// case: text_into_a_number_column
// expect: these two types cannot be compared
void f() { (void)(c<&player::coins> = "many"); }

// case: a_search_without_a_column_of_vectors
// expect: this table has no column of vectors to search
void f() { (void)db().table<player>().search({1, 2}).all(); }

// case: save_without_a_primary_key
// expect: save finds the row by its primary key
void f() { (void)db().save(note{}); }

// case: a_distance_from_a_number
// expect: a distance is between vectors
void f() { (void)cosine_distance(c<&player::coins>, {1, 2}); }

// case: a_vector_of_no_dimensions
// expect: N is between 1 and 16383
void f() { (void)db().query<tidb::vector<0>>("SELECT 1").all(); }

// case: a_pointer_is_no_column
// expect: this member's type cannot be a column
struct bad {
  int* p{};
};
constexpr auto x = tidb::column<&bad::p>();

// case: a_decimal_column_without_its_digits
// expect: a decimal needs its digits: add tidb::numeric(precision, scale)
struct priced {
  tidb::decimal price{};
};
constexpr auto x = tidb::column<&priced::price>();

// case: a_decimal_from_a_double
// expect: deleted
tidb::decimal price = 9.99;

// case: a_decimal_compares_with_decimals
// expect: a decimal compares with decimals and whole-number values: write tidb::decimal("1.5")
struct priced {
  tidb::decimal price{};
};
template <>
inline constexpr auto tidb::schema<priced> = tidb::mapping("p", tidb::column<&priced::price>(tidb::numeric(10, 2)));
void f() { (void)(c<&priced::price> > 9.5); }

// case: bytes_as_a_key_without_a_length
// expect: bytes that are a key or unique need a length: add tidb::varbinary(n)
struct token {
  tidb::blob key{};
};
constexpr auto x = tidb::column<&token::key>(tidb::primary_key);

// case: numeric_for_a_text
// expect: numeric is for tidb::decimal members
constexpr auto x = tidb::column<&note::text>(tidb::numeric(10, 2));

// case: timestamp_for_a_number
// expect: datetime and timestamp are for std::chrono::sys_time members
constexpr auto x = tidb::column<&player::coins>(tidb::timestamp);

// case: an_enum_without_labels
// expect: an enum with tidb::enum_labels
enum class color { red };
struct paint {
  color main{};
};
constexpr auto x = tidb::column<&paint::main>();

// case: a_label_that_is_there_twice
// expect: is not a constant expression
enum class color { red, green };
constexpr auto x = tidb::labels<color>({{color::red, "red"}, {color::green, "red"}});

// case: a_label_that_is_the_number_of_another
// expect: is not a constant expression
enum class color { red, green };
constexpr auto x = tidb::labels<color>({{color::red, "2"}, {color::green, "green"}});

// case: a_label_that_is_the_number_of_another_set
// expect: a label of a SET is the number of another set
enum class color { red, green };
template <>
inline constexpr auto tidb::enum_labels<color> = tidb::labels<color>({{color::red, "red"}, {color::green, "3"}});
constexpr tidb::enum_set<color> x;

// case: a_column_of_a_table_that_was_not_joined
// expect: this reads a column of a table that is not in the statement: join<Table>(...) it
void f() { (void)db().select(c<&player::id>, c<&note::text>).all(); }

// case: a_join_by_a_third_table
// expect: a column of a table that is not in the statement
struct third {
  std::int64_t id{};
};
template <>
inline constexpr auto tidb::schema<third> = tidb::mapping("thirds", tidb::column<&third::id>());
void f() { (void)db().select<player>().join<note>(c<&third::id> == c<&player::id>).all(); }

// case: a_list_of_another_type_from_a_query
// expect: these two types cannot be compared
void f() { (void)(c<&player::name>.in(tidb::select(c<&note::id>))); }

// case: a_query_of_two_columns_as_a_list
// expect: in() looks through a query of one column
void f() { (void)(c<&player::id>.in(tidb::select(c<&note::id>, c<&note::text>))); }

// case: a_union_of_other_rows
// expect: queries that are put together give rows of the same type
void f() {
  auto names = tidb::select(c<&player::name>);
  names.union_all(tidb::select(c<&player::id>));
}

// case: too_few_columns_to_insert
// expect: insert_from: the query has as many columns as it fills
void f() { (void)db().insert_from<player>(tidb::select(c<&note::id>, c<&note::text>)); }

// case: a_text_function_of_a_number
// expect: this function is for text
void f() { (void)upper(c<&player::id>); }

// case: a_sum_of_texts
// expect: this function is for numbers
void f() { (void)tidb::sum(c<&player::name>); }

// case: a_decimal_column_does_not_compare_with_a_column_of_integers
// expect: a decimal compares with decimals and whole-number values: write tidb::decimal("1.5")
struct priced {
  int coins{};
  tidb::decimal price{};
};
template <>
inline constexpr auto tidb::schema<priced> =
    tidb::mapping("prices", tidb::column<&priced::coins>(), tidb::column<&priced::price>(tidb::numeric(10, 2)));
void f() { (void)(c<&priced::coins> == c<&priced::price>); }

// case: a_choice_among_two_enums
// expect: these values have no type in common
enum class color { red };
enum class size { small };
template <>
inline constexpr auto tidb::enum_labels<color> = tidb::labels<color>({{color::red, "red"}});
template <>
inline constexpr auto tidb::enum_labels<size> = tidb::labels<size>({{size::small, "small"}});
void f() { (void)tidb::case_when(c<&player::id> == 1, color::red).otherwise(size::small); }

// case: an_object_without_a_primary_key
// expect: a session knows objects by their primary key, and this schema has none
void f(tidb::session& work) { (void)work.add(note{}); }

// case: a_relation_without_the_whole_key
// expect: relate<...>: name one member of the foreign key for each column of the primary key, in its order
struct seat {
  std::int64_t row{}, number{};
};
constexpr auto tidb_schema(tidb::of<seat>) {
  return tidb::mapping("seats", tidb::column<&seat::row>(tidb::primary_key),
                       tidb::column<&seat::number>(tidb::primary_key));
}
struct guest {
  std::int64_t id{}, row{};
  tidb::many_to_one<seat> place{};
};
constexpr auto tidb_schema(tidb::of<guest>) {
  return tidb::mapping("guests", tidb::column<&guest::id>(tidb::primary_key), tidb::column<&guest::row>())
      .with(tidb::relate<&guest::place, &guest::row>());
}
void f(tidb::session& work) { (void)work.query<guest>().all(); }

// case: a_list_joined
// expect: joined<...> is for a many_to_one: rows of many would repeat the others; use selectin<...>
struct branch {
  std::int64_t id{}, trunk{};
  tidb::one_to_many<branch> twigs{};
};
constexpr auto tidb_schema(tidb::of<branch>) {
  return tidb::mapping("branches", tidb::column<&branch::id>(tidb::primary_key), tidb::column<&branch::trunk>())
      .with(tidb::relate<&branch::twigs, &branch::trunk>());
}
void f(tidb::session& work) { (void)work.query<branch>().joined<&branch::twigs>().all(); }

// case: a_version_that_is_no_integer
// expect: row_version is for integer members that are not optional
constexpr auto x = tidb::column<&note::text>(tidb::row_version);

// case: valid_an_index_is_tracked_by_a_time
struct page {
  std::int64_t id{};
  tidb::vector<3> place{};
  std::chrono::sys_seconds changed{};
};
constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::id>(tidb::primary_key), tidb::column<&page::place>(),
                       tidb::column<&page::changed>());
}
void f() { db().table<page>().create_vector_index<&page::place>({.tracked_by = c<&page::changed>}); }

// case: an_index_that_is_tracked_by_no_time
// expect: tracked_by: the time of the last change is a TIMESTAMP or a DATETIME
struct page {
  std::int64_t id{};
  tidb::vector<3> place{};
};
constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::id>(tidb::primary_key), tidb::column<&page::place>());
}
void f() { db().table<page>().create_vector_index<&page::place>({.tracked_by = c<&page::id>}); }

// case: an_index_that_is_tracked_by_a_column_of_another_table
// expect: tracked_by: a column of another table
struct page {
  std::int64_t id{};
  tidb::vector<3> place{};
};
constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::id>(tidb::primary_key), tidb::column<&page::place>());
}
struct event {
  std::chrono::sys_seconds at{};
};
constexpr auto tidb_schema(tidb::of<event>) { return tidb::mapping("events", tidb::column<&event::at>()); }
void f() { db().table<page>().create_vector_index<&page::place>({.tracked_by = c<&event::at>}); }

// case: valid_a_model_of_texts
struct page {
  std::int64_t id{};
  std::string title{}, text{};
  tidb::vector<3> place{};
};
constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::id>(tidb::primary_key), tidb::column<&page::title>(),
                       tidb::column<&page::text>(), tidb::column<&page::place>());
}
tidb::vector<3> one(std::string_view);
std::vector<std::vector<float>> many(std::span<const std::string>);
void f() {
  db().table<page>().embed_with<&page::place, &page::text>(one);
  db().table<page>().embed_with<&page::place, &page::title, &page::text>(many, {.model = "m"});
}

// case: a_model_that_gives_no_vectors
// expect: embed_with takes a function from texts to vectors
struct page {
  std::int64_t id{};
  std::string title{}, text{};
  tidb::vector<3> place{};
};
constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::id>(tidb::primary_key), tidb::column<&page::title>(),
                       tidb::column<&page::text>(), tidb::column<&page::place>());
}
void f() {
  db().table<page>().embed_with<&page::place, &page::text>([](auto) { return 1; });
}

// case: a_model_of_one_of_several_texts
// expect: embed_with: this table has no column of text, or several
struct page {
  std::int64_t id{};
  std::string title{}, text{};
  tidb::vector<3> place{};
};
constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::id>(tidb::primary_key), tidb::column<&page::title>(),
                       tidb::column<&page::text>(), tidb::column<&page::place>());
}
tidb::vector<3> one(std::string_view);
void f() { db().table<page>().embed_with<&page::place>(one); }

// case: a_model_for_a_column_of_text
// expect: embed_with: the first member is a column of vectors
struct page {
  std::int64_t id{};
  std::string title{}, text{};
  tidb::vector<3> place{};
};
constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::id>(tidb::primary_key), tidb::column<&page::title>(),
                       tidb::column<&page::text>(), tidb::column<&page::place>());
}
tidb::vector<3> one(std::string_view);
void f() { db().table<page>().embed_with<&page::title, &page::text>(one); }

// case: a_model_of_numbers
// expect: embed_with: vectors are made of columns of text
struct page {
  std::int64_t id{};
  std::string title{}, text{};
  tidb::vector<3> place{};
};
constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::id>(tidb::primary_key), tidb::column<&page::title>(),
                       tidb::column<&page::text>(), tidb::column<&page::place>());
}
tidb::vector<3> one(std::string_view);
void f() { db().table<page>().embed_with<&page::place, &page::id>(one); }
