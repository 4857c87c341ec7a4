// Searches before and after most of a table was changed, the index merged by the writers alone.
#include "../calls.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <random>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace bench {

namespace {

constexpr std::size_t changes_a_transaction = 500;
constexpr std::size_t most_queries = 200;

/// The table as it is, kept here as well, to know the true nearest rows.
class churned_table {
public:
  churned_table(const tidb::client& db, std::vector<package> rows)
      : db_(db), rows_(std::move(rows)), next_id_(static_cast<std::int64_t>(rows_.size())) {}

  /// One transaction: half of them update, and deletes are as many as inserts.
  void change(std::size_t turn) {
    switch (turn % 4) {
    case 1: return erase();
    case 3: return insert();
    default: return update();
    }
  }
  std::vector<std::span<const float>> vectors() const {
    std::vector<std::span<const float>> all;
    for (const auto& row : rows_) all.emplace_back(row.embedding);
    return all;
  }

private:
  std::size_t any() { return random_() % rows_.size(); }

  /// Near that of another row, so that the rows stay of one kind.
  tidb::vector<dimensions> new_vector() {
    auto made = rows_[any()].embedding;
    for (auto& number : made) number += noise_(random_);
    return made;
  }
  void update() {
    db_.transaction([&](tidb::transaction& tx) {
      for (std::size_t i = 0; i < changes_a_transaction; ++i) {
        auto& row = rows_[any()];
        row.embedding = new_vector();
        tx.update<package>()
            .set(tidb::c<&package::embedding> = row.embedding)
            .where(tidb::c<&package::id> == row.id)
            .run();
      }
    });
  }
  void erase() {
    std::vector<std::int64_t> ids;
    for (std::size_t i = 0; i < changes_a_transaction; ++i) {
      const auto at = any();
      ids.push_back(rows_[at].id);
      std::swap(rows_[at], rows_.back());
      erased_.push_back(std::move(rows_.back()));
      rows_.pop_back();
    }
    db_.table<package>().erase().where(tidb::c<&package::id>.in(ids)).run();
  }
  void insert() {
    std::vector<package> added;
    for (; !erased_.empty(); erased_.pop_back()) {
      auto& row = added.emplace_back(std::move(erased_.back()));
      row.id = next_id_++;
      row.embedding = new_vector();
    }
    db_.insert_many(added);
    std::ranges::move(added, std::back_inserter(rows_));
  }

  const tidb::client& db_;
  std::vector<package> rows_, erased_;
  std::int64_t next_id_;
  std::mt19937 random_{7};
  std::normal_distribution<float> noise_{0, 0.01F};
};

}  // namespace

nlohmann::json measure_churn(const call_settings& given, const package_data& data) {
  const auto file = given.file + ".churn";
  for (const auto* part : {"", "-wal", "-shm"}) std::filesystem::remove(file + part);
  std::filesystem::copy_file(given.file, file);
  nlohmann::json made;
  {
    const auto db = open_store(file);
    const auto packages = db.table<package>();
    const auto queries = std::min({given.queries, data.queries(), most_queries});
    std::vector<std::vector<double>> found;
    const auto search = [&](std::size_t i) { return nearest(packages, data.query(i), given).all(); };
    const auto measured = [&] {
      pass(std::min<std::size_t>(queries, 50), found, search);
      timings times;
      for (int round = 0; round < 3; ++round) times.keep_best(pass(queries, found, search));
      return times.ms(0.5);
    };
    churned_table table(db, data.packages());
    made["before_p50_ms"] = measured();
    const auto turns = given.changes / changes_a_transaction;
    const stopwatch watch;
    for (std::size_t turn = 0; turn < turns; ++turn) table.change(turn);
    made["changes"] = turns * changes_a_transaction;
    made["changes_s"] = static_cast<double>(turns * changes_a_transaction) / watch.seconds();
    made["after_p50_ms"] = measured();
    const auto vectors = table.vectors();
    recall_counter recall;
    for (std::size_t i = 0; i < queries; ++i) recall.add(found[i], reach_among(data.query(i), vectors));
    made["recall"] = recall.value();
    made["delta"] = packages.index_stats<&package::embedding>().delta;
  }
  for (const auto* part : {"", "-wal", "-shm"}) std::filesystem::remove(file + part);
  return made;
}

}  // namespace bench
