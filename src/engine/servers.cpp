#include "engine/servers.hpp"

#include "core/error_table.hpp"
#include "tidbxx/core/time.hpp"

#include <algorithm>
#include <random>
#include <source_location>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

using std::chrono::milliseconds;

/// The same call with its share of the time that is left, so that one silent server does not use up all.
call_context with_share(call_context context, std::size_t servers_left) {
  const auto now = std::chrono::steady_clock::now();
  if (context.deadline != std::chrono::steady_clock::time_point::max())
    context.deadline = now + (context.deadline - now) / static_cast<int>(servers_left);
  return context;
}

std::string words_of(const server_address& server, const error_info& failure) {
  auto words = fmt::format("{}: {}", server.text(), failure.message);
  return failure.server_message.empty() ? words : fmt::format("{} [{}]", words, failure.server_message);
}

/// Trying again makes sense if it may help with one of them.
error_info none_reached(const std::string& endpoint, const std::vector<std::string>& failures, bool retryable,
                        std::source_location where) {
  return {.code = errc::connection,
          .message =
              fmt::format("none of the {} servers can be reached. {}", failures.size(), fmt::join(failures, "; ")),
          .endpoint = endpoint,
          .where = where,
          .retryable = retryable,
          .poisons_connection = true,
          .entry = entry_named("unreachable").name,
          .sent = false};
}

std::string clock_time(std::chrono::system_clock::time_point time) {
  const auto count = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  return datetime_to_text(count).substr(0, 19) + " UTC";
}

}  // namespace

servers::servers(const resolved_options& options, opener open, server_pauses pauses)
    : opener_(std::move(open)), pauses_(pauses), endpoint_(options.endpoint()) {
  auto one = options;
  one.servers.clear();
  if (options.servers.empty()) servers_.push_back({one});
  for (const auto& [host, port] : options.servers) {
    one.host = host;
    one.port = port;
    servers_.push_back({one});
  }
  // many programs that start together should not all begin with the same one
  next_ = std::random_device{}() % servers_.size();
}

std::unique_ptr<engine_connection> servers::open(const call_context& context) {
  refuse_while_used_up(context);
  if (servers_.size() == 1) return open_one(0, context);
  const auto order = in_turn();
  std::vector<std::string> failures;
  bool retryable = false;
  for (std::size_t tried = 0; tried < order.size(); ++tried) {
    try {
      auto made = open_one(order[tried], with_share(context, order.size() - tried));
      note(order[tried], true);
      return made;
    } catch (const error& failed) {
      const auto& info = failed.info();
      const bool unreachable = info.code == errc::connection || info.code == errc::timeout;
      if (!unreachable || context.is_over()) throw;
      note(order[tried], false);
      const auto& own = servers_[order[tried]].options;
      failures.push_back(words_of({own.host, own.port}, info));
      retryable = retryable || info.retryable;
    }
  }
  throw_error(none_reached(endpoint_, failures, retryable, context.where));
}

std::unique_ptr<engine_connection> servers::open_one(std::size_t number, const call_context& context) {
  try {
    return opener_(servers_[number].options, context);
  } catch (const quota_exhausted& used_up) {
    rest(used_up);
  }
}

/// All servers, those that failed lately last.
std::vector<std::size_t> servers::in_turn() {
  const std::scoped_lock lock(mutex_);
  const auto now = clock::now();
  const auto first = next_++;
  std::vector<std::size_t> order;
  for (const bool rested : {true, false})
    for (std::size_t each = 0; each < servers_.size(); ++each) {
      const auto number = (first + each) % servers_.size();
      if ((servers_[number].last_choice_until <= now) == rested) order.push_back(number);
    }
  return order;
}

void servers::note(std::size_t number, bool reached) {
  const std::scoped_lock lock(mutex_);
  auto& noted = servers_[number];
  noted.pause = reached ? milliseconds(0) : std::clamp(noted.pause * 2, pauses_.down, pauses_.longest);
  noted.last_choice_until = clock::now() + noted.pause;
}

void servers::refuse_while_used_up(const call_context& context) {
  const std::scoped_lock lock(mutex_);
  if (!used_up_ || clock::now() >= asks_again_at_) return;
  auto info = used_up_->info();
  info.where = context.where;
  throw_error(std::move(info));
}

/// Each attempt would be refused, and might be counted.
void servers::rest(const error& used_up) {
  auto info = used_up.info();
  info.message += fmt::format(". New connections are tried again at {}",
                              clock_time(std::chrono::system_clock::now() + pauses_.quota));
  {
    const std::scoped_lock lock(mutex_);
    used_up_ = error(info);
    asks_again_at_ = clock::now() + pauses_.quota;
  }
  throw_error(std::move(info));
}

}  // namespace tidb::detail
