#include "daemon/awpsctl/view/table_of_hubs.h"

#include <algorithm>
#include <utility>

#include "daemon/awpsctl/figures.h"

namespace awps {

namespace {

bool has_log(const HubReading& hub) {
  return hub.log.has_value();
}

template <typename Item>
std::vector<Item> with_disk(std::vector<Item> items, Item disk) {
  static constexpr std::ptrdiff_t kPlace = 4;
  items.insert(items.begin() + kPlace, std::move(disk));
  return items;
}

std::vector<Column> columns_with_disk(std::vector<Column> columns) {
  return with_disk(std::move(columns), Column{.title = "DISK", .priority = 3, .is_right = true});
}

Cell disk_cell(const HubReading& hub) {
  if (!hub.log) return {"–"};
  if (hub.log->state == "failed") return {"failed", Colour::kBad};
  if (hub.log->state == "recovering") return {"reading", Colour::kWarning};
  return {bytes_text(hub.log->bytes),
          hub.log->tail_records > 0 ? Colour::kWarning : Colour::kPlain};
}

}  // namespace

TableOfHubs::TableOfHubs(const StatusReading& status, std::vector<Column> columns)
    : has_disk_(std::ranges::any_of(status.hubs, has_log)),
      table_(has_disk_ ? columns_with_disk(std::move(columns)) : std::move(columns)) {}

void TableOfHubs::add(const HubReading& hub, std::vector<Cell> row) {
  table_.add(has_disk_ ? with_disk(std::move(row), disk_cell(hub)) : std::move(row));
}

}  // namespace awps
