// Literals at random: what quote_value prints is what a parameter is, on every engine.
#include "support/engines.hpp"
#include "support/hostile.hpp"

#include <cstring>
#include <string>
#include <vector>

using tidb::value_kind;

namespace {

class literals_fuzz : public tests::on_each_engine {
protected:
  tidb::sql::dialect dialect() const { return embedded() ? tidb::sql::dialect::sqlite : tidb::sql::dialect::tidb; }

  /// The engines have no type for each kind: what a program reads it into decides.
  bool is_same(const tidb::value_view& cell, const tidb::value_view& item) const {
    switch (item.kind) {
    case value_kind::null: return cell.is_null();
    case value_kind::integer: return reads_as<std::int64_t>(cell) == item.integer;
    case value_kind::unsigned_integer: return reads_as<std::uint64_t>(cell) == item.unsigned_integer;
    case value_kind::real: return cell.kind == value_kind::real && std::memcmp(&cell.real, &item.real, 8) == 0;
    case value_kind::text:
    case value_kind::json: return cell.kind == value_kind::text && cell.text() == item.text();
    case value_kind::blob: return cell.kind == value_kind::blob && cell.text() == item.text();
    case value_kind::decimal: return reads_as<tidb::decimal>(cell) == tidb::decimal(item.text());
    case value_kind::vector: return embedded() ? cell.text() == item.text() : to_string(cell) == to_string(item);
    default: {
      std::int64_t count{};
      return tidb::detail::decode_count(cell, item.kind, count) == tidb::decode_result::ok && count == item.integer;
    }
    }
  }

private:
  template <class T>
  static T reads_as(const tidb::value_view& cell) {
    T out{};
    EXPECT_EQ(tidb::codec<T>::decode(cell, out), tidb::decode_result::ok);
    return out;
  }
};

TEST_P(literals_fuzz, literals_are_read_back_to_the_last_bit) {
  constexpr int together = 40;
  const auto seed = tests::fuzz_seed(1);
  const auto end = tests::is_replay() ? seed + 1 : seed + static_cast<std::uint64_t>(tests::count(50, 5000));
  for (auto at = seed; at < end; ++at) {
    tests::random_source random(at);
    std::vector<tidb::value> items;
    std::string sql;
    while (items.size() < together) {
      auto item = tests::random_value(random);
      const auto view = item.view();
      if (embedded() && view.kind == value_kind::unsigned_integer && view.unsigned_integer > INT64_MAX) continue;
      sql += (items.empty() ? "SELECT " : ", ") + tidb::sql::quote_value(view, dialect()) + " AS c" +
             std::to_string(items.size());
      items.push_back(std::move(item));
    }
    const auto row = db().query(sql).one();
    for (std::size_t i = 0; i < items.size(); ++i)
      ASSERT_TRUE(is_same(row[i].view(), items[i].view()))
          << "seed " << at << ": " << tidb::sql::quote_value(items[i], dialect()) << " came back as a "
          << to_string(row[i].view().kind) << ", " << to_string(row[i].view());
  }
}

RUN_ON_EACH_ENGINE(literals_fuzz);

}  // namespace
