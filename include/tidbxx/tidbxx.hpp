// All of tidbxx: a C++20 toolkit for TiDB and for the embedded engine.
#pragma once

#include "tidbxx/client/client.hpp"
#include "tidbxx/client/connect.hpp"
#include "tidbxx/client/pool.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/core/json.hpp"
#include "tidbxx/core/value.hpp"
#include "tidbxx/core/vector.hpp"
#include "tidbxx/engine/options.hpp"
#include "tidbxx/orm/mapping.hpp"
#include "tidbxx/orm/statements.hpp"
#include "tidbxx/orm/transaction.hpp"
#include "tidbxx/search/distance.hpp"
#include "tidbxx/search/search.hpp"
#include "tidbxx/sql/functions.hpp"
#include "tidbxx/sql/window.hpp"
