#include "hub/operation.h"

namespace awps {

std::string_view name_of(OperationForm form) {
  switch (form) {
    case OperationForm::kSingle:
      return "single";
    case OperationForm::kFanOut:
      return "fan_out";
    case OperationForm::kBulkMembership:
      return "bulk_membership";
    case OperationForm::kMerge:
      return "merge";
  }
  return "";
}

}  // namespace awps
