#include "cli/program.hpp"

int main(int argc, char** argv) {
    return sluice::cli::dispatch(sluice::cli::sluice_program(), argc, argv);
}
