// copy_writer - sends a file as COPY data as fast as the server accepts it, and prints the cost as JSON.
//
// copy_writer HOST PORT DATABASE FILE SQL
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <libpq-fe.h>
#include <string>
#include <vector>

namespace {

[[noreturn]] void die(PGconn* connection) {
    std::fprintf(stderr, "copy_writer: %s", PQerrorMessage(connection));
    std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::fprintf(stderr, "usage: copy_writer HOST PORT DATABASE FILE SQL\n");
        return 2;
    }
    const std::string target =
        std::string("host=") + argv[1] + " port=" + argv[2] + " dbname=" + argv[3] + " user=postgres sslmode=disable";
    PGconn* connection = PQconnectdb(target.c_str());
    if (PQstatus(connection) != CONNECTION_OK) {
        die(connection);
    }
    std::ifstream file(argv[4], std::ios::binary);
    std::vector<char> block(1 << 18);
    const auto start = std::chrono::steady_clock::now();
    PGresult* result = PQexec(connection, argv[5]);
    if (PQresultStatus(result) != PGRES_COPY_IN) {
        die(connection);
    }
    PQclear(result);
    while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
        if (PQputCopyData(connection, block.data(), static_cast<int>(file.gcount())) != 1) {
            die(connection);
        }
    }
    PQputCopyEnd(connection, nullptr);
    result = PQgetResult(connection);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        die(connection);
    }
    const std::string rows = PQcmdTuples(result);
    PQclear(result);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("{\"rows\": %s, \"seconds\": %.6f}\n", rows.c_str(), seconds);
    PQfinish(connection);
    return 0;
}
