#pragma once

// forbid_core(): what this process has in memory, such as an access key, gets into no core, and
// nobody but root can read it by /proc or ptrace(2). prctl(2), PR_SET_DUMPABLE.
//
// The main thread, before any secret is read.

namespace awps {

void forbid_core();

}  // namespace awps
