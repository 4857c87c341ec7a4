// What can be seen of the statements that run: an event for each, and counters.
#pragma once

#include "tidbxx/core/error.hpp"
#include "tidbxx/core/value.hpp"
#include "tidbxx/engine/options.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidb {

/// One statement that ended, well or not. Lifetime: borrowed, during the call of the hook.
struct statement_event {
  std::string_view sql{};                    ///< parameters as `?`; cut where it may hold a password
  std::span<const value_view> parameters{};  ///< empty unless connect_options::show_parameters is on
  std::uint64_t rows{};                      ///< read, or changed
  std::chrono::microseconds duration{};      ///< until its last row was read: what the program did between counts too
  std::string_view endpoint{};               ///< host and port, or the file
  const error* failure{};                    ///< what it threw; nullptr if nothing
  bool slow{};                               ///< it took connect_options::slow_statement or longer
};

/// What went through a pool since it was made.
struct statement_counters {
  std::uint64_t statements{};    ///< all that were sent, BEGIN and COMMIT included
  std::uint64_t reads{};         ///< of those: select and query
  std::uint64_t writes{};        ///< of those: insert, update, erase, execute
  std::uint64_t rows{};          ///< read, or changed
  std::uint64_t errors{};        ///< statements that threw
  std::uint64_t slow{};          ///< counted while connect_options::slow_statement is set
  std::uint64_t retries{};       ///< single statements that were sent once more
  std::uint64_t transactions{};  ///< begun, each try counted
  std::uint64_t reruns{};        ///< of those: second and later tries
  std::uint64_t conflicts{};     ///< transactions that ended in a conflict
  std::uint64_t unknown{};       ///< writes and commits whose outcome is unknown
};

class engine_connection;

namespace detail {

/// The counters of one connection. Only who holds the connection writes them, so that no addition is locked.
struct alignas(64) connection_counters {
  using counter = std::atomic<std::uint64_t>;
  counter statements{}, reads{}, writes{}, rows{}, errors{}, slow{};

  static void add(counter& to, std::uint64_t more) noexcept {
    to.store(to.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
};

/// Counts what a pool's connections run and tells who wants to know. Thread-safe.
class watch {
public:
  explicit watch(const resolved_options& options);
  ~watch();

  /// Somebody wants events, or slow statements are looked for.
  bool is_on() const noexcept { return on_.load(std::memory_order_relaxed); }
  void set_hook(std::function<void(const statement_event&)> hook);
  /// Counts a slow statement, and tells the hook, echo and the log of slow statements.
  void tell(statement_event event, connection_counters& counters) noexcept;

  /// The counters of this connection from now on.
  std::shared_ptr<connection_counters> attach();
  statement_counters sum() const;

  std::atomic<std::uint64_t> retries{}, transactions{}, reruns{}, conflicts{}, unknown{};

private:
  struct state;
  std::unique_ptr<state> state_;
  std::atomic<bool> on_{};
};

enum class statement_kind : std::uint8_t { read, write, control };

/// What this thread has sent through all pools, BEGIN and COMMIT included.
std::uint64_t statements_of_thread() noexcept;

/// One run of a statement, from before it is sent until its last row: counted, and told of if somebody watches.
class watched_run {
public:
  watched_run(watch& by, engine_connection& on, statement_kind kind, std::string_view sql,
              std::span<const value_view> parameters = {});
  watched_run(const watched_run&) = delete;
  watched_run& operator=(const watched_run&) = delete;
  ~watched_run() {
    if (rows != 0) connection_counters::add(counters_.rows, rows);
    if (watching_) tell();
  }
  void failed(const error& problem) noexcept;

  std::uint64_t rows{};

private:
  void tell() noexcept;

  watch& by_;
  engine_connection& on_;
  connection_counters& counters_;
  bool watching_;
  std::string_view sql_;
  std::span<const value_view> parameters_;
  std::chrono::steady_clock::time_point began_{};
  std::optional<error> failure_{};
};

}  // namespace detail

}  // namespace tidb
