#include "search/stored_rows.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>
#include <string>

namespace tidb::detail {

namespace {

std::vector<std::int64_t> keys_in(std::string_view payload) {
  if (payload.size() % sizeof(std::int64_t) != 0) throw damaged_index("a block of keys has a wrong length");
  std::vector<std::int64_t> keys(payload.size() / sizeof(std::int64_t));
  std::memcpy(keys.data(), payload.data(), payload.size());
  return keys;
}

std::vector<coded_run> runs_of(index_blocks& blocks, const vector_model& model, std::span<const std::string> names) {
  std::vector<coded_run> all;
  for (const auto& name : names)
    blocks.read(name, [&](std::string_view payload) {
      std::ranges::move(runs_in(model, name, payload), std::back_inserter(all));
    });
  return all;
}

}  // namespace

std::shared_ptr<const vector_model> load_model(index_blocks& blocks, const index_manifest& of) {
  std::string bytes;
  for (const auto& name : of.model) blocks.read(name, [&](std::string_view payload) { bytes += payload; });
  try {
    auto model = vector_model::from_bytes(bytes);
    if (model->dimensions() == of.of.dimensions && model->by() == of.by) return model;
  } catch (const malformed_index& why) {
    throw damaged_index(std::string("its model does not read: ") + why.what());
  }
  throw damaged_index("its model is not one of this column");
}

std::vector<coded_run> runs_in(const vector_model& model, std::string_view name, std::string_view payload) {
  try {
    return runs_from_payload(model, payload);
  } catch (const malformed_index& why) {
    throw damaged_index("block " + std::string(name) + " holds no rows: " + why.what());
  }
}

std::vector<std::int64_t> gone_in(index_blocks& blocks, const index_segment& segment) {
  std::vector<std::int64_t> keys;
  for (const auto& name : segment.gone)
    blocks.read(name, [&](std::string_view payload) {
      const auto some = keys_in(payload);
      keys.insert(keys.end(), some.begin(), some.end());
    });
  return keys;
}

std::shared_ptr<const vector_snapshot> with_segment(const std::shared_ptr<const vector_snapshot>& before,
                                                    index_blocks& blocks, const index_segment& segment,
                                                    std::vector<std::int64_t>* gone) {
  const auto keys = gone_in(blocks, segment);
  if (gone != nullptr) gone->insert(gone->end(), keys.begin(), keys.end());
  return before->changed(keys, runs_of(blocks, before->model(), segment.rows_in));
}

std::shared_ptr<const vector_snapshot> load_rows(index_blocks& blocks, const index_manifest& of) {
  const auto model = load_model(blocks, of);
  std::shared_ptr<const vector_snapshot> rows;
  for (const auto& segment : of.segments)
    rows = rows ? with_segment(rows, blocks, segment)
                : std::make_shared<const vector_snapshot>(model, runs_of(blocks, *model, segment.rows_in));
  return rows ? rows : std::make_shared<const vector_snapshot>(model, std::vector<coded_run>());
}

}  // namespace tidb::detail
