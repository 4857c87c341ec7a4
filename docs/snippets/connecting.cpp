// The ways to connect. Compiled, not run: the server is made up.
#include <tidbxx/tidbxx.hpp>

void connect_in_each_way() {
  // [ways]
  auto from_surroundings = tidb::connect();                             // TIDB_* or .env; with neither, ./tidbxx.db
  auto from_url = tidb::connect("mysql://user:secret@host:4000/shop");  // a URL
  auto from_options = tidb::connect({.host = "host", .user = "me", .password = "secret", .database = "shop"});
  auto embedded = tidb::connect("sqlite:shop.db");  // the embedded engine
  // [/ways]
}

int main() {}
