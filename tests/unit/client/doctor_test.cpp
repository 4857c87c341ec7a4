#include "client/examination.hpp"
#include "support/engines.hpp"
#include "tidbxx/client/doctor.hpp"

#include <new>

#include <gtest/gtest.h>

namespace {

using std::chrono::microseconds;

TEST(doctor, percentiles_are_samples_by_nearest_rank) {
  std::vector<microseconds> samples;
  for (int i = 100; i > 0; --i) samples.emplace_back(i);
  const auto spread = tidb::summarize(samples);
  EXPECT_EQ(spread.min, microseconds(1));
  EXPECT_EQ(spread.p50, microseconds(50));
  EXPECT_EQ(spread.p99, microseconds(99));
  EXPECT_EQ(spread.max, microseconds(100));
  EXPECT_EQ(tidb::summarize({microseconds(7)}).p99, microseconds(7));
  EXPECT_EQ(tidb::summarize({}).max, microseconds(0));
}

TEST(doctor, the_listener_is_told_of_each_step_as_the_last_of_the_report_so_far) {
  const tests::temporary_folder folder;
  std::vector<std::string> told;
  const auto report = tidb::diagnose({.file = (folder.path() / "new.db").string()},
                                     [&](const tidb::diagnosis_step& step, const tidb::diagnosis& so_far) {
                                       EXPECT_EQ(&step, &so_far.steps.back());
                                       EXPECT_FALSE(so_far.settings.empty());
                                       told.push_back(step.name);
                                     });
  ASSERT_EQ(told.size(), report.steps.size());
  for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i], report.steps[i].name);
  EXPECT_TRUE(report.healthy());
}

TEST(doctor, a_failed_step_is_the_last_and_the_report_is_not_healthy) {
  const auto report = tidb::diagnose("sqlite:/absent/folder/test.db");
  EXPECT_FALSE(report.healthy());
  EXPECT_EQ(report.steps.back().status, tidb::step_status::failed);
  EXPECT_FALSE(report.steps.back().remedy.empty());
}

TEST(doctor, an_exception_of_any_kind_is_a_failed_step) {
  tidb::diagnosis report;
  const tidb::diagnosis_listener nobody;
  tidb::detail::examination steps(report, nobody);
  EXPECT_FALSE(steps.step("memory", []() -> tidb::detail::finding { throw std::bad_alloc(); }));
  ASSERT_EQ(report.steps.size(), 1U);
  EXPECT_EQ(report.steps[0].status, tidb::step_status::failed);
  EXPECT_FALSE(report.steps[0].detail.empty() || report.steps[0].remedy.empty());
}

TEST(doctor, what_is_wrong_with_a_setting_is_a_failed_step_without_the_password) {
  const auto report = tidb::diagnose("mysql://me:s3cr3t-word@h/d/s3cr3t-word");
  ASSERT_EQ(report.steps.size(), 1U);
  EXPECT_EQ(report.steps[0].name, "settings");
  EXPECT_EQ(report.steps[0].status, tidb::step_status::failed);
  EXPECT_EQ(report.steps[0].remedy.find("s3cr3t"), std::string::npos) << report.steps[0].remedy;
}

}  // namespace
