#include <fmt/format.h>

#include <cstdio>

#include "app/commands/commands.h"

namespace cardea::app {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// One shell function: the words so far, without options, name the command; its words complete.
void print_bash(const std::vector<CompletionWord>& words) {
  fmt::print(
      "_cardea() {{\n  local path=cardea word\n  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    case \"$word\" in -*) ;; *) path=\"$path $word\" ;; esac\n  done\n  local words=\n  case \"$path\" in\n");
  for (const auto& word : words) fmt::print("    \"{}\") words=\"{}\" ;;\n", word.path, joined(word.words));
  fmt::print(
      "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"${{COMP_WORDS[COMP_CWORD]}}\"))\n}}\n"
      "complete -F _cardea cardea\n");
}

void print_fish(const std::vector<CompletionWord>& words) {
  for (const auto& word : words) {
    const auto commands = word.path == "cardea" ? std::string() : word.path.substr(7);
    const auto condition = commands.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + commands;
    fmt::print("complete -c cardea -f -n '{}' -a '{}'\n", condition, joined(word.words));
  }
}

}  // namespace

int completion_command(const std::string& shell, const std::vector<CompletionWord>& words) {
  if (shell == "fish") {
    print_fish(words);
    return 0;
  }
  if (shell == "zsh") fmt::print("autoload -U +X bashcompinit && bashcompinit\n");
  print_bash(words);
  return 0;
}

}  // namespace cardea::app
