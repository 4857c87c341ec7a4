#include "search/byte_stream.hpp"
#include "search/code_layout.hpp"
#include "search/coded_rows.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <optional>

namespace tidb::detail {

// A payload: magic, version, padded dimensions, number of runs; of each run partition, rows, keys, blocks, second codes
// and their factors, as they lie in memory. Version 2: also, after the factors, where the names of the keys end, and
// the names.

namespace {

constexpr std::uint32_t magic = 0x52565854;  // "TXVR"
constexpr std::uint32_t version = 1, version_with_names = 2;
constexpr std::size_t head_bytes = 16, run_head_bytes = 8;

/// Of so many rows of a run, from one of them on.
std::size_t bytes_of(code_layout layout, const coded_run& run, std::size_t first, std::size_t rows) {
  std::size_t names = 0;
  if (!run.names.empty() && rows > 0) {
    const auto ends = run.names.ends();
    names = rows * sizeof(std::uint32_t) + ends[first + rows - 1] - (first == 0 ? 0 : ends[first - 1]);
  }
  return run_head_bytes + rows * (sizeof(std::int64_t) + layout.padded + 2 * sizeof(float)) + names +
         code_layout::blocks(rows) * layout.block_bytes();
}

/// As many rows as fit, whole blocks of them where a block fits.
std::size_t rows_that_fit(code_layout layout, std::size_t bytes, const coded_run& run, std::size_t first) {
  const auto rows = run.rows() - first;
  const auto fits = [&](std::size_t some) { return bytes_of(layout, run, first, some) <= bytes; };
  if (fits(rows)) return rows;
  std::size_t blocks = 0;
  for (std::size_t step = std::bit_floor(rows / block_rows); step > 0; step /= 2)
    if ((blocks + step) * block_rows <= rows && fits((blocks + step) * block_rows)) blocks += step;
  if (blocks > 0) return blocks * block_rows;
  std::size_t some = std::min(rows, block_rows);
  while (some > 0 && !fits(some)) --some;
  return some;
}

/// Rows of a run that is written in parts.
coded_run part_of(code_layout layout, const coded_run& run, std::size_t first, std::size_t rows) {
  run_builder builder(layout, run.partition, rows);
  for (std::size_t slot = first; slot < first + rows; ++slot) builder.add(run, slot);
  return builder.finish();
}

class payload_writer {
public:
  payload_writer(code_layout layout, std::size_t max_bytes) : layout_(layout), max_bytes_(max_bytes) {}

  void add(const coded_run& run) {
    for (std::size_t first = 0; first < run.rows();) {
      const auto rows = room_for(run, first);
      if (first == 0 && rows == run.rows())
        write(run);
      else
        write(part_of(layout_, run, first, rows));
      first += rows;
    }
  }
  std::vector<std::string> take() {
    close();
    return std::move(payloads_);
  }

private:
  /// How many of the rows from one on come next: in this payload, or in a new one.
  std::size_t room_for(const coded_run& run, std::size_t first) {
    const auto left = max_bytes_ - std::min(max_bytes_, std::max(out_.size(), head_bytes));
    auto some = rows_that_fit(layout_, left, run, first);
    // parts of a block only where a payload has no room for a whole one
    if (runs_ != 0 && some < std::min(run.rows() - first, block_rows)) {
      close();
      some = rows_that_fit(layout_, max_bytes_ - std::min(max_bytes_, head_bytes), run, first);
    }
    if (some == 0)
      throw_usage("a row of " + std::to_string(layout_.padded) + " dimensions does not fit into a payload of " +
                  std::to_string(max_bytes_) + " bytes");
    return some;
  }
  void write(const coded_run& run) {
    if (runs_++ == 0) {
      out_.reserve(std::min(max_bytes_, std::size_t{1} << 20));
      for (const auto word :
           {magic, run.names.empty() ? version : version_with_names, static_cast<std::uint32_t>(layout_.padded), 0U})
        out_.put(word);
    }
    out_.put(run.partition);
    out_.put(static_cast<std::uint32_t>(run.rows()));
    out_.put_all(run.keys);
    out_.put_all(run.blocks);
    out_.put_all(run.second);
    out_.put_all(run.second_factors);
    if (run.names.empty()) return;
    out_.put_all(run.names.ends());
    out_.put_all(run.names.text());
  }
  void close() {
    if (runs_ == 0) return;
    auto bytes = out_.take();
    std::memcpy(bytes.data() + 3 * sizeof(runs_), &runs_, sizeof(runs_));
    payloads_.push_back(std::move(bytes));
    out_ = {};
    runs_ = 0;
  }

  code_layout layout_;
  std::size_t max_bytes_;
  byte_writer out_;
  std::uint32_t runs_{};
  std::vector<std::string> payloads_;
};

key_names read_names(byte_reader& in, std::size_t rows) {
  auto ends = in.get_all<std::vector<std::uint32_t>>(rows);
  if (!std::ranges::is_sorted(ends)) in.fail("has names that do not end");
  const auto text = in.get_all<std::vector<char>>(ends.back());
  return key_names::of(std::move(ends), std::string(text.begin(), text.end()));
}

coded_run read_run(byte_reader& in, code_layout layout, std::uint32_t partitions, bool has_names) {
  coded_run run;
  run.partition = in.get<std::uint32_t>();
  const std::size_t rows = in.get<std::uint32_t>();
  if (run.partition >= partitions) in.fail("names a partition that the model has not");
  if (rows == 0) in.fail("has a run without rows");
  run.keys = in.get_all<std::vector<std::int64_t>>(rows);
  run.blocks = in.get_all<aligned_vector<std::uint8_t>>(code_layout::blocks(rows) * layout.block_bytes());
  run.second = in.get_all<aligned_vector<std::int8_t>>(rows * layout.padded);
  run.second_factors = in.get_all<aligned_vector<float>>(rows * 2);
  if (has_names) run.names = read_names(in, rows);
  if (std::ranges::adjacent_find(run.keys, std::greater_equal<>{}) != run.keys.end()) in.fail("has keys out of order");
  return run;
}

}  // namespace

std::vector<std::string> to_payloads(const vector_model& model, std::span<const coded_run> runs,
                                     std::size_t max_bytes) {
  payload_writer writer({model.padded()}, max_bytes);
  for (const auto& run : runs) writer.add(run);
  return writer.take();
}

std::uint32_t first_partition_of(std::string_view payload) {
  return byte_reader(payload.substr(head_bytes), "the payload of a vector index").get<std::uint32_t>();
}

std::vector<coded_run> runs_from_payload(const vector_model& model, std::string_view payload) {
  byte_reader in(payload, "the payload of a vector index");
  if (in.get<std::uint32_t>() != magic) in.fail("is none");
  const auto found = in.get<std::uint32_t>();
  if (found != version && found != version_with_names)
    in.fail("has format " + std::to_string(found) + "; this library knows " + std::to_string(version_with_names));
  if (in.get<std::uint32_t>() != model.padded()) in.fail("has rows of other dimensions");
  const auto count = in.get<std::uint32_t>();
  std::vector<coded_run> runs;
  for (std::uint32_t i = 0; i < count; ++i)
    runs.push_back(read_run(in, {model.padded()}, model.partitions(), found == version_with_names));
  if (in.left() != 0) in.fail("has bytes behind its end");
  return runs;
}

}  // namespace tidb::detail
