#include "orm/all_or_none.hpp"

#include <memory>

namespace tidb::detail {

void all_or_none::expect_more() {
  if (!undone_ || nested_) return;
  nested_.emplace(on_.pool(), std::make_shared<transaction_scope>(*on_.transaction(), on_.context(where_)),
                  on_.options());
}

void all_or_none::keep() {
  if (nested_) nested_->transaction()->commit(on_.context(where_));
}

void write_all_or_none(const executor& on, const transaction_options& options, function_ref<void(all_or_none&)> write,
                       std::source_location where) {
  if (!on.in_transaction()) {
    const auto begun = [&](const executor& inside) {
      all_or_none writes(inside, false, where);
      write(writes);
    };
    return run_transaction(on, options, begun, nullptr, where);
  }
  all_or_none writes(on, true, where);
  write(writes);
  writes.keep();
}

}  // namespace tidb::detail
