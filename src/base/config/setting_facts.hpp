// setting_facts.hpp - one row of pg_settings, for a setting of a session or of the server.
//
// Use:     for (base::setting_facts& each : base::facts_of(config)) ...      // the server's, for SHOW and pg_settings
// Numbers: in `unit`, as in PostgreSQL: durations in ms (us where ms would round), sizes in B.
// Secrets: the value of a secret setting is never stored here; ******** stands for one that is set.
// Threads: plain values.
#pragma once

#include <string>
#include <vector>

namespace sluice::base {

class config;

struct setting_facts {
    std::string name;
    std::string value;
    std::string shown;        // as SHOW prints it: 64kB
    std::string unit;         // empty: none
    std::string category;     // Server or Session
    std::string description;  // one line
    std::string context;      // internal, postmaster (the server's start), user (any session)
    std::string type;         // bool, integer, real, enum, string
    std::string source;       // default, configuration file, environment variable, command line, client, session
    std::string set_by;       // the exact origin: --listen, SLUICE_LISTEN, sluice.toml:3; empty for the default
    std::string min;          // empty: none
    std::string max;
    std::string choices;        // of an enum, separated by commas
    std::string default_value;  // as built in
    std::string reset_value;    // the value that RESET restores
};

[[nodiscard]] std::vector<setting_facts> facts_of(const config& settings);

}  // namespace sluice::base
