#pragma once

// StreamService: the service of a world of streams: a ServiceModel, of which one group fails for
// itself, and some requests take long. One thread.

#include "action/action.h"
#include "tests/simulation/service_model.h"

namespace awps {

class StreamService {
 public:
  struct Options {
    ServiceModel::Faults faults;
    bool has_sick_group = false;
    bool is_sick_for_good = false;  // else until it is well
    double slow = 0;                // chance of a request that takes seconds
    Instant well_from{};
    uint64_t seed = 0;
  };
  static constexpr std::string_view kSickGroup = "sick";

  explicit StreamService(const Options& options);

  ServiceModel::Answer answer(const Action& action, bool is_poisoned, Instant now);
  bool is_down(Instant now) { return model_.is_down(now); }

 private:
  const Options options_;
  ServiceModel model_;
  Random random_;
};

}  // namespace awps
