#include "engine/sqlite/upgrade.hpp"

#include "engine/sqlite/file_copy.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

[[noreturn]] void refuse(const sqlite_session& session, std::string message, const call_context& context) {
  throw_error({.code = errc::storage,
               .message = std::move(message),
               .endpoint = session.endpoint(),
               .where = context.where,
               .entry = "index-tables-version"});
}

[[noreturn]] void refuse_newer(const sqlite_session& session, const std::string& version, const upgrade_plan& plan,
                               const call_context& context) {
  refuse(session,
         fmt::format("{} has search index tables of a newer tidbxx (version {}, this one knows {}): use a newer "
                     "tidbxx; nothing was changed",
                     session.endpoint(), version, plan.version),
         context);
}

/// The version of the file's oldest index, if it has any that this library may read.
std::optional<std::int64_t> oldest_version(sqlite_session& session, const upgrade_plan& plan,
                                           const call_context& context) {
  if (!session.number("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_tidbxx_index'"))
    return std::nullopt;
  if (!session.number("SELECT 1 FROM pragma_table_info('_tidbxx_index') WHERE name = 'version'"))
    refuse_newer(session, "unknown", plan, context);
  const auto newest = session.number("SELECT version FROM _tidbxx_index ORDER BY version DESC LIMIT 1");
  if (newest && *newest > plan.version) refuse_newer(session, std::to_string(*newest), plan, context);
  return session.number("SELECT version FROM _tidbxx_index ORDER BY version LIMIT 1");
}

const upgrade_step* step_from(const upgrade_plan& plan, std::int64_t version) {
  const auto found = std::ranges::find(plan.steps, version, &upgrade_step::from);
  return found == plan.steps.end() ? nullptr : &*found;
}

void check_steps(const sqlite_session& session, std::int64_t version, const upgrade_plan& plan,
                 const call_context& context) {
  for (auto next = version; next < plan.version; ++next)
    if (step_from(plan, next) == nullptr)
      refuse(
          session,
          fmt::format("{} has search index tables of version {}, which this tidbxx cannot upgrade to {}: open it with "
                      "an older tidbxx; nothing was changed",
                      session.endpoint(), version, plan.version),
          context);
}

void run_steps(sqlite_session& session, std::int64_t version, const upgrade_plan& plan) {
  for (; version < plan.version; ++version) {
    for (const auto statement : step_from(plan, version)->statements) session.run(statement);
    session.run(fmt::format("UPDATE _tidbxx_index SET version = {} WHERE version = {}", version + 1, version));
  }
}

/// Another process may have been faster: then there is nothing left to do.
void upgrade_locked(sqlite_session& session, const upgrade_plan& plan, std::filesystem::path& copy,
                    const call_context& context) {
  session.run("BEGIN IMMEDIATE");
  if (const auto version = oldest_version(session, plan, context); version && *version < plan.version) {
    check_steps(session, *version, plan, context);
    copy = copy_file(session, fmt::format(".before-v{}", plan.version), plan.free_space, context);
    run_steps(session, *version, plan);
  }
  session.run("COMMIT");
}

/// Takes the transaction and the copy back, unless it is kept.
struct undo {
  sqlite_session& session;
  std::filesystem::path copy{};
  bool kept{};
  ~undo() {
    if (kept) return;
    sqlite3_exec(session.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    std::error_code ignored;
    if (!copy.empty()) std::filesystem::remove(copy, ignored);
  }
};

void upgrade(sqlite_session& session, std::int64_t version, const upgrade_plan& plan, const call_context& context) {
  try {
    undo guard{session};
    upgrade_locked(session, plan, guard.copy, context);
    guard.kept = true;
  } catch (const error& failure) {
    auto info = failure.info();
    info.message = fmt::format("{} could not be upgraded from version {} to {}, and nothing of it was changed: {}",
                               session.endpoint(), version, plan.version, info.message);
    throw_error(std::move(info));
  }
}

}  // namespace

std::uintmax_t free_space_of(const std::filesystem::path& folder) {
  std::error_code failed;
  const auto space = std::filesystem::space(folder, failed);
  return failed ? static_cast<std::uintmax_t>(-1) : space.available;  // where it cannot be told, the copy finds out
}

void check_version(sqlite_session& session, const upgrade_plan& plan, const call_context& context) {
  const auto version = oldest_version(session, plan, context);
  if (!version || *version == plan.version) return;
  check_steps(session, *version, plan, context);
  if (!session.owned())
    refuse(
        session,
        fmt::format("{} has search index tables of an older tidbxx (version {}): connect to the file once by its name, "
                    "which upgrades it, and hand the handle over then",
                    session.endpoint(), *version),
        context);
  upgrade(session, *version, plan, context);
}

}  // namespace tidb::detail
