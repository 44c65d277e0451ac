// The scripts run in the real shells, and the man page through groff; programs that are not installed are skipped.
#include "cli/command/completion.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>

#include "cli/command/command_tree_sample_test.hpp"

namespace sluice::cli {
namespace {

struct outcome {
    int code = -1;
    std::string output;  // both streams
};

outcome run(const std::string& command) {
    outcome out;
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    char piece[4096];
    for (std::size_t got = 0; (got = std::fread(piece, 1, sizeof piece, pipe)) != 0;) {
        out.output.append(piece, got);
    }
    const int status = ::pclose(pipe);
    out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return out;
}

bool is_installed(const std::string& program) {
    return run("command -v " + program).code == 0;
}

// A folder with the scripts, and a `prog` that answers like `prog parts complete`.
class completion : public testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/sluice-completion-XXXXXX";
        folder_ = ::mkdtemp(name);
        write("prog.bash", completion_script(sample_program(), shell::bash));
        write("_prog", completion_script(sample_program(), shell::zsh));
        write("prog.fish", completion_script(sample_program(), shell::fish));
        write("prog.1", man_page(sample_program(), {.command = "parts", .date = "2026-01-31", .version = "1.2"}));
        write("prog",
              "#!/bin/sh\n[ \"$1 $2\" = 'parts complete' ] || exit 1\n"
              "printf '%s\\n' \"$4$3-1\" \"$4$3 2\"\n");
        std::filesystem::permissions(path("prog"), std::filesystem::perms::owner_all);
        std::filesystem::create_directory(path("files"));
        write("files/drawing.step", "");
        std::filesystem::create_directory(path("files/old"));
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
    void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }

    // The candidates of bash for the last word, one a line.
    [[nodiscard]] std::string bash(const std::string& words) const {
        write("ask.bash", "source ../prog.bash\nset -u\nCOMP_WORDS=(" + path("prog") + " " + words +
                              ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_prog\n"
                              "((${#COMPREPLY[@]} == 0)) || printf '%s\\n' \"${COMPREPLY[@]}\"\n");
        const auto done = run("cd " + path("files") + " && bash --norc ../ask.bash");
        EXPECT_EQ(done.code, 0) << done.output;
        return done.output;
    }

    [[nodiscard]] std::string fish(const std::string& line) const {
        const auto done = run("cd " + path("files") + " && PATH=" + path("") + ":$PATH HOME=" + path("") +
                              " fish --no-config -c 'source ../prog.fish; complete -C \"" + line + "\"'");
        EXPECT_EQ(done.code, 0) << done.output;
        return done.output;
    }

    std::filesystem::path folder_;
};

TEST_F(completion, bash_offers_what_may_come) {
    EXPECT_EQ(run("bash -n " + path("prog.bash")).output, "");
    EXPECT_EQ(bash("''"), "parts\ntag\nserve\n");
    EXPECT_EQ(bash("parts ''"), "add\nlist\nbom\n");
    EXPECT_EQ(bash("parts b"), "bom\n");
    EXPECT_EQ(bash("parts bom ''"), "show\nexport\n");
    EXPECT_EQ(bash("parts add --ta"), "--tag\n");
    EXPECT_EQ(bash("parts list --"), "--help\n--database\n");
    EXPECT_EQ(bash("parts add --unit ''"), "each\nmetre\n");
    EXPECT_EQ(bash("parts add --unit = m"), "metre\n") << "bash splits at =";
    EXPECT_EQ(bash("parts add --unit ="), "each\nmetre\n");
    EXPECT_EQ(bash("parts add X --force --unit e"), "each\n");
}

TEST_F(completion, bash_asks_the_program_and_looks_at_files) {
    EXPECT_EQ(bash("parts bom show ''"), "number-1\nnumber\\ 2\n");
    EXPECT_EQ(bash("parts bom show X"), "Xnumber-1\nXnumber\\ 2\n");
    EXPECT_EQ(bash("parts bom show X ''"), "tree\nflat\n");
    EXPECT_EQ(bash("parts bom show X tree ''"), "");
    EXPECT_EQ(bash("parts bom export X Y Z"), "Znumber-1\nZnumber\\ 2\n") << "again and again";
    EXPECT_EQ(bash("parts --database p.db bom show ''"), "number-1\nnumber\\ 2\n");
    EXPECT_EQ(bash("parts add --category c"), "ccategory-1\nccategory\\ 2\n");
    EXPECT_EQ(bash("parts add X dr"), "drawing.step\n");
    EXPECT_EQ(bash("parts bom export --to ''"), "old\n");
    EXPECT_EQ(bash("parts bom export -t ''"), "old\n");
    EXPECT_EQ(bash("parts add --name ''"), "");
}

TEST_F(completion, bash_takes_any_word_for_a_command) {
    EXPECT_EQ(bash("tag ''"), "run\nstatus\nold\n") << "a command, or what the default one takes";
    EXPECT_EQ(bash("tag s"), "status\n");
    EXPECT_EQ(bash("tag --"), "--help\n--db\n--api\n--dry\n");
    EXPECT_EQ(bash("tag --api ''"), "one\ntwo\n");
    EXPECT_EQ(bash("tag music --a"), "--api\n");
    EXPECT_EQ(bash("tag music --api ''"), "one\ntwo\n");
    EXPECT_EQ(bash("tag music ''"), "");
    EXPECT_EQ(bash("tag status --"), "--help\n--db\n");
    EXPECT_EQ(bash("parts bom X-1 ''"), "tree\nflat\n");
}

TEST_F(completion, zsh_script_is_zsh) {
    if (!is_installed("zsh")) {
        GTEST_SKIP() << "zsh is not installed";
    }
    EXPECT_EQ(run("zsh -n " + path("_prog")).output, "");
    // Calls the script's functions without a terminal.
    write("ask.zsh", "compdef() { print -r -- \"compdef $*\" }\nsource " + path("_prog") +
                         "\n_prog_commands 'prog parts bom'; print -rl -- $reply\n"
                         "_prog_options 'prog parts list'; print -rl -- $reply\n"
                         "_prog_kind 'prog parts add --unit'\n_prog_kind 'prog parts bom export *'\n"
                         "compadd() { print -rl -- \"$@\" }\n"
                         "_describe() { print -r -- $1 ${(P)2} }\n"
                         "ask() { local PREFIX=$@[-1] CURRENT=$#; local -a words; words=(\"$@\"); _prog }\n"
                         "ask " +
                         path("prog") +
                         " parts bom show X\nask prog parts add X --unit ''\nask prog parts bom ''\n"
                         "_files() { print -r -- files $* }\nask prog tag ''\nask prog tag music --api ''\n"
                         "_prog_options 'prog tag'; print -rl -- $reply\n");
    EXPECT_EQ(run("zsh -f " + path("ask.zsh")).output,
              "compdef _prog prog\n"
              "show:Shows it\nexport:Writes it\n"
              "--help:Prints the help of the command.\n--database:Database file.\n"
              "choice each metre\nnumber\n"
              "--\nXnumber-1\nXnumber 2\n"
              "--\neach\nmetre\n"
              "command show:Shows it export:Writes it\n"
              "command run:Tags a folder status:Shows progress\nfiles -/\n"
              "--\none\ntwo\n"
              "--help:Prints the help of the command.\n--db:Database of tags.\n--api:API of the "
              "service.\n--dry:Changes nothing.\n");
}

TEST_F(completion, fish_offers_what_may_come) {
    if (!is_installed("fish")) {
        GTEST_SKIP() << "fish is not installed";
    }
    EXPECT_EQ(run("fish --no-execute " + path("prog.fish")).output, "");
    EXPECT_EQ(fish("prog parts "), "add\tAdds a part\nbom\tBills of materials\nlist\tLists parts\n");
    EXPECT_EQ(fish("prog parts bom sh"), "show\tShows it\n");
    EXPECT_EQ(fish("prog parts bom show X"), "Xnumber 2\tNUMBER\nXnumber-1\tNUMBER\n");
    EXPECT_EQ(fish("prog parts bom show X t"), "tree\tSHAPE\n");
    EXPECT_EQ(fish("prog parts add --unit m"), "metre\tUnit of quantities.\n");
    EXPECT_EQ(fish("prog parts add --fo"), "--force\tEven if it's there.\n");
    EXPECT_EQ(fish("prog parts add X dr"), "drawing.step\n");
    EXPECT_EQ(fish("prog tag s"), "status\tShows progress\n");
    EXPECT_EQ(fish("prog tag o"), "old/\tDirectory\n");
    EXPECT_EQ(fish("prog tag --ap"), "--api\tThe API.\n");
    EXPECT_EQ(fish("prog tag music --api t"), "two\tThe API.\n");
    EXPECT_EQ(fish("prog tag music --d"), "--db\tDatabase of tags.\n--dry\tChanges nothing.\n");
}

TEST_F(completion, man_page_is_man) {
    if (!is_installed("groff")) {
        GTEST_SKIP() << "groff is not installed";
    }
    EXPECT_EQ(run("groff -man -ww -z " + path("prog.1")).output, "") << "warnings";
    const auto page = run("groff -man -Tascii -P-cbou -rLL=100n " + path("prog.1")).output;
    for (const auto* text :
         {"PROG-PARTS(1)", "prog-parts - Keeps parts", ".Dots, 'quotes' and \\backslashes are text.",
          "parts add NUMBER [DRAWING...] --name TEXT [OPTION...]", "--tag TEXT", "May be given again.",
          "prog parts add X-100 --name 'A screw'", "A second paragraph.", "EXIT STATUS"}) {
        EXPECT_NE(page.find(text), std::string::npos) << text << "\n" << page;
    }
    EXPECT_EQ(page.find("complete"), std::string::npos) << "hidden";
}

}  // namespace
}  // namespace sluice::cli
