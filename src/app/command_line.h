#pragma once

namespace cardea::app {

// Parses the command line and runs the command. Exit status: 0 done, 1 it failed, 2 wrong usage or configuration.
int run_command_line(int argc, char** argv);

}  // namespace cardea::app
