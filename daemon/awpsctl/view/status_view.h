#pragma once

// How a status looks: once, with the counts since the start (`status`), and as a live view with the
// rates of an interval (`status --watch`). Lines without '\n', none wider than asked for. Functions
// of their arguments, any thread.

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/awpsctl/view/interval.h"
#include "daemon/awpsctl/view/paint.h"
#include "daemon/awpsctl/wire/status_reading.h"

namespace awps {

struct ViewOptions {
  size_t columns = 80;
  size_t rows = SIZE_MAX;
  Paint paint{false};
};

/// The last rates of each hub, for its trend.
class History {
 public:
  static constexpr size_t kKept = 120;

  void add(const StatusReading& status, const std::optional<Interval>& interval);
  /// The last `columns` rates as bars from ▁ to █, the highest of them full.
  std::string trend(const std::string& hub, size_t columns) const;

 private:
  std::map<std::string, std::deque<double>> delivered_;
};

struct LiveView {
  const StatusReading& status;
  const std::optional<Interval>& interval;  // nullopt: nothing to compare with
  const History& history;
  std::string problem;  // why there is no newer status; empty: there is
  std::string keys;     // what can be done, in the last line; empty: none
};

std::vector<std::string> status_lines(const StatusReading& status, const ViewOptions& options);
/// At most options.rows lines: what matters least is left out, and said to be.
std::vector<std::string> live_lines(const LiveView& view, const ViewOptions& options);
std::vector<std::string> hubs_lines(const StatusReading& status, const ViewOptions& options);

}  // namespace awps
