#include "engine/tidb/errors.hpp"

#include "core/text.hpp"

#include <string>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

error_info begin(const error_scene& scene) {
  error_info info;
  info.sql = scene.sql;
  info.endpoint = scene.endpoint;
  info.where = scene.where;
  info.sent = scene.phase != call_phase::connecting;
  return info;
}

std::string source_of(const resolved_options& options, const std::string& field) {
  auto found = options.sources.find(field);
  return found == options.sources.end() ? "an unnamed source" : found->second;
}

/// Who logged in, and where each setting came from; never a secret.
std::string login_words(const resolved_options& options) {
  return fmt::format(" '{}' (user from: {}; password from: {})", options.user, source_of(options, "user"),
                     source_of(options, "password"));
}

}  // namespace

bool is_cloud(std::string_view host) {
  auto name = lower(host);
  if (name.ends_with('.')) name.pop_back();
  return name.ends_with(".tidbcloud.com") || name.ends_with(".tidb-cloud.com");
}

error_info classify(const raw_error& raw, const error_scene& scene) {
  auto info = begin(scene);
  info.server_code = raw.code;
  info.sqlstate = raw.sqlstate;
  info.server_message = raw.text;

  const auto* options = scene.options;
  const auto found =
      find_tidb_error(raw.code, raw.text, scene.phase,
                      {options != nullptr && is_cloud(options->host) ? condition::cloud : condition::always,
                       options != nullptr && options->password.empty() ? condition::no_password : condition::always});
  const auto login = options != nullptr ? login_words(*options) : std::string();
  const auto database = options != nullptr ? fmt::format(" '{}'", options->database) : found.name;
  judge(info, found.entry,
        {{"name", found.name},
         {"endpoint", scene.endpoint},
         {"engine", "the server"},
         {"ca", scene.ca_file.empty() ? "no CA bundle" : scene.ca_file},
         {"limit", "65535"},
         {"login", login},
         {"database", database},
         {"why", "the connection was lost"}});
  return info;
}

error_info interrupted(const error_scene& scene, bool stop_requested) {
  auto info = begin(scene);
  if (scene.phase == call_phase::committing) {
    judge(info, entry_named("outcome-unknown"),
          {{"why", stop_requested ? "a stop was requested" : "the deadline passed"}});
    return info;
  }
  judge(info, entry_of_limit(stop_requested),
        {{"done", scene.phase == call_phase::writing
                      ? "before the server had answered; it rolls the transaction back, and the connection was dropped"
                      : "before the server had answered; nothing was changed, and the connection was dropped"}});
  info.poisons_transaction = info.poisons_connection = true;
  return info;
}

error_info not_sent(const error_scene& scene, bool stop_requested) {
  auto info = begin(scene);
  judge(info, entry_of_limit(stop_requested), {{"done", "before the statement was sent; nothing was done"}});
  info.sent = false;
  return info;
}

error_info lost_before_sending(const error_scene& scene) {
  auto info = begin(scene);
  judge(info, entry_named("lost-before-sending"));
  info.sent = false;
  return info;
}

}  // namespace tidb::detail
