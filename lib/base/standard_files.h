#pragma once

// open_standard_files(): standard input, output and error, where the process was started without
// them, become /dev/null. Otherwise the next file or socket that is opened gets such a number, and
// what is written to standard error goes into it. To read or to write them fails, as it did: they
// are opened the wrong way round.
//
// The main thread, before anything else is opened.

namespace awps {

/// False: there is no /dev/null to open.
bool open_standard_files();

}  // namespace awps
