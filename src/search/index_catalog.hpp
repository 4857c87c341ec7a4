// Which indexes a database has: kept with the pool, read again when the schema has changed.
#pragma once

#include "search/embedders.hpp"
#include "search/search_index.hpp"
#include "tidbxx/engine/pool.hpp"
#include "tidbxx/search/vector_index.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

struct index_entry {
  index_place place{};
  std::shared_ptr<search_index> index{};
  /// The triggers of this making are on the table: every change of it is in the delta.
  bool is_followed(const index_manifest& by) const;
};

/// The indexes as of one version of the schema.
class index_listing {
public:
  std::int64_t schema_version{-1};
  std::vector<index_entry> entries{};
  std::vector<index_place> native{};  ///< TiDB's own, which nobody has to tell of writes
  /// The index that has the column; of an empty one, the first full-text index of the table.
  const index_entry* find(std::string_view table, std::string_view column) const;
  /// Errors: usage_error if the table has several, so that it is not said which is meant.
  void expect_one_text_index(std::string_view table, std::source_location where) const;
  /// As find.
  const index_place* find_native(std::string_view table, std::string_view column) const;
  const index_entry* find(std::int64_t id) const;

  /// Whether the engine answers the statement by an index of the table, as noted before. Thread-safe, both.
  std::optional<bool> filter_has_index(const std::string& statement) const;
  void note_filter(const std::string& statement, bool has_index) const;

private:
  mutable std::mutex noting_;
  mutable std::map<std::string, bool> filters_;
};

/// The delta is looked at when so many rows were written; the first time earlier, for a writer may be short-lived.
inline constexpr std::uint64_t look_after_rows = 1000, first_look_after_rows = 100;

/// On TiDB: for how long a client believes what it has read of the registry; whoever makes or drops an index waits
/// twice that. All clients of a database must have the same. For tests.
void believe_registry_for(std::chrono::milliseconds time) noexcept;
std::chrono::milliseconds registry_is_believed_for() noexcept;

class index_catalog final : public pool_extension {
public:
  /// The catalog of `on`'s pool.
  static index_catalog& of(const executor& on);

  /// As `on`'s transaction sees it. Cost: one look at the schema's version while it stays the same; on TiDB, where it
  /// is what was committed last, two statements every few seconds.
  std::shared_ptr<const index_listing> list(const executor& on, const call_context& context);
  /// On TiDB: the next `list` reads it anew. The embedded engine's does so when the schema's version is another.
  void forget_list();
  /// Notes that an index was used, and lets go of others until all in memory are within the limit.
  void used(const executor& on, const search_index& index);
  /// Bytes that indexes may have in memory.
  static std::uint64_t limit(const executor& on);
  void committed(const std::shared_ptr<pool_state>& pool, std::uint64_t rows) noexcept override;
  void prepare(const executor& on, const call_context& context) override { list(on, context); }
  std::vector<std::string> followed_key(const executor& on, const write_target& target,
                                        const call_context& context) override;
  void changed(const executor& inside, const write_target& target, std::span<const value_view> parameters,
               const write_result& result, const call_context& context) override;
  void check_raw(const executor& on, std::string_view sql, const call_context& context) override;
  std::vector<std::shared_ptr<const embedder>> embedders(std::string_view table) const override {
    return models_.of(table);
  }
  bound_embedders& models() noexcept { return models_; }

private:
  std::shared_ptr<const index_listing> list_from_server(const executor& on, const call_context& context);
  std::shared_ptr<index_listing> keep(std::vector<index_place> places, engine_kind engine);
  executor beside(const executor& on);
  static void merge_or_heal(const executor& on, const index_entry& entry, const call_context& context);
  std::shared_ptr<const index_listing> read(const executor& on, std::int64_t version, const call_context& context);

  std::mutex listing_;
  std::uint64_t uses_{};
  std::map<std::int64_t, std::uint64_t> last_use_;
  std::shared_ptr<const index_listing> list_ = std::make_shared<index_listing>();
  std::chrono::steady_clock::time_point believed_until_{};  // on TiDB
  std::uint64_t forgotten_{};                               // how often: what was being read then is not kept
  bool must_look_{};                                        // whatever connections were told
  std::shared_ptr<pool_state> beside_;                      // on TiDB: one connection more
  std::map<std::int64_t, std::shared_ptr<search_index>> indexes_;
  std::atomic<std::uint64_t> rows_since_{look_after_rows - first_look_after_rows};
  std::atomic_flag merging_{};
  bound_embedders models_;
};

/// Several statements see one state of the database: in the caller's transaction, or in one that only reads.
void in_one_snapshot(const executor& on, function_ref<void(const executor&)> body, std::source_location where);

/// The index of a column, as the transaction or the file has it now. Errors: errc::statement if there is none.
index_entry expect_entry(const executor& on, const index_target& of, const call_context& context);
/// `call`: that makes one. Errors: that; of the database, if there is no such table.
[[noreturn]] void refuse_no_index(const executor& on, const index_target& of, std::string_view call,
                                  const call_context& context);

bool same_name(std::string_view left, std::string_view right) noexcept;

}  // namespace tidb::detail
