#pragma once

// Which requests a rule of scripted faults is about: a conjunction of conditions on the request's
// head, and on the groups in the body of a bulk change of memberships. What a rule does not mention
// is free. Patterns: '*' stands for any characters (base/pattern.h). Pure, any thread. Costs
// compares, and one SHA-256 a target where a fraction of the targets is asked for.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/http_head.h"
#include "emulator/route.h"
#include "emulator/url.h"

namespace awps::emulator {

/// The head of a request as the rules see it. Names are decoded, but "%2F" in a path stays.
struct FaultSubject {
  std::string_view method;
  std::string_view raw_path;
  std::string_view hub;  // lower-case, empty if there is none
  std::string_view operation;
  std::string_view target = {};  // the connection, user or group that it is about; as in the log
  std::string_view group = {};
  std::string_view user = {};
  std::string_view connection = {};
  std::string_view fields = {};  // the head's lines (RequestHead::fields)
  const Query* query = nullptr;
  size_t url_bytes = 0;
  size_t body_bytes = 0;
  /// Of a bulk change: each is a group and a target of it, and one that matches is enough.
  std::vector<std::string> body_groups = {};
};

/// Does the operation say in its body which groups it is about?
bool has_groups_in_body(Operation operation);

/// Its views point into the first three. `body`: empty where the operation has no groups in it.
FaultSubject subject_of(const RequestHead& head, const Route& route, const Query& query,
                        std::string_view body = {});

/// One of these must fit; empty: anything does.
using Patterns = std::vector<std::string>;

/// A query parameter or a header that must fit the pattern; nullopt: it must be absent.
using NamedPattern = std::pair<std::string, std::optional<std::string>>;

/// A part of all targets, the same ones for the same seed.
struct TargetFraction {
  double fraction = 1;
  uint64_t seed = 1;
};

/// Without `except`, which has none of its own.
struct FaultConditions {
  std::string method;
  std::string path_prefix;
  std::string path_contains;
  std::string hub;
  Patterns operations;
  Patterns targets;
  Patterns groups;
  Patterns users;
  Patterns connections;
  std::optional<TargetFraction> target_fraction;
  std::vector<NamedPattern> query;
  std::vector<NamedPattern> headers;
  uint64_t min_url_bytes = 0;
  uint64_t min_body_bytes = 0;
};

struct FaultMatch {
  FaultConditions when;
  std::optional<FaultConditions> except;
};

bool matches(const FaultMatch& match, const FaultSubject& subject);

/// Is `target` one of the fraction? It is if the first 8 bytes (big-endian) of the SHA-256 of
/// "SEED:TARGET", as a part of 2^64, are less than the fraction. So a larger fraction contains a
/// smaller one of the same seed, and anybody can say beforehand which targets it will be.
bool is_in_fraction(const TargetFraction& chosen, std::string_view target);

}  // namespace awps::emulator
