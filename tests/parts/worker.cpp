// Works on a parts project until it is killed: threads that create, edit, review, release and revise parts, and sync
// them to git. Prints each acknowledged change on stdout, a line each, so that a test can check it afterwards.
//
// parts_worker DIR SEED THREADS      users ada (Admin) and bob (Designer) must exist
//   created EL-RES-10000 | named EL-RES-10000 TEXT | released EL-RES-10000 1 | drafted EL-RES-10000 2 | synced
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "apps/parts/project/project.hpp"

namespace {

namespace parts = sluice::parts;

// One write: lines of several threads and processes do not mix, and no line is lost in a buffer when the process is
// killed.
void tell(const std::string& line) {
    const std::string whole = line + "\n";
    if (::write(STDOUT_FILENO, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) {
        std::_Exit(3);
    }
}

template <typename T>
T must(parts::result<T> made, const char* what) {
    if (!made) {
        std::fprintf(stderr, "%s: %s\n", what, made.error().message.c_str());
        std::_Exit(1);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*made);
    }
}

struct piece {
    std::string number;
    bool is_open = true;
};

class worker {
  public:
    worker(parts::project& where, std::uint64_t seed)
        : project_(where), ada_(where.database(), "ada"), bob_(where.database(), "bob"), random_(seed) {}

    void step() {
        const auto dice = random_() % 100;
        if (pieces_.empty() || dice < 35) {
            create();
        } else if (dice < 55) {
            edit(any());
        } else if (dice < 80) {
            release(any());
        } else if (dice < 90) {
            revise(any());
        } else {
            must(project_.sync_git(), "sync");
            tell("synced");
        }
    }

  private:
    piece& any() { return pieces_[random_() % pieces_.size()]; }

    void create() {
        const auto number = must(ada_.create_part({.category = {"EL", "RES"}, .name = "made by a worker"}), "create");
        tell("created " + number);
        pieces_.push_back({.number = number});
    }

    void edit(piece& which) {
        if (which.is_open) {
            const std::string name = "name " + std::to_string(random_());
            must(ada_.edit(which.number, {.name = name}), "edit");
            tell("named " + which.number + " " + name);
        }
    }

    void release(piece& which) {
        if (!which.is_open) {
            return;
        }
        const std::vector<std::string> approvers{"bob"};
        must(ada_.submit(which.number, approvers), "submit");
        if (random_() % 4 == 0) {
            must(bob_.reject(which.number, "once more"), "reject");
            return;
        }
        must(bob_.approve(which.number), "approve");
        must(ada_.release(which.number), "release");
        which.is_open = false;
        tell("released " + which.number);
    }

    void revise(piece& which) {
        if (!which.is_open) {
            const auto version = must(ada_.revise(which.number), "revise");
            which.is_open = true;
            tell("drafted " + which.number + " " + std::to_string(version));
        }
    }

    parts::project& project_;
    parts::part_service ada_;
    parts::part_service bob_;
    std::mt19937_64 random_;
    std::vector<piece> pieces_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: parts_worker DIR SEED THREADS\n");
        return 2;
    }
    const auto project = must(parts::project::open(argv[1], {.username = "ada"}), "open");
    must(project->sync_git(), "first sync");
    const auto seed = std::strtoull(argv[2], nullptr, 10);
    std::vector<std::thread> threads;
    for (int i = 0; i < std::atoi(argv[3]); ++i) {
        threads.emplace_back([&, i] {
            for (worker mine(*project, seed * 100 + static_cast<std::uint64_t>(i));;) {
                mine.step();
            }
        });
    }
    for (auto& each : threads) {
        each.join();
    }
    return 0;
}
