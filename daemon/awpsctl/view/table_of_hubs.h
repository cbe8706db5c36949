#pragma once

// TableOfHubs: a table with a row for each hub, to which it adds a column of what they have on disk
// if one of them keeps anything there.
//
// One thread.

#include <string>
#include <vector>

#include "daemon/awpsctl/view/table.h"
#include "daemon/awpsctl/wire/status_reading.h"

namespace awps {

class TableOfHubs {
 public:
  /// The first four columns are before it.
  TableOfHubs(const StatusReading& status, std::vector<Column> columns);

  void add(const HubReading& hub, std::vector<Cell> row);
  std::vector<std::string> lines(size_t width, const Paint& paint) const {
    return table_.lines(width, paint);
  }

 private:
  const bool has_disk_;
  Table table_;
};

}  // namespace awps
