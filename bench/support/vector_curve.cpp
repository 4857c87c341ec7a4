#include "../vector_curve.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

#include <fmt/core.h>
#include <fmt/ostream.h>
#include <time.h>

namespace bench {

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

curve_point measure_queries(vector_engine& engine, const vector_data& data, std::span<const std::int64_t> truth) {
  std::vector<double> microseconds;
  std::vector<std::int64_t> found;
  std::size_t hits = 0, all = 0;
  double sum = 0;
  for (std::size_t q = 0; q < data.query_count(); ++q) {
    const double start = cpu_seconds();
    engine.search(data.query(q), found);
    microseconds.push_back((cpu_seconds() - start) * 1e6);
    sum += microseconds.back();
    for (const auto row : truth.subspan(q * neighbours, neighbours)) {
      if (row < 0) continue;
      ++all;
      hits += std::ranges::find(found, row) != found.end() ? 1 : 0;
    }
  }
  std::ranges::sort(microseconds);
  const auto count = microseconds.size();
  return {.effort = 0,
          .recall = static_cast<double>(hits) / static_cast<double>(all),
          .rate = static_cast<double>(count) / sum * 1e6,
          .p50_us = microseconds[count / 2],
          .p99_us = microseconds[count * 99 / 100]};
}

curve measure_curve(vector_engine& engine, const vector_data& data) {
  curve made{.name = engine.name(), .points = {}};
  for (const double effort : engine.efforts()) {
    engine.set_effort(effort);
    // the best of three: others may be using the machine
    auto best = measure_queries(engine, data, data.truth);
    for (int turn = 0; turn < 2; ++turn)
      if (const auto again = measure_queries(engine, data, data.truth); again.rate > best.rate) best = again;
    best.effort = effort;
    made.points.push_back(best);
    if (best.recall >= 0.99995) break;
  }
  return made;
}

const curve_point* point_at(const curve& from, double recall) {
  const auto found = std::ranges::find_if(from.points, [&](const auto& point) { return point.recall >= recall; });
  return found == from.points.end() ? nullptr : &*found;
}

double median(std::vector<double> numbers) {
  std::ranges::sort(numbers);
  return numbers.at(numbers.size() / 2);
}

void print_table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  const auto print = [](const std::vector<std::string>& cells) {
    for (const auto& cell : cells) fmt::print("| {} ", cell);
    fmt::print("|\n");
  };
  print(head);
  print(std::vector<std::string>(head.size(), "---"));
  for (const auto& row : rows) print(row);
  fmt::print("\n");
  std::fflush(stdout);
}

void print_ratio(const std::string& name, double value, const std::string& want) {
  fmt::print("ratio vector.{} {:.3g} want {}\n", name, value, want);
  std::fflush(stdout);
}

namespace {

constexpr double width = 760, height = 480, left = 70, right = 190, top = 40, bottom = 50;
constexpr double least_recall = 0.85;
constexpr const char* colours[] = {"#c0392b", "#2471a3", "#229954", "#b7950b"};

/// Nines side by side: 0.9, 0.99 and 0.999 are equally far from each other.
double x_of(double recall) {
  const auto nines = [](double found) { return -std::log10(std::max(1 - found, 2e-4)); };
  return left + (nines(recall) - nines(least_recall)) / (nines(0.9998) - nines(least_recall)) * (width - left - right);
}

struct scale {
  double low{}, high{};
  double y_of(double rate) const {
    return height - bottom - std::log(rate / low) / std::log(high / low) * (height - top - bottom);
  }
};

scale scale_of(const std::vector<curve>& curves) {
  scale made{1e9, 1};
  for (const auto& one : curves)
    for (const auto& point : one.points) {
      if (point.recall < least_recall) continue;
      made.low = std::min(made.low, point.rate * 0.9);
      made.high = std::max(made.high, point.rate * 1.1);
    }
  return made;
}

void draw_grid(std::ostream& out, const scale& rates) {
  for (const double recall : {0.9, 0.95, 0.98, 0.99, 0.995, 0.999})
    fmt::print(out,
               "<line x1='{0:.1f}' y1='{1}' x2='{0:.1f}' y2='{2}' stroke='#ddd'/><text x='{0:.1f}' y='{3}' "
               "text-anchor='middle'>{4}</text>\n",
               x_of(recall), top, height - bottom, height - bottom + 18, recall);
  for (double decade = 1; decade < rates.high; decade *= 10)
    for (const double step : {1., 2., 5.}) {
      const double rate = decade * step;
      if (rate < rates.low || rate > rates.high) continue;
      fmt::print(out,
                 "<line x1='{0}' y1='{1:.1f}' x2='{2}' y2='{1:.1f}' stroke='#ddd'/><text x='{3}' y='{4:.1f}' "
                 "text-anchor='end'>{5:.0f}</text>\n",
                 left, rates.y_of(rate), width - right, left - 8, rates.y_of(rate) + 4, rate);
    }
}

}  // namespace

void draw(const std::string& file, const std::string& title, const std::vector<curve>& curves) {
  std::ofstream out(file), table(file.substr(0, file.rfind('.')) + ".csv");
  if (!out || !table) throw std::runtime_error("cannot write " + file);
  fmt::print(table, "engine,effort,recall,queries_per_second,p50_us,p99_us\n");
  fmt::print(out,
             "<svg xmlns='http://www.w3.org/2000/svg' width='{}' height='{}' font-family='sans-serif' font-size='12'>\n"
             "<rect width='100%' height='100%' fill='white'/>\n<text x='{}' y='22' font-size='15'>{}</text>\n",
             width, height, left, title);
  const auto rates = scale_of(curves);
  draw_grid(out, rates);
  fmt::print(out, "<text x='{}' y='{}'>recall of the nearest ten</text><text x='{}' y='{}'>queries a second</text>\n",
             (width - right) / 2 - 40, height - 8, 8, top - 8);
  for (std::size_t c = 0; c < curves.size(); ++c) {
    const auto* colour = colours[c % std::size(colours)];
    std::string path;
    for (const auto& point : curves[c].points) {
      fmt::print(table, "{},{},{:.5f},{:.0f},{:.1f},{:.1f}\n", curves[c].name, point.effort, point.recall, point.rate,
                 point.p50_us, point.p99_us);
      if (point.recall < least_recall) continue;
      const double x = x_of(point.recall), y = rates.y_of(point.rate);
      path += fmt::format("{:.1f},{:.1f} ", x, y);
      fmt::print(out, "<circle cx='{:.1f}' cy='{:.1f}' r='3' fill='{}'/>\n", x, y, colour);
    }
    fmt::print(out, "<polyline points='{}' fill='none' stroke='{}' stroke-width='2'/>\n", path, colour);
    fmt::print(out, "<text x='{}' y='{}' fill='{}'>{}</text>\n", width - right + 12,
               top + 20 + 20 * static_cast<double>(c), colour, curves[c].name);
  }
  fmt::print(out, "</svg>\n");
}

}  // namespace bench
