#pragma once

// Notes: what an operator should know of a status, the worst first, each with what can be done
// about it. Any thread.

#include <string>
#include <vector>

#include "daemon/awpsctl/view/paint.h"
#include "daemon/awpsctl/wire/status_reading.h"

namespace awps {

struct Note {
  Colour severity = Colour::kPlain;  // kBad: service is lost; kWarning: we cope; kPlain: to know
  std::string subject;               // "chat", an endpoint's URL, or "awpsd"
  std::string text;                  // printable
  std::string remedy;                // empty: nothing is to be done
  // The same without figures and name, where several hubs share it; empty: each says it alone.
  std::string of_many = {};
  std::string remedy_of_many = {};

  friend bool operator==(const Note&, const Note&) = default;
};

/// Beyond this share of its budget a queue is worth a word.
inline constexpr double kNearlyFull = 0.8;

std::vector<Note> notes_of(const StatusReading& status);
std::vector<Note> hub_notes(const HubReading& hub);
std::vector<Note> endpoint_notes(const EndpointReading& endpoint);
std::vector<Note> log_notes(const StatusReading& status);
/// Of files that earlier stops left, or that nobody can look for them; at most one.
std::vector<Note> undelivered_notes(const SpoolReading& spool);
/// None without a gateway.
std::vector<Note> gateway_notes(const GatewayReading& gateway);
void sort_by_severity(std::vector<Note>& notes);

}  // namespace awps
