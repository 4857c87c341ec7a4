// The nearest large cities, by vector search: a place on the globe is a vector of length one, so the answers can be
// checked on any map. An optional URL says where to put the table; without one it is what TIDB_* in the environment or
// .env say, or the embedded ./tidbxx.db.
#include <tidbxx/tidbxx.hpp>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

using tidb::c;

// clang-format off
// [struct]
struct city {
  std::int64_t id{};
  std::string name{}, country{};
  std::int64_t population{};
  double latitude{}, longitude{};
  tidb::vector<3> place{};  ///< on the unit sphere
};

template <>
inline constexpr auto tidb::schema<city> = tidb::mapping("cities",
    tidb::column<&city::id>(tidb::primary_key, tidb::auto_increment),
    tidb::column<&city::name>(tidb::varchar(100)),
    tidb::column<&city::country>(tidb::varchar(2)),
    tidb::column<&city::population>(),
    tidb::column<&city::latitude>(),
    tidb::column<&city::longitude>(),
    tidb::column<&city::place>());
// [/struct]
// clang-format on

namespace {

/// The unit vector of a place in degrees.
tidb::vector<3> on_sphere(double latitude, double longitude) {
  const double north = latitude * std::numbers::pi / 180, east = longitude * std::numbers::pi / 180;
  return {static_cast<float>(std::cos(north) * std::cos(east)), static_cast<float>(std::cos(north) * std::sin(east)),
          static_cast<float>(std::sin(north))};
}

/// Along the great circle, from the straight line through the unit sphere, which is what l2 measures.
double kilometres(double chord) {
  constexpr double earth_radius = 6371;
  return 2 * earth_radius * std::asin(chord / 2);
}

/// Looks for the data upwards from the working directory, then from the program.
std::filesystem::path data_file(const char* program) {
  for (auto folder : {std::filesystem::current_path(), std::filesystem::absolute(program).parent_path()})
    for (; folder != folder.root_path(); folder = folder.parent_path())
      if (auto file = folder / "examples" / "data" / "cities.csv"; exists(file)) return file;
  throw std::runtime_error("there is no examples/data/cities.csv here or above: run this inside the source tree");
}

std::vector<city> read_cities(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<city> cities;
  std::string line;
  std::getline(stream, line);  // the columns' names
  while (std::getline(stream, line)) {
    std::istringstream fields(line);  // names in this file have no comma or quote
    city read;
    char comma{};
    std::getline(fields, read.name, ',');
    std::getline(fields, read.country, ',');
    if (!(fields >> read.population >> comma >> read.latitude >> comma >> read.longitude))
      throw std::runtime_error(file.string() + ": this is no city: " + line);
    read.place = on_sphere(read.latitude, read.longitude);
    cities.push_back(std::move(read));
  }
  return cities;
}

void print(const tidb::hit<city>& found) {
  fmt::print("  {:>5.0f} km  {} ({})\n", kilometres(found.distance), found.row.name, found.row.country);
}

void search(const tidb::client& db) {
  // [search]
  const auto cities = db.table<city>();

  const auto paris = cities.select().where(c<&city::name> == "Paris").one();
  fmt::print("The large cities nearest to Paris:\n");
  for (const auto& found :
       cities.search(paris.place).metric(tidb::metric::l2).where(c<&city::id> != paris.id).limit(5).all())
    print(found);

  const auto tokyo = cities.select().where(c<&city::name> == "Tokyo").one();
  fmt::print("Those nearest to Tokyo with over five million people:\n");
  for (const auto& found : cities.search(tokyo.place)
                               .metric(tidb::metric::l2)
                               .where(c<&city::population> > 5'000'000 && c<&city::id> != tokyo.id)
                               .limit(5)
                               .all())
    print(found);
  // [/search]
}

}  // namespace

int main(int argc, char** argv) try {
  const auto cities = read_cities(data_file(argv[0]));
  const auto db = argc > 1 ? tidb::connect(argv[1]) : tidb::connect();
  db.create_table<city>();  // an error if there is one: it is not ours to drop
  try {
    db.insert_many(cities);
    search(db);
  } catch (...) {
    db.drop_table<city>();
    throw;
  }
  db.drop_table<city>();
  fmt::print("({} cities of GeoNames, geonames.org, CC BY 4.0)\n", cities.size());
} catch (const tidb::error& problem) {
  const std::string_view text = problem.what();  // further lines tell the SQL, the server and the line of the program
  fmt::print(stderr, "cities: {}\n", text.substr(0, text.find('\n')));
  return 1;
} catch (const std::runtime_error& problem) {
  fmt::print(stderr, "cities: {}\n", problem.what());
  return 1;
}
