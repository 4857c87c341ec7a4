// What docs/transactions.md and docs/watching.md show; it runs in memory or on the URL given, and checks what they say.
#include <tidbxx/tidbxx.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>

using tidb::c;
using namespace std::chrono_literals;

namespace {

struct account {
  std::int64_t id{};
  std::int64_t balance{};
};
constexpr auto tidb_schema(tidb::of<account>) {
  return tidb::mapping("snippet_accounts", tidb::column<&account::id>(tidb::primary_key),
                       tidb::column<&account::balance>());
}

struct payment {
  std::int64_t id{};
  std::int64_t amount{};
};
constexpr auto tidb_schema(tidb::of<payment>) {
  return tidb::mapping("snippet_payments", tidb::column<&payment::id>(tidb::primary_key),
                       tidb::column<&payment::amount>());
}

void expect(bool holds) {
  if (!holds) throw std::runtime_error("transactions.cpp: what the page says does not hold");
}

// clang-format off
void pay(const tidb::client& db, std::int64_t payment_id, std::int64_t amount) {
  // [options]
  const tidb::transaction_options options{
      .optimistic = true,          // conflicts are rare: lock nothing until the commit
      .max_tries = 5,
      .timeout = 3s,               // all tries and the waits between them
      .on_try = [](const tidb::transaction_try& one) {
        if (one.failure != nullptr) std::clog << "try " << one.number << ": " << one.failure->info().message << '\n';
      }};
  const auto left = db.transaction(options, [&](tidb::transaction& tx) {
    auto row = tx.select<account>().where(c<&account::id> == 1).one();
    tx.update<account>().set(c<&account::balance> = row.balance - amount).where(c<&account::id> == 1).run();
    return row.balance - amount;
  });
  // [/options]
  expect(left >= 0);

  // [committed]
  const auto is_paid = [&](tidb::client& asked) {
    return asked.transaction([&](tidb::transaction& tx) {
      return tx.select<payment>().where(c<&payment::id> == payment_id).for_update().one_or_none().has_value();
    });
  };
  db.transaction({.committed = is_paid}, [&](tidb::transaction& tx) {
    tx.insert(payment{payment_id, amount});   // an id of the caller's own, made before
    tx.update<account>().set(c<&account::balance> = c<&account::balance> - amount).where(c<&account::id> == 1).run();
  });
  // [/committed]
}

void report(const tidb::client& db) {
  // [read_only]
  const auto total = db.transaction({.read_only = true}, [](tidb::transaction& tx) {
    std::int64_t sum = 0;
    for (const auto& row : tx.select<account>().all()) sum += row.balance;
    return sum;                               // of one moment, whatever others commit meanwhile
  });
  // [/read_only]
  expect(total == 80);
  // [single]
  db.with({.idempotent = true})
      .update<account>().set(c<&account::balance> = 100).where(c<&account::id> == 1).run();
  // [/single]
}

void watch(tidb::client& db) {
  // [hook]
  db.on_statement([](const tidb::statement_event& event) {
    if (event.failure != nullptr || event.duration > 100ms)
      std::clog << event.duration.count() << " us, " << event.rows << " rows: " << event.sql << '\n';
  });
  // [/hook]
  expect(db.count<account>() == 1);
  // [counters]
  const auto seen = db.counters();
  std::clog << seen.statements << " statements, " << seen.reruns << " transactions run again, " << seen.unknown
            << " outcomes unknown\n";
  // [/counters]
  expect(seen.statements > 5);
}
// clang-format on

}  // namespace

int main(int argc, char** argv) try {
  auto db = tidb::connect(argc > 1 ? argv[1] : "sqlite::memory:");
  db.create_table<account>(tidb::if_exists::overwrite);
  db.create_table<payment>(tidb::if_exists::overwrite);
  db.insert(account{1, 100});
  pay(db, 7, 10);
  report(db);
  watch(db);
  db.drop_table<account>();
  db.drop_table<payment>();
} catch (const std::exception& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
