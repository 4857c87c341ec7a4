#include "tidbxx/engine/watch.hpp"

#include "core/secrets.hpp"
#include "tidbxx/engine/driver.hpp"

#include <cstdio>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tidb::detail {

struct watch::state {
  explicit state(const resolved_options& options)
      : echo(options.echo), show_parameters(options.show_parameters), slow(options.slow_statement) {}

  const bool echo;
  const bool show_parameters;
  const std::chrono::milliseconds slow;
  mutable std::mutex mutex;
  std::shared_ptr<const std::function<void(const statement_event&)>> hook;
  std::vector<std::shared_ptr<connection_counters>> counters;  // of connections that closed, too
};

namespace {

/// A line for people: what it took, what came of it, and the text on one line.
std::string line_of(const statement_event& event, std::string_view head) {
  auto line = fmt::format("tidbxx: {}{:.1f} ms, {} rows, {}: ", head,
                          static_cast<double>(event.duration.count()) / 1000, event.rows, event.endpoint);
  for (const char letter : event.sql) line += letter == '\n' || letter == '\r' || letter == '\t' ? ' ' : letter;
  const char* separator = " [";
  for (const auto& parameter : event.parameters)
    line.append(std::exchange(separator, ", ")).append(to_string(parameter));
  if (!event.parameters.empty()) line += ']';
  if (event.failure != nullptr) line.append(" -> ").append(event.failure->info().message);
  return line + "\n";
}

void print(const std::string& line) noexcept { std::fwrite(line.data(), 1, line.size(), stderr); }

}  // namespace

watch::watch(const resolved_options& options)
    : state_(std::make_unique<state>(options)), on_(options.echo || options.slow_statement.count() > 0) {}

watch::~watch() = default;

void watch::set_hook(std::function<void(const statement_event&)> hook) {
  const std::scoped_lock lock(state_->mutex);
  state_->hook = hook ? std::make_shared<const std::function<void(const statement_event&)>>(std::move(hook)) : nullptr;
  on_ = state_->echo || state_->slow.count() > 0 || state_->hook;
}

void watch::tell(statement_event event, connection_counters& counters) noexcept try {
  event.slow = state_->slow.count() > 0 && event.duration >= state_->slow;
  if (event.slow) connection_counters::add(counters.slow, 1);
  const auto shown = without_secrets(std::string(event.sql));
  if (!state_->show_parameters || may_hold_secret(event.sql)) event.parameters = {};
  event.sql = shown;
  const auto hook = [&] {
    const std::scoped_lock lock(state_->mutex);
    return state_->hook;
  }();
  if (state_->echo || (event.slow && !hook)) print(line_of(event, event.slow ? "slow statement: " : ""));
  if (hook) (*hook)(event);
} catch (...) {  // the statement has run: its caller shall have its rows, whatever a hook thinks of them
}

std::shared_ptr<connection_counters> watch::attach() {
  const std::scoped_lock lock(state_->mutex);
  // Those of a connection that closed go on counting for the next one: the sum is what matters.
  for (const auto& known : state_->counters)
    if (known.use_count() == 1) {
      std::atomic_thread_fence(std::memory_order_acquire);
      return known;
    }
  return state_->counters.emplace_back(std::make_shared<connection_counters>());
}

statement_counters watch::sum() const {
  statement_counters all{
      .retries = retries, .transactions = transactions, .reruns = reruns, .conflicts = conflicts, .unknown = unknown};
  const std::scoped_lock lock(state_->mutex);
  for (const auto& one : state_->counters) {
    all.statements += one->statements.load(std::memory_order_relaxed);
    all.reads += one->reads.load(std::memory_order_relaxed);
    all.writes += one->writes.load(std::memory_order_relaxed);
    all.rows += one->rows.load(std::memory_order_relaxed);
    all.errors += one->errors.load(std::memory_order_relaxed);
    all.slow += one->slow.load(std::memory_order_relaxed);
  }
  return all;
}

namespace {

thread_local std::uint64_t sent_by_thread = 0;

connection_counters& counters_of(engine_connection& connection, watch& by) {
  if (!connection.counters) connection.counters = by.attach();
  return *connection.counters;
}

}  // namespace

std::uint64_t statements_of_thread() noexcept { return sent_by_thread; }

watched_run::watched_run(watch& by, engine_connection& on, statement_kind kind, std::string_view sql,
                         std::span<const value_view> parameters)
    : by_(by), on_(on), counters_(counters_of(on, by)), watching_(by.is_on()), sql_(sql), parameters_(parameters) {
  connection_counters::add(counters_.statements, 1);
  ++sent_by_thread;
  if (kind == statement_kind::read) connection_counters::add(counters_.reads, 1);
  if (kind == statement_kind::write) connection_counters::add(counters_.writes, 1);
  if (watching_) began_ = std::chrono::steady_clock::now();
}

void watched_run::failed(const error& problem) noexcept {
  connection_counters::add(counters_.errors, 1);
  if (watching_) failure_ = problem;
}

void watched_run::tell() noexcept {
  by_.tell(
      {.sql = sql_,
       .parameters = parameters_,
       .rows = rows,
       .duration = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_),
       .endpoint = on_.endpoint(),
       .failure = failure_ ? &*failure_ : nullptr},
      counters_);
}

}  // namespace tidb::detail
