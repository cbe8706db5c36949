#include "stream/letter_watch.h"

#include <algorithm>

namespace awps {

// By its queue: a reload makes another handle of the same hub.
void LetterWatch::await(LetterId id, const StreamHubHandle& hub, uint64_t letter) {
  auto at = std::ranges::find_if(
      hubs_, [&hub](const AtHub& known) { return known.hub->queue == hub->queue; });
  if (at == hubs_.end()) at = hubs_.insert(at, {.hub = hub, .letters = {}});
  at->letters.emplace(letter, id);
}

void LetterWatch::turn(std::vector<LetterId>& safe) {
  for (AtHub& at : hubs_) {
    const auto end = at.letters.upper_bound(at.hub->for_streams->letters_safe_up_to());
    for (auto letter = at.letters.begin(); letter != end; ++letter) safe.push_back(letter->second);
    at.letters.erase(at.letters.begin(), end);
  }
  std::erase_if(hubs_, [](const AtHub& at) { return at.letters.empty(); });
}

void LetterWatch::forget(uint64_t producer) {
  for (AtHub& at : hubs_) {
    std::erase_if(at.letters,
                  [producer](const auto& letter) { return letter.second.producer == producer; });
  }
  std::erase_if(hubs_, [](const AtHub& at) { return at.letters.empty(); });
}

std::string LetterWatch::trouble() const {
  for (const AtHub& at : hubs_) {
    std::string error = at.hub->for_streams->letters_error();
    if (!error.empty()) return "hub '" + at.hub->name + "': " + error;
  }
  return "";
}

}  // namespace awps
