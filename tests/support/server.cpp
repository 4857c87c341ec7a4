#include "support/server.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace tests {

extern const char* const source_folder;  // made by CMake

namespace {

std::string quoted(const std::filesystem::path& path) { return "'" + path.string() + "'"; }

std::string script_path() { return quoted(std::filesystem::path(source_folder) / "scripts/tidb-server"); }

}  // namespace

std::string shell(const std::string& command) {
  auto* pipe = ::popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("no shell to run: " + command);
  std::string output;
  std::array<char, 4096> part{};
  while (const auto got = std::fread(part.data(), 1, part.size(), pipe)) output.append(part.data(), got);
  if (::pclose(pipe) != 0) throw std::runtime_error(command + "\n" + output);
  return output;
}

std::optional<std::string> own_server::why_not() {
  try {
    static_cast<void>(shell(script_path() + " path"));
    return std::nullopt;
  } catch (const std::runtime_error&) {
    return "there is no TiDB to start: scripts/tidb-server build";
  }
}

void expect_own_server(bool has_started) {
  const auto none = own_server::why_not();
  if (has_started && !none) return;
  const auto why = none.value_or("the server of these tests did not start");
  if (ci()) FAIL() << why;
  GTEST_SKIP() << why;
}

void demand_encryption(const std::function<void(const std::string&)>& set, const std::function<bool()>& lets_in) {
  for (int tries = 0; tries < 100; ++tries) {
    set("SET GLOBAL require_secure_transport = ON");
    if (!lets_in()) return;
  }
  throw std::runtime_error("the server does not demand encryption");
}

own_server::own_server(const std::string& security) {
  std::ofstream(folder_.path() / "security.toml") << security << '\n';
  script("start");
  const auto where = script("url");
  port_ = static_cast<std::uint16_t>(std::stoul(where.substr(where.rfind(':') + 1)));
}

own_server::~own_server() {
  try {
    script("stop");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

void own_server::kill() { script("kill"); }

void own_server::restart() { script("restart"); }

std::string own_server::url(const std::string& database) const {
  return "mysql://root:@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

std::string own_server::script(const std::string& command) const {
  return shell("unset TIDB_TEST_URL; " + script_path() + " --state " + quoted(folder_.path()) + " --security " +
               quoted(folder_.path() / "security.toml") + " " + command);
}

}  // namespace tests
