// users.hpp - the users that may log in with a password, and their verifiers.
//
// Problem: the file is edited by hand and by `sluice user add`, must never be read half-written, and an attacker must
//          not learn from the server's answers which names are in it.
// Use:     user_table users; TRY(users.load("users.txt")); users.add("ann", verifier); TRY(users.save("users.txt"));
// Format:  one `"name" "verifier"` a line, as in pgbouncer's auth_file; quotes inside are doubled; empty lines and
//          lines that begin with ; or # are kept unchanged.
// Bounds:  a file has at most 16 MB.
// Threads: const calls from any; load, add and remove only while no other thread uses the table.
// Errors:  F0000 with file and line for a bad file, those of base/os/durable.hpp when it cannot be written, 22023 for
//          an impossible name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"
#include "postgres/auth/scram_verifier.hpp"

namespace sluice::postgres {

class user_table {
  public:
    struct credentials {
        scram_verifier verifier;
        bool genuine = false;  // false: no such user; the verifier is a mock that fits no password
    };

    user_table();

    // 22023 for a name that is empty, not UTF-8, or has control characters.
    static result<> check_name(std::string_view name);

    // Replaces all users; on an error the table stays as it was. Mock verifiers stay the same.
    result<> load(const std::string& path);
    // The same from text; `source` names it in errors.
    result<> parse(std::string_view text, std::string_view source);
    // Writes the whole file or nothing, durably; readable by its owner only. The owner stays the same if the system
    // allows it.
    result<> save(const std::string& path) const;
    [[nodiscard]] std::string to_text() const;

    // Adds a user or replaces the verifier of one.
    result<> add(std::string_view name, scram_verifier verifier);
    // False if there is no such user.
    bool remove(std::string_view name);
    [[nodiscard]] const scram_verifier* find(std::string_view name) const;
    [[nodiscard]] std::size_t size() const { return users_.size(); }
    // In the file's order.
    [[nodiscard]] std::vector<std::string> names() const;

    // The verifier for authenticating `name`. An unknown name gets one too: the same one each time, with a salt and an
    // iteration count that a real user could have, found in the same time.
    [[nodiscard]] credentials credentials_for(std::string_view name) const;

  private:
    struct line {
        std::string text;  // of a comment; empty for a user
        std::string user;
    };

    // The properties of a verifier that an attacker sees before the password matters.
    struct shape {
        int iterations = scram_iterations_default;
        std::size_t salt_bytes = scram_salt_bytes;
    };

    void collect_shapes();
    [[nodiscard]] scram_verifier mock_verifier(std::string_view name) const;

    std::vector<line> lines_;
    std::map<std::string, scram_verifier, std::less<>> users_;
    std::vector<shape> shapes_;  // of all users' verifiers, which may differ; a mock copies one of them
    std::string mock_secret_;
};

}  // namespace sluice::postgres
