// A session beside plain maps that say what it should hold, through random operations, failures among them.
#include "support/engines.hpp"

#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

using tidb::c;

namespace {

struct item;
struct label;

struct owner {
  std::int64_t id{};
  std::string name{};
  int coins{};
  int version{};
  tidb::one_to_many<item> items{};
};
struct item {
  std::int64_t id{};
  std::optional<std::int64_t> owner_id{};
  std::string text{};
  tidb::many_to_one<owner> holder{};
  tidb::many_to_many<label> labels{};
};
struct label {
  std::int64_t id{};
  std::string name{};
  tidb::many_to_many<item> items{};
};
struct item_label {
  std::int64_t item_id{}, label_id{};
};

constexpr auto tidb_schema(tidb::of<owner>) {
  return tidb::mapping("model_owners", tidb::column<&owner::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&owner::name>(tidb::varchar(32), tidb::unique), tidb::column<&owner::coins>(),
                       tidb::column<&owner::version>(tidb::row_version))
      .with(tidb::relate<&owner::items, &item::owner_id>());
}
constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("model_items", tidb::column<&item::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&item::owner_id>(tidb::references<&owner::id>()), tidb::column<&item::text>())
      .with(tidb::relate<&item::holder, &item::owner_id>(),
            tidb::relate<&item::labels, &item_label::item_id, &item_label::label_id>());
}
constexpr auto tidb_schema(tidb::of<label>) {
  return tidb::mapping("model_labels", tidb::column<&label::id>(tidb::primary_key), tidb::column<&label::name>())
      .with(tidb::relate<&label::items, &item_label::label_id, &item_label::item_id>());
}
constexpr auto tidb_schema(tidb::of<item_label>) {
  return tidb::mapping("model_item_labels",
                       tidb::column<&item_label::item_id>(tidb::primary_key, tidb::references<&item::id>()),
                       tidb::column<&item_label::label_id>(tidb::primary_key, tidb::references<&label::id>()));
}

/// What the database should hold; objects have numbers of their own, as keys come late.
struct plain_rows {
  struct owner_row {
    std::string name{};
    int coins{};
  };
  struct item_row {
    std::optional<int> holder{};
    std::string text{};
    std::set<std::int64_t> labels{};
  };
  std::map<int, owner_row> owners{};
  std::map<int, item_row> items{};
};

constexpr std::int64_t label_count = 3;

/// One sequence of operations.
class sequence {
public:
  sequence(tidb::client& db, std::uint64_t seed) : db_(db), random_(seed), session_(db) {}

  void run(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) one();
    if (testing::Test::HasFailure()) return;
    session_.commit();
    committed_ = wanted_;
    compare_rows();
  }
  const std::vector<std::string>& log() const { return log_; }

private:
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  void note(std::string what) { log_.push_back(std::move(what)); }

  template <class Map>
  std::optional<int> any_of(const Map& rows) {
    if (rows.empty()) return std::nullopt;
    return std::next(rows.begin(), below(static_cast<int>(rows.size())))->first;
  }

  void one() {
    switch (below(18)) {
    case 0:
    case 1: return add_owner();
    case 2:
    case 3: return add_item();
    case 4: return change_owner();
    case 5: return change_item();
    case 6: return move_item();
    case 7: return leave_list();
    case 8: return add_label();
    case 9: return remove_label();
    case 10: return remove_owner();
    case 11: return remove_item();
    case 12: note("flush"); return session_.flush();
    case 13: return commit();
    case 14: return below(2) == 0 ? rollback() : fail();
    case 15: return compare_objects();
    case 16: return refresh();
    default: return query();
    }
  }

  void add_owner() {
    const int number = ++next_;
    const plain_rows::owner_row row{"owner " + std::to_string(number), below(100)};
    note("add owner " + std::to_string(number));
    owners_[number] = session_.add(owner{.name = row.name, .coins = row.coins});
    wanted_.owners[number] = row;
  }
  void add_item() {
    const int number = ++next_;
    plain_rows::item_row row{any_of(wanted_.owners), "item " + std::to_string(number), {}};
    if (below(3) == 0) row.holder.reset();
    const int way = below(3);
    note("add item " + std::to_string(number) + " way " + std::to_string(way) + " to " +
         (row.holder ? std::to_string(*row.holder) : "none"));
    if (!row.holder) {
      items_[number] = session_.add(item{.text = row.text});
    } else if (way == 0) {
      items_[number] = owners_[*row.holder]->items.add(item{.text = row.text});
    } else if (way == 1) {
      items_[number] = session_.add(item{.text = row.text, .holder = owners_[*row.holder]});
    } else {
      items_[number] = session_.add(item{.text = row.text});
      items_[number]->holder = owners_[*row.holder];
    }
    wanted_.items[number] = row;
  }
  void change_owner() {
    const auto number = any_of(wanted_.owners);
    if (!number) return;
    note("change owner " + std::to_string(*number));
    wanted_.owners[*number].coins = owners_[*number]->coins = below(1'000);
  }
  void change_item() {
    const auto number = any_of(wanted_.items);
    if (!number) return;
    note("change item " + std::to_string(*number));
    wanted_.items[*number].text = items_[*number]->text = "text " + std::to_string(below(1'000));
  }
  void move_item() {
    const auto number = any_of(wanted_.items), to = any_of(wanted_.owners);
    if (!number || !to) return;
    const int way = below(3);
    note("move item " + std::to_string(*number) + " to " + std::to_string(*to) + " way " + std::to_string(way));
    auto& row = wanted_.items[*number];
    row.holder = to;
    if (way == 0) {
      items_[*number]->holder = owners_[*to];
    } else if (way == 1) {
      owners_[*to]->items.add(items_[*number]);
    } else {
      items_[*number]->holder = nullptr;
      row.holder.reset();
    }
  }
  void leave_list() {
    const auto number = any_of(wanted_.items);
    if (!number || !wanted_.items[*number].holder) return;
    note("item " + std::to_string(*number) + " leaves its list");
    session_.flush();  // lists follow references with a flush
    owners_[*wanted_.items[*number].holder]->items.remove(items_[*number]);
    wanted_.items[*number].holder.reset();
  }
  std::shared_ptr<label> label_at(std::int64_t id) { return session_.get<label>(id); }
  void add_label() {
    const auto number = any_of(wanted_.items);
    if (!number) return;
    const std::int64_t id = below(label_count) + 1;
    auto& labels = wanted_.items[*number].labels;
    if (labels.contains(id)) return;
    note("label " + std::to_string(id) + " of item " + std::to_string(*number));
    labels.insert(id);
    if (below(2) == 0)
      items_[*number]->labels.add(label_at(id));
    else
      label_at(id)->items.add(items_[*number]);
  }
  void remove_label() {
    const auto number = any_of(wanted_.items);
    if (!number || wanted_.items[*number].labels.empty()) return;
    const auto id = *wanted_.items[*number].labels.begin();
    note("no label " + std::to_string(id) + " of item " + std::to_string(*number));
    session_.flush();  // it may have been said by the other side
    wanted_.items[*number].labels.erase(id);
    if (below(2) == 0)
      items_[*number]->labels.remove(label_at(id));
    else
      label_at(id)->items.remove(items_[*number]);
  }
  void remove_owner() {
    const auto number = any_of(wanted_.owners);
    if (!number) return;
    note("remove owner " + std::to_string(*number));
    session_.remove(owners_[*number]);
    session_.flush();
    wanted_.owners.erase(*number);
    for (auto& [_, row] : wanted_.items)
      if (row.holder == number) row.holder.reset();
  }
  void remove_item() {
    const auto number = any_of(wanted_.items);
    if (!number) return;
    note("remove item " + std::to_string(*number));
    session_.remove(items_[*number]);
    wanted_.items.erase(*number);
  }
  void commit() {
    note("commit");
    session_.commit();
    committed_ = wanted_;
    compare_rows();
  }
  void rollback() {
    note("rollback");
    session_.rollback();
    wanted_ = committed_;
  }
  /// Two names that are the same: nothing of the flush may be left.
  void fail() {
    note("fail");
    const auto taken = "twice " + std::to_string(++next_);
    session_.add(owner{.name = taken});
    session_.add(owner{.name = taken});
    EXPECT_THROW(session_.flush(), tidb::constraint_violation);
    EXPECT_THROW(session_.flush(), tidb::usage_error);
    rollback();
  }
  void refresh() {
    const auto number = any_of(committed_.owners);
    if (!number || !wanted_.owners.contains(*number)) return;
    note("refresh owner " + std::to_string(*number));
    session_.flush();
    session_.refresh(owners_[*number]);
    EXPECT_EQ(owners_[*number]->coins, wanted_.owners[*number].coins);
  }
  void query() {
    note("query");
    const auto found = session_.query<owner>().order_by(c<&owner::id>).selectin<&owner::items, &item::labels>().all();
    EXPECT_EQ(found.size(), wanted_.owners.size());
    EXPECT_EQ(session_.query<item>().count(), static_cast<std::int64_t>(wanted_.items.size()));
    compare_objects();
  }

  void compare_objects() {
    note("compare");
    session_.flush();
    for (const auto& [number, row] : wanted_.owners) {
      const auto& object = owners_.at(number);
      EXPECT_EQ(object->name, row.name);
      EXPECT_EQ(object->coins, row.coins);
      std::set<std::shared_ptr<item>> items;
      for (const auto& [which, each] : wanted_.items)
        if (each.holder == number) items.insert(items_.at(which));
      EXPECT_EQ(std::set<std::shared_ptr<item>>(object->items.begin(), object->items.end()), items) << number;
    }
    for (const auto& [number, row] : wanted_.items) {
      const auto& object = items_.at(number);
      EXPECT_EQ(object->text, row.text);
      EXPECT_EQ(object->holder.get(), row.holder ? owners_.at(*row.holder) : nullptr) << number;
      std::set<std::int64_t> labels;
      for (const auto each : object->labels) labels.insert(each->id);
      EXPECT_EQ(labels, row.labels) << number;
    }
  }
  /// By another connection.
  void compare_rows() {
    std::map<std::int64_t, owner> owners;
    for (auto& row : db_.select<owner>().all()) owners.emplace(row.id, row);
    EXPECT_EQ(owners.size(), committed_.owners.size());
    for (const auto& [number, row] : committed_.owners) {
      const auto& found = owners[owners_.at(number)->id];
      EXPECT_EQ(found.name, row.name);
      EXPECT_EQ(found.coins, row.coins);
    }
    std::map<std::int64_t, item> items;
    for (auto& row : db_.select<item>().all()) items.emplace(row.id, row);
    EXPECT_EQ(items.size(), committed_.items.size());
    std::set<std::pair<std::int64_t, std::int64_t>> pairs, wanted_pairs;
    for (const auto& [number, row] : committed_.items) {
      const auto id = items_.at(number)->id;
      EXPECT_EQ(items[id].text, row.text);
      EXPECT_EQ(items[id].owner_id, row.holder ? std::optional(owners_.at(*row.holder)->id) : std::nullopt) << number;
      for (const auto each : row.labels) wanted_pairs.emplace(id, each);
    }
    for (const auto& row : db_.select<item_label>().all()) pairs.emplace(row.item_id, row.label_id);
    EXPECT_EQ(pairs, wanted_pairs);
  }

  tidb::client& db_;
  std::mt19937_64 random_;
  tidb::session session_;
  std::map<int, std::shared_ptr<owner>> owners_;
  std::map<int, std::shared_ptr<item>> items_;
  plain_rows wanted_, committed_;
  std::vector<std::string> log_;
  int next_{};
};

class session_model : public tests::on_each_engine {};

TEST_P(session_model, holds_what_plain_maps_hold_through_random_operations) {
  db().create_table<owner>();
  db().create_table<item>();
  db().create_table<label>();
  db().create_table<item_label>();
  for (std::int64_t id = 1; id <= label_count; ++id) db().insert(label{id, "label " + std::to_string(id)});
  // encrypted or not is no matter to a session
  const int sequences = GetParam() == tests::target::tidb_tls ? 10 : tests::count(60, 10'000);
  for (int seed = 1; seed <= sequences && !HasFailure(); ++seed) {
    db().erase<item_label>().run();
    db().erase<item>().run();
    db().erase<owner>().run();
    sequence one(db(), static_cast<std::uint64_t>(seed));
    try {
      one.run(40);
    } catch (const std::exception& problem) {
      ADD_FAILURE() << problem.what();
    }
    if (!HasFailure()) continue;
    std::string log;
    for (const auto& each : one.log()) log += "\n  " + each;
    ADD_FAILURE() << "seed " << seed << ":" << log;
  }
}

RUN_ON_EACH_ENGINE(session_model);

}  // namespace
