// What docs/types.md shows, as one program; it runs on the embedded engine in memory, or on the URL given, and checks
// what the page says.
#include <tidbxx/tidbxx.hpp>

#include <chrono>
#include <iostream>
#include <source_location>
#include <stdexcept>
#include <string>

using tidb::c;
using namespace std::chrono_literals;

namespace {

void expect(bool holds, std::source_location where = std::source_location::current()) {
  if (!holds) throw std::runtime_error("types.cpp:" + std::to_string(where.line()) + ": this does not hold");
}

}  // namespace

// clang-format off
// [enum]
enum class status { open, paid, sent };
template <>
inline constexpr auto tidb::enum_labels<status> = tidb::labels<status>(
    {{status::open, "open"}, {status::paid, "paid"}, {status::sent, "sent"}});
// [/enum]

// [converter]
struct weight {
  double kilograms{};
};
template <>
struct tidb::converter<weight> {
  using stored = double;
  static double to_stored(const weight& item) { return item.kilograms; }
  static weight from_stored(const double& stored) { return {stored}; }
};
// [/converter]

// [struct]
struct sale {
  tidb::uuid id{};
  std::string country{};
  tidb::decimal price{};
  status state{};
  tidb::enum_set<status> history{};
  std::chrono::sys_seconds at{};
  std::chrono::milliseconds took{};
  weight parcel{};
};
template <>
inline constexpr auto tidb::schema<sale> = tidb::mapping("types_sales",
    tidb::column<&sale::id>(tidb::primary_key),           // BINARY(16)
    tidb::column<&sale::country>(tidb::char_(2)),         // CHAR(2)
    tidb::column<&sale::price>(tidb::numeric(10, 2)),     // DECIMAL(10,2)
    tidb::column<&sale::state>(),                         // ENUM('open','paid','sent')
    tidb::column<&sale::history>(),                       // SET('open','paid','sent')
    tidb::column<&sale::at>(tidb::datetime(0)),           // DATETIME
    tidb::column<&sale::took>(tidb::time(3)),             // TIME(3)
    tidb::column<&sale::parcel>());                       // DOUBLE
// [/struct]
// clang-format on

int main(int count, char** arguments) try {
  const auto db = tidb::connect(count > 1 ? arguments[1] : "sqlite::memory:");
  db.create_table<sale>(tidb::if_exists::overwrite);

  // [use]
  db.insert(sale{.id = tidb::uuid::random(),
                 .country = "DE",
                 .price = tidb::decimal("19.9"),
                 .state = status::paid,
                 .history = {status::open, status::paid},
                 .at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
                 .took = 1500ms,
                 .parcel = {2.5}});
  const auto dear = db.select<sale>()
                        .where(c<&sale::price> > tidb::decimal("19.89") && c<&sale::state> == status::paid)
                        .order_by(c<&sale::price>)
                        .all();
  std::cout << to_string(dear.at(0).price) << '\n';  // 19.90
  // [/use]
  expect(to_string(dear.at(0).price) == "19.90");
  expect(dear.at(0).history.contains(status::open) && !dear.at(0).history.contains(status::sent));
  expect(dear.at(0).took == 1500ms && dear.at(0).parcel.kilograms == 2.5);

  // [decimal]
  const tidb::decimal net("19.90");
  const tidb::decimal tax = (net * tidb::decimal("0.19")).rounded(2);  // 3.78: a half is rounded away from zero
  const tidb::decimal third = net.divided_by(3, 4);                    // 6.6333: a quotient names its scale
  const bool same = tidb::decimal("1.50") == tidb::decimal("1.5");     // true: equal as numbers
  // [/decimal]
  expect(to_string(tax) == "3.78" && to_string(third) == "6.6333" && same);

  db.drop_table<sale>();
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
