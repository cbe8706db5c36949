#include "stream/kafka/leader_stirring.h"

#include "stream/kafka/kafka_questions.h"

namespace awps {

void LeaderStirring::stir(rd_kafka_t* client, int32_t partition, Errands& errands) {
  const auto [place, is_first] = asked_.try_emplace(partition, false);
  place->second = !is_first;
  if (!is_first) return;
  errands.send([this, client, partition, &errands, session = session_]() -> Errands::Answer {
    (void)ask_ends(client, settings_, partition, longest_question_);
    return [this, client, partition, &errands, session] {
      const auto asked = asked_.extract(partition);
      if (asked.mapped() && session == session_) stir(client, partition, errands);
    };
  });
}

}  // namespace awps
