// Values, units and errors are PostgreSQL 15's answers to each SET.
#include "session/settings/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::session {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

settings started(const settings::name_values& defaults = {}, const settings::name_values& options = {}) {
    settings made({.user = "joe", .database = "main"});
    EXPECT_TRUE(made.start(defaults, options));
    return made;
}

// The value shown after SET, or "SQLSTATE message | detail | hint".
std::string after_set(settings& ours, std::string_view name, std::string_view value) {
    if (const auto set = ours.set(name, value); !set) {
        const error& cause = set.error();
        std::string text = std::string(cause.code.view()) + " " + cause.message;
        text += cause.detail.empty() ? "" : " | " + cause.detail;
        return text + (cause.hint.empty() ? "" : " | " + cause.hint);
    }
    return ours.show(name).value_or("<error>");
}

struct example {
    std::string_view name;
    std::string_view value;
    std::string_view expected;
};

void expect_after_set(const std::vector<example>& examples) {
    for (const auto& [name, value, expected] : examples) {
        settings ours = started();
        EXPECT_EQ(after_set(ours, name, value), expected) << name << " = " << value;
    }
}

TEST(settings, times_and_sizes_have_units) {
    expect_after_set({
        {"statement_timeout", "5s", "5s"},
        {"statement_timeout", "5000", "5s"},
        {"statement_timeout", "90min", "90min"},
        {"statement_timeout", "1.5h", "90min"},
        {"statement_timeout", "1d", "1d"},
        {"statement_timeout", "2500us", "2ms"},
        {"statement_timeout", "0x10", "16ms"},
        {"statement_timeout", " 7 s ", "7s"},
        {"statement_timeout", "1e3", "1s"},
        {"statement_timeout", "0", "0"},
        {"statement_timeout", "-1",
         "22023 -1 ms is outside the valid range for parameter \"statement_timeout\" (0 .. 2147483647)"},
        {"statement_timeout", "x", "22023 invalid value for parameter \"statement_timeout\": \"x\""},
        {"statement_timeout", "", "22023 invalid value for parameter \"statement_timeout\": \"\""},
        {"statement_timeout", "5 parsecs",
         "22023 invalid value for parameter \"statement_timeout\": \"5 parsecs\" | Valid units for this parameter are "
         "\"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"."},
        {"statement_timeout", "25d",
         "22023 invalid value for parameter \"statement_timeout\": \"25d\" | Value exceeds integer range."},
        {"work_mem", "100000kB", "100000kB"},
        {"work_mem", "1.5GB", "1536MB"},
        {"work_mem", "4", "22023 4 kB is outside the valid range for parameter \"work_mem\" (64 .. 2147483647)"},
        {"extra_float_digits", "+2", "2"},
        {"extra_float_digits", "4",
         "22023 4 is outside the valid range for parameter \"extra_float_digits\" (-15 .. 3)"},
        {"random_page_cost", "1.50", "1.5"},
        {"random_page_cost", "x", "22023 invalid value for parameter \"random_page_cost\": \"x\""},
    });
}

TEST(settings, booleans_and_words) {
    expect_after_set({
        {"row_security", "t", "on"},
        {"row_security", "of", "off"},
        {"row_security", "1", "on"},
        {"row_security", "o", "22023 parameter \"row_security\" requires a Boolean value"},
        {"bytea_output", "ESCAPE", "escape"},
        {"bytea_output", "foo",
         "22023 invalid value for parameter \"bytea_output\": \"foo\" | Available values: escape, hex."},
        {"client_min_messages", "Info", "info"},
        {"client_min_messages", "debug", "debug2"},
        {"synchronous_commit", "yes", "on"},
        {"synchronous_commit", "of",
         "22023 invalid value for parameter \"synchronous_commit\": \"of\" | Available values: local, remote_write, "
         "remote_apply, on, off."},
        {"default_transaction_isolation", "Serializable", "serializable"},
        {"standard_conforming_strings", "on", "on"},
        {"standard_conforming_strings", "off",
         "0A000 invalid value for parameter \"standard_conforming_strings\": \"off\" | Strings always conform to the "
         "standard."},
    });
}

TEST(settings, date_style) {
    expect_after_set({
        {"DateStyle", "iso", "ISO, MDY"},
        {"datestyle", "dmy", "ISO, DMY"},
        {"datestyle", "ISO, European", "ISO, DMY"},
        {"datestyle", "iso, ymd", "ISO, YMD"},
        {"datestyle", "foo",
         "22023 invalid value for parameter \"DateStyle\": \"foo\" | Unrecognized key word: \"foo\"."},
        {"datestyle", "iso,dmy,ymd",
         "22023 invalid value for parameter \"DateStyle\": \"iso,dmy,ymd\" | Conflicting \"datestyle\" "
         "specifications."},
        {"datestyle", "german",
         "0A000 invalid value for parameter \"DateStyle\": \"german\" | Dates are always written in the ISO style."},
    });
    settings ours = started({}, {{"DateStyle", "ISO, DMY"}});
    EXPECT_EQ(after_set(ours, "datestyle", "iso"), "ISO, DMY");
}

TEST(settings, encodings_zones_and_names) {
    expect_after_set({
        {"client_encoding", "'utf-8'", "UTF8"},
        {"client_encoding", "unicode", "UTF8"},
        {"client_encoding", "SQL_ASCII", "SQL_ASCII"},
        {"client_encoding", "latin1",
         "0A000 invalid value for parameter \"client_encoding\": \"latin1\" | The only encoding is UTF8."},
        {"client_encoding", "nope", "22023 invalid value for parameter \"client_encoding\": \"nope\""},
        {"timezone", "utc", "UTC"},
        {"timezone", "Europe/Berlin", "Europe/Berlin"},
        {"timezone", "+3", "<+03>-03"},
        {"timezone", "-8", "<-08>+08"},
        {"timezone", "2.5", "<+02:30>-02:30"},
        {"timezone", "200",
         "22023 invalid value for parameter \"TimeZone\": \"200\" | UTC timezone offset is out of range."},
        {"application_name", "a\tb\xc3\xa9", "a?b??"},
        {"role", "none", "none"},
        {"role", "nope", "22023 role \"nope\" does not exist"},
        {"session_authorization", "joe", "joe"},
        {"session_authorization", "x", "22023 role \"x\" does not exist"},
    });
}

TEST(settings, that_cannot_change_or_do_not_exist) {
    expect_after_set({
        {"server_version", "9", "55P02 parameter \"server_version\" cannot be changed"},
        {"integer_datetimes", "off", "55P02 parameter \"integer_datetimes\" cannot be changed"},
        {"nothere", "1", "42704 unrecognized configuration parameter \"nothere\""},
    });
    settings ours = started();
    EXPECT_FALSE(ours.reset("server_version"));
    EXPECT_EQ(ours.show("nothere").error().code, sqlstates::undefined_object);
    EXPECT_FALSE(ours.knows("threads"));
    EXPECT_TRUE(ours.knows("TIMEZONE"));
    EXPECT_EQ(ours.display_name("timezone"), "TimeZone");
    EXPECT_EQ(ours.show("server_version_num"), "150000");
    EXPECT_EQ(ours.show("max_identifier_length"), "63");
}

TEST(settings, custom_names) {
    expect_after_set({
        {"MyApp.user", "42", "42"},
        {"a.b c", "1",
         "42602 invalid configuration parameter name \"a.b c\" | Custom parameter names must be two or more simple "
         "identifiers separated by dots."},
        {"a.", "1",
         "42602 invalid configuration parameter name \"a.\" | Custom parameter names must be two or more simple "
         "identifiers separated by dots."},
    });
    settings ours = started();
    EXPECT_EQ(ours.show("a.b").error().message, "unrecognized configuration parameter \"a.b\"");
    ASSERT_TRUE(ours.set("a.b", "1"));
    ASSERT_TRUE(ours.reset("a.b"));
    EXPECT_EQ(ours.show("a.b"), "");
}

TEST(settings, custom_names_are_bounded) {
    settings ours = started();
    for (std::size_t i = 0; i < settings::custom_settings_max; ++i) {
        ASSERT_TRUE(ours.set("a.b" + std::to_string(i), "x"));
    }
    EXPECT_EQ(ours.set("a.c", "x").error().code, sqlstates::configuration_limit_exceeded);
    EXPECT_TRUE(ours.set("a.b0", "y"));
}

TEST(settings, take_part_in_transactions) {
    settings ours = started();
    ASSERT_TRUE(ours.set("application_name", "kept"));
    ours.commit();
    ASSERT_TRUE(ours.set("application_name", "undone"));
    ASSERT_TRUE(ours.set("x.y", "undone"));
    ours.rollback();
    EXPECT_EQ(ours.show("application_name"), "kept");
    EXPECT_FALSE(ours.show("x.y"));
    ASSERT_TRUE(ours.reset("application_name"));
    EXPECT_EQ(ours.show("application_name"), "");
    ours.rollback();
    EXPECT_EQ(ours.show("application_name"), "kept");
}

TEST(settings, local_ones_end_with_the_transaction) {
    settings ours = started();
    ASSERT_TRUE(ours.set("work_mem", "1MB"));
    ASSERT_TRUE(ours.set_local("work_mem", "2MB"));
    EXPECT_EQ(ours.show("work_mem"), "2MB");
    ours.commit();
    EXPECT_EQ(ours.show("work_mem"), "1MB");
    ASSERT_TRUE(ours.set_local("work_mem", "3MB"));
    ASSERT_TRUE(ours.reset_local("work_mem"));
    EXPECT_EQ(ours.show("work_mem"), "4MB");
    ours.commit();
    EXPECT_EQ(ours.show("work_mem"), "1MB");
}

TEST(settings, of_a_transaction_follow_their_defaults) {
    settings ours = started();
    ASSERT_TRUE(ours.set("default_transaction_isolation", "serializable"));
    ASSERT_TRUE(ours.set("default_transaction_read_only", "on"));
    ours.commit();
    EXPECT_EQ(ours.show("transaction_isolation"), "serializable");
    EXPECT_EQ(ours.show("transaction_read_only"), "on");
    EXPECT_TRUE(ours.default_transaction_read_only());
    ASSERT_TRUE(ours.set("transaction_isolation", "read committed"));
    EXPECT_EQ(ours.show("transaction_isolation"), "read committed");
    ours.commit();
    EXPECT_EQ(ours.show("transaction_isolation"), "serializable");
}

TEST(settings, reset_goes_back_to_the_start_of_the_session) {
    settings ours =
        started({{"statement_timeout", "30s"}}, {{"TimeZone", "Asia/Tokyo"}, {"client_encoding", "'utf-8'"}});
    EXPECT_EQ(ours.statement_timeout_ms(), 30'000);
    ASSERT_TRUE(ours.set("statement_timeout", "0"));
    ASSERT_TRUE(ours.set("timezone", "UTC"));
    EXPECT_EQ(ours.statement_timeout_ms(), 0);
    ours.reset_all();
    EXPECT_EQ(ours.statement_timeout_ms(), 30'000);
    EXPECT_EQ(ours.show("timezone"), "Asia/Tokyo");
    EXPECT_EQ(ours.values().time_zone, "Asia/Tokyo");
}

TEST(settings, bad_startup_options_end_the_connection) {
    settings ours({.user = "joe", .database = "main"});
    const auto unknown = ours.start({}, {{"nothere", "1"}});
    ASSERT_FALSE(unknown);
    EXPECT_TRUE(unknown.error().fatal);
    EXPECT_EQ(unknown.error().code, sqlstates::undefined_object);
    EXPECT_EQ(ours.start({}, {{"client_encoding", "nope"}}).error().code, sqlstates::invalid_parameter_value);
    EXPECT_EQ(ours.start({}, {{"server_version", "9"}}).error().code, sqlstates::cant_change_runtime_param);
}

TEST(settings, reports_what_clients_want_to_know) {
    settings ours = started({}, {{"application_name", "psql"}});
    const settings::name_values all = ours.reported();
    EXPECT_THAT(all, Contains(Pair("application_name", "psql")));
    EXPECT_THAT(all, Contains(Pair("session_authorization", "joe")));
    EXPECT_THAT(all, Contains(Pair("server_version", "15.0 (Sluice 0.1.0)")));
    std::vector<std::string> names;
    for (const auto& [name, value] : all) {
        names.push_back(name);
    }
    // The list of PostgreSQL 15's manual, 55.2.7.
    EXPECT_THAT(names,
                ElementsAre("application_name", "client_encoding", "DateStyle", "default_transaction_read_only",
                            "in_hot_standby", "integer_datetimes", "IntervalStyle", "is_superuser", "server_encoding",
                            "server_version", "session_authorization", "standard_conforming_strings", "TimeZone"));
    EXPECT_THAT(ours.take_reports(), IsEmpty());
}

TEST(settings, reports_changes_once) {
    settings ours = started();
    ASSERT_TRUE(ours.set("timezone", "Asia/Tokyo"));
    ASSERT_TRUE(ours.set("work_mem", "1MB"));
    EXPECT_THAT(ours.take_reports(), ElementsAre(Pair("TimeZone", "Asia/Tokyo")));
    EXPECT_THAT(ours.take_reports(), IsEmpty());
    ours.rollback();
    EXPECT_THAT(ours.take_reports(), ElementsAre(Pair("TimeZone", "UTC")));
    ASSERT_TRUE(ours.set_local("application_name", "x"));
    ours.commit();
    EXPECT_THAT(ours.take_reports(), IsEmpty());
}

TEST(settings, typed_values) {
    settings ours = started();
    ASSERT_TRUE(ours.set("idle_in_transaction_session_timeout", "1min"));
    ASSERT_TRUE(ours.set("idle_session_timeout", "2min"));
    ASSERT_TRUE(ours.set("extra_float_digits", "-3"));
    ASSERT_TRUE(ours.set("bytea_output", "escape"));
    ASSERT_TRUE(ours.set("intervalstyle", "iso_8601"));
    EXPECT_EQ(ours.idle_in_transaction_session_timeout_ms(), 60'000);
    EXPECT_EQ(ours.idle_session_timeout_ms(), 120'000);
    EXPECT_EQ(ours.values(), (backend::value_settings{.time_zone = "UTC",
                                                      .extra_float_digits = -3,
                                                      .bytea_output_escape = true,
                                                      .intervals = backend::value_settings::interval_style::iso_8601}));
}

TEST(settings, search_path_as_schemas) {
    settings ours = started();
    EXPECT_THAT(ours.search_path(), ElementsAre("joe", "public"));
    // The value comes as in startup options and set_config(): not folded yet.
    ASSERT_TRUE(ours.set("search_path", "\"A b\",Main ,\"x, \"\"y\", $user"));
    EXPECT_THAT(ours.search_path(), ElementsAre("A b", "main", "x, \"y", "joe"));
    ASSERT_TRUE(ours.set("search_path", "\"\""));
    EXPECT_THAT(ours.search_path(), IsEmpty());
}

TEST(settings, all_have_valid_defaults) {
    const settings ours = started();
    for (const setting& known : all_settings()) {
        EXPECT_EQ(ours.facts(known).shown, ours.show(known.name).value_or("no value")) << known.name;
        EXPECT_EQ(find_setting(known.name), &known);
        EXPECT_EQ(canonical_value(known, known.default_value, known.default_value).value_or("no value"),
                  known.default_value)
            << known.name;
        EXPECT_FALSE(known.description.empty());
    }
}

// The columns are those of PostgreSQL 15's pg_settings.
TEST(settings, facts_say_where_a_value_came_from) {
    settings ours({.user = "anna"});
    ASSERT_TRUE(ours.start({{"statement_timeout", "5s"}}, {{"application_name", "psql"}}));
    const auto of = [&](std::string_view name) { return ours.facts(*find_setting(name)); };
    EXPECT_EQ(of("statement_timeout").value, "5000");
    EXPECT_EQ(of("statement_timeout").shown, "5s");
    EXPECT_EQ(of("statement_timeout").unit, "ms");
    EXPECT_EQ(of("statement_timeout").default_value, "0");
    EXPECT_EQ(of("statement_timeout").reset_value, "5000");
    EXPECT_EQ(of("statement_timeout").max, "2147483647");
    EXPECT_EQ(of("application_name").source, "client");
    EXPECT_EQ(of("bytea_output").source, "default");
    EXPECT_EQ(of("bytea_output").choices, "escape,hex");
    EXPECT_EQ(of("bytea_output").type, "enum");
    ASSERT_TRUE(ours.set("bytea_output", "escape"));
    EXPECT_EQ(of("bytea_output").source, "session");
    EXPECT_EQ(of("bytea_output").reset_value, "hex");
    ours.rollback();
    EXPECT_EQ(of("bytea_output").source, "default");
    EXPECT_EQ(of("client_min_messages").choices, "debug5,debug4,debug3,debug2,debug1,log,notice,warning,error");
    EXPECT_EQ(of("server_version_num").context, "internal");
    EXPECT_EQ(of("work_mem").context, "user");
    EXPECT_EQ(of("work_mem").unit, "kB");
    EXPECT_EQ(of("work_mem").value, "4096");
    EXPECT_EQ(of("random_page_cost").type, "real");
    EXPECT_EQ(of("jit").type, "bool");
    EXPECT_EQ(of("TimeZone").type, "string");
}

}  // namespace
}  // namespace sluice::session
