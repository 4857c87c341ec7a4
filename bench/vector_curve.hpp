// Measuring recall against rate, and what is printed and drawn of it.
#pragma once

#include "vector_peers.hpp"

#include <string>
#include <vector>

namespace bench {

struct curve_point {
  double effort{}, recall{}, rate{}, p50_us{}, p99_us{};
};

struct curve {
  std::string name;
  std::vector<curve_point> points;
};

/// Of this process, all threads: what all times here are measured in, for others may be using the machine.
double cpu_seconds();
/// All queries once, one after the other.
curve_point measure_queries(vector_engine& engine, const vector_data& data, std::span<const std::int64_t> truth);
/// At every effort, until all is found.
curve measure_curve(vector_engine& engine, const vector_data& data);
/// The least effort that reaches the recall; null if none does.
const curve_point* point_at(const curve& from, double recall);

double median(std::vector<double> numbers);
void print_table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);
void print_ratio(const std::string& name, double value, const std::string& want);
/// Recall against queries a second, and beside it the numbers, with .csv for .svg.
void draw(const std::string& file, const std::string& title, const std::vector<curve>& curves);

}  // namespace bench
