// awpsctl: looks into a running awpsd, and operates it. See awpsctl(1).

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/standard_files.h"
#include "daemon/awpsctl/commands/command_line.h"
#include "daemon/awpsctl/view/terminal.h"
#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {
namespace {

ExitCode report(const Failure& failure, bool json) {
  if (json) {
    const Json error{{"code", failure.code}, {"message", failure.message}};
    std::cerr << json_text(Json{{"error", error}}) << '\n';
  } else {
    std::cerr << "awpsctl: " << failure.message << '\n';
  }
  return failure.exit_code;
}

Result<std::string, Failure> read_token(const std::string& path) {
  std::ifstream file(path);
  std::string token{std::istreambuf_iterator<char>(file), {}};
  token.erase(token.find_last_not_of(" \t\r\n") + 1);
  const bool is_header = token.find_first_of("\r\n") == std::string::npos;
  if (!file.bad() && !token.empty() && is_header) return token;
  if (::access(path.c_str(), R_OK) != 0 && errno == EACCES) {
    return Failure{ExitCode::kNoPermission, "no_permission",
                   "no permission to read the token in '" + path + "': `sudo chgrp GROUP " + path +
                       "` opens it to a group of yours (the daemon's user has to be in it, too), "
                       "or run this with sudo"};
  }
  return Failure{ExitCode::kUsage, "usage",
                 "--token-file '" + path +
                     "' (or AWPSD_TOKEN_FILE) cannot be read, or has no token in its one line; "
                     "name the file of admin.token_file"};
}

Result<AdminClient::Options, Failure> admin_options(const Arguments& arguments) {
  Result<AdminAddress, Failure> address = parse_admin_address(arguments.admin);
  if (!address) return address.error();
  AdminClient::Options options{.address = std::move(*address)};
  // Who may use a Unix socket is said by its mode: no token is read for it, or shown there.
  const bool is_unix = !options.address.socket_path.empty();
  if (arguments.token_file.empty() || is_unix) return options;
  Result<std::string, Failure> token = read_token(arguments.token_file);
  if (!token) return token.error();
  options.token = std::move(*token);
  return options;
}

ExitCode run(const CommandLine& line) {
  const Arguments& arguments = line.arguments;
  Result<AdminClient::Options, Failure> options = admin_options(arguments);
  if (!options) return report(options.error(), arguments.json);
  AdminClient admin(std::move(*options));
  const Context context{.admin = admin,
                        .arguments = arguments,
                        .out = std::cout,
                        .err = std::cerr,
                        .view = {.columns = output_columns(STDOUT_FILENO),
                                 .paint = Paint(takes_colours(STDOUT_FILENO))}};
  const CommandResult result = line.command(context);
  std::cout.flush();
  if (!result) return report(result.error(), arguments.json);
  if (std::cout) return *result;
  return report({ExitCode::kIoError, "cannot_write", "write to standard output; is it closed?"},
                arguments.json);
}

}  // namespace
}  // namespace awps

int main(int argc, char** argv) {
  if (!awps::open_standard_files()) return awps::to_int(awps::ExitCode::kOsError);
  awps::CommandLine line;
  const std::unique_ptr<CLI::App> parser = awps::make_parser(line);
  try {
    parser->parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    // Of a word that is no subcommand CLI11 says only that one is missing.
    for (const std::string& word : parser->remaining()) {
      std::cerr << "awpsctl: '" << word << "' is no command; `awpsctl --help` lists them\n";
    }
    if (parser->remaining_size() == 0) parser->exit(error);
    return awps::to_int(awps::ExitCode::kUsage);
  } catch (const CLI::ParseError& error) {
    return parser->exit(error) == 0 ? 0 : awps::to_int(awps::ExitCode::kUsage);
  }
  return awps::to_int(awps::run(line));
}
