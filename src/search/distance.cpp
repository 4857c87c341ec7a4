#include "tidbxx/search/distance.hpp"

#include "tidbxx/core/error.hpp"

namespace tidb::detail {

std::string_view distance_function(metric by) {
  switch (by) {
  case metric::cosine: return "VEC_COSINE_DISTANCE";
  case metric::l2: return "VEC_L2_DISTANCE";
  case metric::l1: return "VEC_L1_DISTANCE";
  case metric::negative_inner_product: return "VEC_NEGATIVE_INNER_PRODUCT";
  }
  return {};
}

sql::expression vector_literal(std::span<const float> numbers) {
  if (const auto why = check_vector(numbers); !why.empty()) throw_usage("the vector of a distance: " + why);
  return sql::literal(value_view::of(numbers));
}

sql::expression vector_literal(std::initializer_list<double> numbers) { return vector_literal(to_floats(numbers)); }

std::vector<float> to_floats(std::initializer_list<double> numbers) {
  std::vector<float> made;
  made.reserve(numbers.size());
  for (double number : numbers) made.push_back(static_cast<float>(number));
  return made;
}

}  // namespace tidb::detail
