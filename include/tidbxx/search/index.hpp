// What vector and full-text indexes have in common: options, and what can be asked of them.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/orm/mapping.hpp"
#include "tidbxx/search/distance.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

/// Whose index it is. A column has one of them.
enum class index_kind : std::uint8_t {
  own_tables,  ///< tidbxx's, in tables of the database: on both engines, without TiFlash
  server,      ///< TiDB's own, kept by TiFlash; of vectors HNSW, for cosine and L2; of texts on few servers
};

/// A column of T's table that the server sets to the time of each change, `c<&doc::changed_at>`; or none. Of void: by
/// its name.
template <class T>
class time_column {
public:
  constexpr time_column() = default;
  template <class Table, auto Member>
  constexpr time_column(const column_ref<Table, Member>&) : name_(column_ref<Table, Member>::name()) {
    static_assert(std::same_as<Table, T>, "tracked_by: a column of another table");
    constexpr auto kind = detail::column_of<detail::row_of<Table>, Member>().type.kind;
    static_assert(kind == type_kind::timestamp || kind == type_kind::datetime,
                  "tracked_by: the time of the last change is a TIMESTAMP or a DATETIME");
  }
  template <class Other>
    requires std::same_as<T, void>
  constexpr time_column(const time_column<Other>& other) : name_(other.name()) {}
  /// Lifetime: borrows the name.
  constexpr explicit time_column(std::string_view name)
    requires std::same_as<T, void>
      : name_(name) {}
  constexpr std::string_view name() const noexcept { return name_; }

private:
  std::string_view name_{};
};

/// What an index holds and has cost. Of one of the server's there are rows, delta, not_indexed and error.
struct index_stats {
  index_kind kind{};
  /// With a vector or a text, as the index knows them; changed ones twice where it is read in parts.
  std::uint64_t rows{};
  std::uint64_t delta{};              ///< about how many changes are in no block yet, or not in TiFlash's stable layer
  std::uint64_t not_indexed{};        ///< server: rows of the stable layer that each search compares one by one
  std::uint32_t partitions{};         ///< of which a search visits some
  std::uint64_t bytes_in_memory{};    ///< of this client
  std::uint64_t first_stage_bytes{};  ///< of those: what every search scans
  std::uint64_t bytes_stored{};       ///< in the index's blocks
  std::uint64_t vector_bytes{};       ///< of the vectors themselves, as float32; 0 of a full-text index
  double seconds{};                   ///< spent on building and merging, by all processes
  std::string built_because{};        ///< why it was built the last time
  /// On TiDB about how many changes of the table, by the server's own count, nobody has told the index of since it was
  /// built; those that set other columns are among them. Some minutes late. None: it cannot be known.
  std::optional<std::uint64_t> unseen_changes{};
  std::string warning{};  ///< that other tools write the table, and searches lack rows; empty: nothing tells so
  std::string error{};    ///< server: what ended the building of it, in TiFlash's words
};

/// What check_index found.
struct index_check {
  std::uint64_t rows{};       ///< looked at
  std::uint64_t missing{};    ///< rows of the table that no search by the index would find
  std::uint64_t stale{};      ///< rows whose vector or texts are others than the index has
  std::uint64_t left_over{};  ///< entries whose row has left the table unseen, as REPLACE does it
  std::vector<std::string> problems{};
  bool ok() const noexcept { return problems.empty(); }
};

namespace detail {

/// An index by what it is of.
struct index_target {
  std::string_view table{};
  std::string_view column{};   ///< of several, any; empty: the only full-text index of the table
  std::uint32_t dimensions{};  ///< of a column of vectors
};

void drop_index(const executor& on, const index_target& of, std::source_location where);
bool has_index(const executor& on, const index_target& of, std::source_location where);
void rebuild_index(const executor& on, const index_target& of, std::source_location where);
void optimize_index(const executor& on, const index_target& of, std::source_location where);
index_check check_index(const executor& on, const index_target& of, std::source_location where);
index_stats stats_of_index(const executor& on, const index_target& of, std::source_location where);

/// DROP TABLE and the indexes of the table with it. `sql` drops the table.
void drop_with_indexes(const executor& on, std::string_view table, std::string_view sql, const call_context& context);
/// Empties the table by `sql`, and its indexes.
void empty_with_indexes(const executor& on, std::string_view table, std::string_view sql, const call_context& context);
/// What an index was made with.
struct index_form {
  metric by{};
  std::string tracked_by{};
  std::string text{};  ///< of a full-text index: its columns and how they are read, as JSON
};
/// Drops the column's index in the transaction that `on` is, on TiDB outside of one; nothing if there is none.
std::optional<index_form> take_index(const executor& on, std::string_view table, std::string_view column,
                                     const call_context& context);
/// Makes one in the transaction that `on` is, to be built by build_indexes behind it. On TiDB it is made whole, outside
/// of a transaction.
void put_index(const executor& on, const index_target& of, const index_form& as, const call_context& context);
/// On the embedded engine: builds all that are not built. What fails stays as it is: searches do without, and
/// check_index tells.
void build_indexes(const executor& on, const call_context& context) noexcept;
/// From now on the indexes of the pool's database are merged after writes that made their deltas long.
void follow_writes(pool_state& pool);

}  // namespace detail

}  // namespace tidb
