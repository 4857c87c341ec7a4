#include "search/vector_model.hpp"

#include "search/byte_stream.hpp"
#include "search/code_layout.hpp"
#include "search/random.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace tidb::detail {

namespace {

constexpr std::uint32_t magic = 0x4D565854, version = 1;  // "TXVM"
constexpr std::uint32_t most_dimensions = 16'383, most_partitions = 1U << 20;

// Below this one partition is scanned as fast as some of them are found.
constexpr std::uint64_t least_rows_to_part = 8'000;
// Of the sample: rows a centre is the mean of, and queries that are tried against rows.
constexpr std::size_t rows_per_partition = 32;

std::size_t calibration_queries(std::uint64_t rows) { return rows < 200'000 ? 384 : 1024; }

/// What is found near a query in few rows lies farther than in all: so more of a larger table.
std::size_t calibration_rows(std::uint64_t rows) {
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(rows / 8, 16'384, 65'536));
}

std::uint32_t partitions_for(std::uint64_t rows, std::size_t sample) {
  if (rows < least_rows_to_part) return 1;
  const auto wish = static_cast<std::size_t>(1.25 * std::sqrt(static_cast<double>(rows))) / 32 * 32;
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(std::min(wish, sample / 16), 1, most_partitions));
}

/// NaN and infinity never get here from a table; in damaged bytes they would make every comparison false.
bool all_finite(std::span<const float> numbers) {
  return std::ranges::all_of(numbers, [](float number) { return std::isfinite(number); });
}

std::vector<float> mean_of(std::span<const float> sample, std::size_t dimensions) {
  std::vector<double> sums(dimensions);
  const auto rows = sample.size() / dimensions;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < dimensions; ++i) sums[i] += sample[row * dimensions + i];
  std::vector<float> mean;
  mean.reserve(dimensions);
  for (const double sum : sums) mean.push_back(rows == 0 ? 0 : static_cast<float>(sum / static_cast<double>(rows)));
  return mean;
}

double square_of(std::span<const float> vector) {
  // four sums, so that an addition need not wait for the one before
  double sums[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= vector.size(); i += 4)
    for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += double{vector[i + lane]} * vector[i + lane];
  for (; i < vector.size(); ++i) sums[0] += double{vector[i]} * vector[i];
  return sums[0] + sums[1] + sums[2] + sums[3];
}

void check(const model_options& options) {
  if (options.by == metric::l1)
    throw_usage("a vector index has no L1 distance; use L2, cosine or the inner product, or search without an index");
  if (options.dimensions == 0 || options.dimensions > most_dimensions)
    throw_usage("a vector index has 1 to " + std::to_string(most_dimensions) + " dimensions, not " +
                std::to_string(options.dimensions));
}

}  // namespace

vector_model::vector_model(const model_options& options)
    : options_(options), rotation_(options.dimensions, options.seed) {}

void vector_model::set_table(partition_table table) {
  partitions_ = std::move(table);
  double sum = 0;
  for (std::uint32_t p = 0; p < partitions_.count(); ++p) sum += partitions_.square(p) + partitions_.spread(p);
  const auto length = static_cast<float>(std::sqrt(sum / partitions_.count()));
  typical_length_ = length > 0 && std::isfinite(length) ? length : 1;
}

std::shared_ptr<const vector_model> vector_model::train(const model_options& options, std::span<const float> sample,
                                                        std::uint64_t rows, unsigned threads) {
  check(options);
  const std::size_t size = sample.size() / options.dimensions;
  std::shared_ptr<vector_model> made(new vector_model(options));
  if (options.by == metric::l2) made->middle_ = mean_of(sample, options.dimensions);

  const auto partitions = partitions_for(rows, size);
  random_numbers random(options.seed ^ 0x5DEECE66DU);
  const auto chosen = choose(
      std::max(rows_per_partition * partitions, calibration_rows(rows)) + calibration_queries(rows), size, random);
  const std::size_t padded = made->padded();
  aligned_vector<float> prepared(chosen.size() * padded);
  std::size_t fine = 0;
  for (const auto row : chosen)
    if (made->prepare(sample.subspan(row * options.dimensions, options.dimensions), prepared.data() + fine * padded))
      ++fine;
  const auto first = [&](std::size_t count) { return std::span(prepared).first(std::min(count, fine) * padded); };
  made->set_table(
      find_partitions(made->padded(), first(rows_per_partition * partitions), partitions, random.next(), threads));
  // The queries come from the end: centres that are means of these very rows would be too near to them.
  const auto queries = std::min(fine / 2, calibration_queries(rows));
  made->reach_ = calibrate(*made, first(calibration_rows(rows)),
                           std::span(prepared).subspan((fine - queries) * padded, queries * padded), threads);
  return made;
}

bool vector_model::prepare(std::span<const float> vector, float* out) const {
  std::ranges::copy(vector, out);
  std::fill(out + vector.size(), out + padded(), 0.F);
  if (options_.by == metric::l2)
    for (std::size_t i = 0; i < vector.size(); ++i) out[i] -= middle_[i];
  if (options_.by == metric::cosine) {
    const double square = square_of(vector);
    if (!(square > 0)) return false;
    const auto shrink = static_cast<float>(1 / std::sqrt(square));
    // a vector so short that float32 cannot say by how much to stretch it
    if (!std::isfinite(shrink)) return false;
    for (std::size_t i = 0; i < vector.size(); ++i) out[i] *= shrink;
  }
  rotation_.apply(out);
  return true;
}

std::uint32_t vector_model::assign(std::span<const float> vector) const {
  aligned_vector<float> prepared(padded());
  std::uint32_t found = 0;
  if (prepare(vector, prepared.data())) partitions_.assign(prepared.data(), 1, &found);
  return found;
}

std::size_t vector_model::bytes_per_row() const { return code_layout{padded()}.row_bytes(); }

std::string vector_model::bytes() const {
  byte_writer out;
  out.put(magic);
  out.put(version);
  out.put(options_.dimensions);
  out.put(static_cast<std::uint32_t>(options_.by));
  out.put(options_.seed);
  out.put(partitions_.count());
  out.put_all(middle_);
  for (std::uint32_t p = 0; p < partitions_.count(); ++p) {
    out.put_all(std::span(partitions_.centre(p), padded()));
    out.put(partitions_.spread(p));
  }
  out.put(reach_.all());
  return out.take();
}

std::shared_ptr<const vector_model> vector_model::from_bytes(std::string_view bytes) {
  byte_reader in(bytes, "the model of a vector index");
  if (in.get<std::uint32_t>() != magic) in.fail("is none");
  if (const auto found = in.get<std::uint32_t>(); found != version)
    in.fail("has format " + std::to_string(found) + "; this library knows " + std::to_string(version));
  model_options options;
  options.dimensions = in.get<std::uint32_t>();
  const auto by = in.get<std::uint32_t>();
  options.seed = in.get<std::uint64_t>();
  const auto count = in.get<std::uint32_t>();
  if (options.dimensions == 0 || options.dimensions > most_dimensions) in.fail("has impossible dimensions");
  if (by > static_cast<std::uint32_t>(metric::negative_inner_product) || by == static_cast<std::uint32_t>(metric::l1))
    in.fail("is for a metric that this library does not know");
  if (count == 0 || count > most_partitions) in.fail("has an impossible number of partitions");
  options.by = static_cast<metric>(by);

  std::shared_ptr<vector_model> made(new vector_model(options));
  if (options.by == metric::l2) made->middle_ = in.get_all<std::vector<float>>(options.dimensions);
  const std::size_t padded = made->padded();
  if (in.left() / sizeof(float) / (padded + 1) < count) in.fail("is cut off");
  aligned_vector<float> centres;
  std::vector<float> spreads;
  for (std::uint32_t p = 0; p < count; ++p) {
    const auto centre = in.get_all<std::vector<float>>(padded);
    centres.insert(centres.end(), centre.begin(), centre.end());
    spreads.push_back(in.get<float>());
  }
  if (!all_finite(made->middle_) || !all_finite(centres) || !all_finite(spreads)) in.fail("has numbers that are none");
  made->set_table({made->padded(), std::move(centres), std::move(spreads)});
  made->reach_ = search_reach(in.get<search_reach::table>());
  if (in.left() != 0) in.fail("has bytes behind its end");
  return made;
}

}  // namespace tidb::detail
