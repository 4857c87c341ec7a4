#include "tidbxx/orm/embedder.hpp"

#include "tidbxx/core/error.hpp"
#include "tidbxx/core/vector.hpp"

#include <utility>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

[[noreturn]] void refuse(const embedding_facts& of, const std::string& why, std::source_location where) {
  throw_usage(fmt::format("the model of \"{}.{}\" gave {}", of.table, of.column, why), where);
}

}  // namespace

embedder::embedder(embedding_facts of, std::shared_ptr<text_model> model)
    : of_(std::move(of)), model_(std::move(model)), dimensions_(of_.dimensions) {}

std::vector<std::vector<float>> embedder::embed(const std::vector<std::string>& texts,
                                                std::source_location where) const {
  auto vectors = model_->embed(texts);
  if (vectors.size() != texts.size())
    refuse(of_, fmt::format("{} vectors for {} texts: one for each is expected", vectors.size(), texts.size()), where);
  for (const auto& vector : vectors) check(vector, where);
  return vectors;
}

void embedder::check(std::span<const float> vector, std::source_location where) const {
  if (vector.empty()) refuse(of_, "a vector of no dimensions", where);
  if (const auto why = check_vector(vector); !why.empty()) refuse(of_, "no vector: " + why, where);
  std::size_t expected = 0;
  if (dimensions_.compare_exchange_strong(expected, vector.size()) || expected == vector.size()) return;
  refuse(of_,
         fmt::format("a vector of {} dimensions: the {} {}", vector.size(),
                     of_.dimensions != 0 ? "column has" : "others have", expected),
         where);
}

std::vector<std::shared_ptr<const embedder>> embedders_of(const executor& on, std::string_view table,
                                                          std::source_location where) {
  const auto* const bound = on.expect_pool(where).extension();
  if (bound == nullptr) return {};
  return bound->embedders(table);
}

}  // namespace tidb::detail
