// A search until it is done: again when the index was changed or built anew meanwhile, and without it when that does
// not help. `Search`: indexed_search or word_search.
#pragma once

#include "search/index_use.hpp"
#include "search/server_registry.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/search/search.hpp"

#include <source_location>
#include <string>

namespace tidb::detail {

/// The program itself has begun one, on a connection that it has handed over.
bool is_in_transaction_already(const error& failed);

/// True if the index was built anew and the search may try it again.
bool heal(const executor& on, const index_fault& fault, const call_context& context);

/// One search on the embedded engine.
template <class Search>
class embedded_search {
public:
  embedded_search(const executor& on, const search_results& into, search_plan& plan, std::source_location where)
      : on_(on), into_(into), plan_(plan), context_(on.context(where)) {}

  void run(function_ref<void(const executor&, Search&)> body, const search_request& request) {
    constexpr int max_tries = 3;
    for (int tries = 1;; ++tries) {  // the last one is without the index, and that is done
      bool done = false;
      try {
        in_one_snapshot(
            on_,
            [&](const executor& inside) {
              Search search(inside, request, into_, plan_, context_);
              if (!no_index_.empty())
                search.give_up_index(no_index_);
              else if (!search.find_index()) {
                if (tries < max_tries && !on_.in_transaction()) return;
                search.give_up_index("the index in memory is newer than this transaction");
              }
              body(inside, search);
              done = true;
            },
            context_.where);
      } catch (const index_fault& fault) {
        if (tries >= max_tries || !heal(on_, fault, context_)) no_index_ = "the index cannot be used: " + fault.why;
      } catch (const error& failed) {
        if (!is_in_transaction_already(failed)) throw;
        Search search(on_, request, into_, plan_, context_);
        search.give_up_index("the program has begun a transaction on this connection itself");
        return body(on_, search);
      }
      if (done) return;
    }
  }

private:
  const executor& on_;
  const search_results& into_;
  search_plan& plan_;
  call_context context_;
  std::string no_index_{};
};

/// One search on TiDB: outside of a transaction its few statements are each of a moment of its own.
template <class Search>
class server_search {
public:
  server_search(const executor& on, const search_results& into, search_plan& plan, std::source_location where)
      : on_(on), into_(into), plan_(plan), context_(on.context(where)) {}

  void run(function_ref<void(Search&)> body, const search_request& request) {
    constexpr int max_tries = 4;
    for (int tries = 1;; ++tries) {
      const bool is_last = tries == max_tries;
      try {
        bool done = false;
        retry_read(on_, context_, [&] {
          Search search(on_, request, into_, plan_, context_);
          if (!no_index_.empty() || is_last)
            search.give_up_index(no_index_.empty() ? "the index is changed too fast" : no_index_);
          else if (!search.find_index()) {
            if (!on_.in_transaction()) return;
            search.give_up_index("the index in memory is newer than this transaction");
          }
          body(search);
          done = true;
        });
        if (done) return;
      } catch (const index_fault& fault) {
        if (is_last || !heal(on_, fault, context_)) no_index_ = "the index cannot be used: " + fault.why;
      } catch (const changed_index&) {  // what was in memory is read anew
      } catch (const error& failed) {
        if (is_last || !is_missing_table(failed)) throw;
        index_catalog::of(on_).forget_list();  // the index was dropped
      }
    }
  }

private:
  const executor& on_;
  const search_results& into_;
  search_plan& plan_;
  call_context context_;
  std::string no_index_{};
};

}  // namespace tidb::detail
