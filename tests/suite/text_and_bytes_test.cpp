// Texts and bytes of every size, there and back, on every engine.
#include "support/engines.hpp"

#include <array>
#include <string>

using tidb::c;

namespace {

tidb::blob bytes_of(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

struct sizes {
  std::int64_t id{};
  std::string fixed{};
  std::string tiny{};
  std::string medium{};
  std::string large{};
  tidb::blob exact = bytes_of("abc");
  tidb::blob varying{};
  tidb::blob tiny_bytes{};
  tidb::blob medium_bytes{};
  tidb::blob large_bytes{};
  std::array<std::byte, 4> address{};
  friend bool operator==(const sizes&, const sizes&) = default;
};

constexpr auto tidb_schema(tidb::of<sizes>) {
  return tidb::mapping("sizes", tidb::column<&sizes::id>(tidb::primary_key),
                       tidb::column<&sizes::fixed>(tidb::char_(3)), tidb::column<&sizes::tiny>(tidb::tinytext),
                       tidb::column<&sizes::medium>(tidb::mediumtext), tidb::column<&sizes::large>(tidb::longtext),
                       tidb::column<&sizes::exact>(tidb::binary(3)), tidb::column<&sizes::varying>(tidb::varbinary(5)),
                       tidb::column<&sizes::tiny_bytes>(tidb::tinyblob),
                       tidb::column<&sizes::medium_bytes>(tidb::mediumblob),
                       tidb::column<&sizes::large_bytes>(tidb::longblob), tidb::column<&sizes::address>());
}

struct token {
  tidb::blob key{};
  std::string country{};
};

constexpr auto tidb_schema(tidb::of<token>) {
  return tidb::mapping("tokens", tidb::column<&token::key>(tidb::primary_key, tidb::varbinary(16)),
                       tidb::column<&token::country>(tidb::char_(2), tidb::unique));
}

class text_and_bytes : public tests::on_each_engine {
protected:
  void expect_refused(const sizes& row, const char* column) {
    const auto error = tests::error_of([&] { db().insert(row); });
    EXPECT_TRUE(error.code() == tidb::errc::constraint || error.code() == tidb::errc::usage) << error.what();
    EXPECT_NE(std::string(error.what()).find(column), std::string::npos) << error.what();
  }
};

TEST_P(text_and_bytes, every_size_comes_back_whole) {
  db().create_table<sizes>();
  const std::string odd("\0\xFF'\\ ", 5);
  sizes row{.id = 1, .fixed = "äö€", .tiny = std::string(255, 'x'), .medium = std::string(70'000, 'y')};
  row.large = std::string(70'000, 'z');
  row.exact = bytes_of(odd.substr(0, 3));
  row.varying = bytes_of(odd);
  row.tiny_bytes = tidb::blob(255, std::byte{1});
  row.medium_bytes = tidb::blob(70'000, std::byte{2});
  row.large_bytes = tidb::blob(70'000, std::byte{3});
  row.address = {std::byte{192}, std::byte{168}, std::byte{0}, std::byte{1}};
  db().insert(row);
  db().insert(sizes{.id = 2});
  EXPECT_EQ(db().select<sizes>().where(c<&sizes::id> == 1).one(), row);
  EXPECT_EQ(db().select<sizes>().where(c<&sizes::id> == 2).one(), (sizes{.id = 2}));
  EXPECT_EQ(db().select<sizes>().where(c<&sizes::varying> == row.varying && c<&sizes::address> == row.address).count(),
            1);
}

TEST_P(text_and_bytes, what_is_longer_than_its_column_is_refused_and_named) {
  db().create_table<sizes>();
  expect_refused({.id = 1, .fixed = "abcd"}, "fixed");
  expect_refused({.id = 1, .tiny = std::string(256, 'x')}, "tiny");
  expect_refused({.id = 1, .varying = tidb::blob(6)}, "varying");
  expect_refused({.id = 1, .tiny_bytes = tidb::blob(256)}, "tiny_bytes");
  EXPECT_EQ(db().count<sizes>(), 0);
}

TEST_P(text_and_bytes, what_its_column_would_pad_or_cut_is_refused_and_named) {
  db().create_table<sizes>();
  expect_refused({.id = 1, .fixed = "a "}, "fixed");
  expect_refused({.id = 1, .exact = tidb::blob(2)}, "exact");
  expect_refused({.id = 1, .exact = tidb::blob(4)}, "exact");
  db().insert(sizes{.id = 1, .fixed = " a"});
  EXPECT_THROW(db().update<sizes>().set(c<&sizes::fixed> = "b "), tidb::usage_error);
  EXPECT_EQ(db().select<sizes>().one().fixed, " a");
}

TEST_P(text_and_bytes, keys_may_be_bytes_and_fixed_texts) {
  db().create_table<token>();
  db().insert(token{bytes_of("k1"), "DE"});
  EXPECT_THROW(db().insert(token{bytes_of("k1"), "FR"}), tidb::constraint_violation);
  EXPECT_THROW(db().insert(token{bytes_of("k2"), "DE"}), tidb::constraint_violation);
  db().save(token{bytes_of("k1"), "FR"});
  EXPECT_EQ(db().select<token>().where(c<&token::key> == bytes_of("k1")).one().country, "FR");
}

TEST_P(text_and_bytes, bytes_of_another_length_are_refused_when_they_are_read) {
  db().create_table<sizes>();
  db().insert(sizes{.id = 1, .varying = bytes_of("abc")});
  const auto error =
      tests::error_of([&] { (void)db().query<std::array<std::byte, 4>>("SELECT `varying` FROM sizes").value(); });
  EXPECT_EQ(error.code(), tidb::errc::decode);
  EXPECT_NE(std::string(error.what()).find("3 bytes do not fit 4 bytes"), std::string::npos) << error.what();
}

TEST_P(text_and_bytes, lengths_that_tidb_does_not_have_are_refused) {
  const auto refused = [&](tidb::column_type type) {
    const auto error = tests::error_of([&] { db().create_table({.name = "t", .columns = {{"a", type}}}); });
    EXPECT_EQ(error.code(), tidb::errc::usage) << error.what();
    EXPECT_NE(std::string(error.what()).find("\"a\""), std::string::npos) << error.what();
  };
  using enum tidb::type_kind;
  for (auto kind : {char_, binary, varbinary, bit, decimal}) refused({kind});
  refused({char_, false, 256});
  refused({binary, false, 256});
  refused({varbinary, false, 65'536});
  refused({bit, false, 65});
  refused({decimal, false, 66});
  refused({decimal, false, 40, 31});
  refused({decimal, false, 2, 3});
  refused({datetime, false, 0, 7});
  refused({enumeration});
}

RUN_ON_EACH_ENGINE_AND_TLS(text_and_bytes);

}  // namespace
