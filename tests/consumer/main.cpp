#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <iostream>

int main() {
  auto db = tidb::connect("sqlite::memory:");
  const auto answer = db.query<std::int64_t>("SELECT 41 + ?", 1).value();
  std::cout << answer << '\n';
  return answer == 42 ? 0 : 1;
}
