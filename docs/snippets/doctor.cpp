// The code of docs/doctor.md. It is compiled, not run.
#include <tidbxx/client/doctor.hpp>

#include <iostream>

int main() {
  // [diagnose]
  const auto report = tidb::diagnose("mysql://app@db.example.com:4000/shop", [](const auto& step, const auto&) {
    std::cout << step.name << ": " << tidb::to_string(step.status) << ", " << step.detail << '\n';
  });
  if (!report.healthy()) std::cout << report.steps.back().remedy << '\n';
  // [/diagnose]
}
