#include "session/handshake/handshake.hpp"

#include <algorithm>
#include <array>

#include "base/core/assert.hpp"
#include "base/core/result.hpp"
#include "postgres/auth/sasl_messages.hpp"
#include "postgres/auth/scram.hpp"
#include "postgres/auth/users.hpp"
#include "postgres/wire/backend_messages.hpp"
#include "postgres/wire/startup_options.hpp"
#include "postgres/wire/startup_packet.hpp"

namespace sluice::session {

namespace {

using action = handshake_action;
using sqlstates::feature_not_supported;
using sqlstates::invalid_authorization_specification;
using sqlstates::protocol_violation;

constexpr std::uint16_t newest_minor = 0;
constexpr std::string_view protocol_option_prefix = "_pq_.";

error fatal(sqlstate code, std::string message) {
    return {.code = code, .message = std::move(message), .fatal = true};
}

error unsupported_protocol(std::uint16_t major, std::uint16_t minor) {
    return fatal(feature_not_supported, "unsupported frontend protocol " + std::to_string(major) + "." +
                                            std::to_string(minor) + ": server supports 3.0 to 3.0");
}

// Sluice has no write-ahead log to stream; a clear error beats a confused backup tool.
std::optional<error> check_replication(std::string_view value) {
    constexpr std::array off{"false", "off", "no", "0", "f", "n"};
    constexpr std::array on{"true", "on", "yes", "1", "t", "y", "database"};
    if (std::ranges::find(off, value) != off.end()) {
        return std::nullopt;
    }
    if (std::ranges::find(on, value) != on.end()) {
        return fatal(feature_not_supported, "replication connections are not supported");
    }
    return fatal(sqlstates::invalid_parameter_value,
                 R"(invalid value for parameter "replication": ")" + std::string(value) + '"');
}

}  // namespace

class handshake::impl {
  public:
    explicit impl(handshake_params params) : params_(std::move(params)) {
        if (params_.method == authentication_method::scram_sha_256) {
            SLUICE_ASSERT(params_.users != nullptr);
        }
        if (params_.tls_required) {
            SLUICE_ASSERT(params_.tls_available);
        }
    }

    action on_frame(const postgres::frame& frame, std::size_t leftover_bytes, base::byte_buffer& out) {
        switch (state_) {
            case state::first_packet:
                return on_startup_packet(frame.body, leftover_bytes, out);
            case state::sasl_initial:
            case state::sasl_response:
                return on_sasl_message(frame, out);
            case state::tls_handshake:
                return refuse(fatal(protocol_violation, "expected a TLS handshake"), out);
            case state::over:
                break;
        }
        return action::close;
    }

    void tls_established(std::string server_end_point) {
        const bool expected = !tls_ && (state_ == state::first_packet || state_ == state::tls_handshake);
        SLUICE_ASSERT(expected);
        state_ = state::first_packet;
        tls_ = true;
        tls_answered_ = true;
        gssenc_answered_ = true;
        server_end_point_ = std::move(server_end_point);
    }

    [[nodiscard]] postgres::frame_reader::phase expected_phase() const {
        return state_ == state::first_packet || state_ == state::tls_handshake
                   ? postgres::frame_reader::phase::startup
                   : postgres::frame_reader::phase::messages;
    }

    startup_info info_;
    cancel_request cancel_target_;
    std::optional<error> failure_;

  private:
    enum class state : std::uint8_t { first_packet, tls_handshake, sasl_initial, sasl_response, over };

    action refuse(error cause, base::byte_buffer& out) {
        state_ = state::over;
        failure_ = std::move(cause).as_fatal();
        postgres::write_error(out, *failure_);
        return action::close;
    }

    action on_startup_packet(std::string_view body, std::size_t leftover_bytes, base::byte_buffer& out) {
        auto packet = postgres::parse_startup_packet(body);
        if (!packet) {
            return refuse(std::move(packet).error(), out);
        }
        if (std::holds_alternative<postgres::ssl_request>(*packet)) {
            return on_ssl_request(leftover_bytes, out);
        }
        if (std::holds_alternative<postgres::gssenc_request>(*packet)) {
            return on_gssenc_request(leftover_bytes, out);
        }
        if (const auto* cancel = std::get_if<postgres::cancel_packet>(&*packet)) {
            cancel_target_ = {.process_id = cancel->process_id, .secret_key = cancel->secret_key};
            state_ = state::over;
            return action::cancel;
        }
        if (const auto* unknown = std::get_if<postgres::unknown_protocol>(&*packet)) {
            return on_unknown_protocol(*unknown, out);
        }
        return on_startup(std::get<postgres::startup_message>(*packet), out);
    }

    action on_ssl_request(std::size_t leftover_bytes, base::byte_buffer& out) {
        if (std::exchange(tls_answered_, true)) {
            return refuse(unsupported_protocol(1234, 5679), out);
        }
        // These bytes came unencrypted. Read behind the handshake they would pass for the client's own.
        if (leftover_bytes > 0) {
            return refuse(
                fatal(protocol_violation, "received unencrypted data after SSL request")
                    .with_detail("The client is broken, or a third party between it and the server added bytes."),
                out);
        }
        if (!params_.tls_available) {
            out.append_byte('N');
            return action::need_input;
        }
        out.append_byte('S');
        state_ = state::tls_handshake;
        return action::start_tls;
    }

    action on_gssenc_request(std::size_t leftover_bytes, base::byte_buffer& out) {
        if (std::exchange(gssenc_answered_, true)) {
            return refuse(unsupported_protocol(1234, 5680), out);
        }
        if (leftover_bytes > 0) {
            return refuse(fatal(protocol_violation, "received unencrypted data after GSSAPI encryption request"), out);
        }
        out.append_byte('N');
        return action::need_input;
    }

    action on_unknown_protocol(const postgres::unknown_protocol& version, base::byte_buffer& out) {
        if (version.major > 3) {
            return refuse(unsupported_protocol(version.major, version.minor), out);
        }
        state_ = state::over;
        failure_ = unsupported_protocol(version.major, version.minor);
        postgres::write_error_before_version_3(out, *failure_);
        return action::close;
    }

    action on_startup(const postgres::startup_message& message, base::byte_buffer& out) {
        std::vector<std::string_view> unknown_options;
        std::string_view replication = "false";
        for (const auto& [name, value] : message.parameters) {
            if (name == "user") {
                info_.user = value;
            } else if (name == "database") {
                info_.database = value;
            } else if (name == "options") {
                command_line_options_ = value;
            } else if (name == "replication") {
                replication = value;
            } else if (name.starts_with(protocol_option_prefix)) {
                unknown_options.push_back(name);
            } else {
                info_.options.emplace_back(name, value);
            }
        }
        if (message.minor > newest_minor || !unknown_options.empty()) {
            postgres::write_negotiate_protocol_version(out, newest_minor, unknown_options);
        }
        if (info_.user.empty()) {
            return refuse(
                fatal(invalid_authorization_specification, "no PostgreSQL user name specified in startup packet"), out);
        }
        if (params_.tls_required && !tls_) {
            return refuse(fatal(invalid_authorization_specification, "this server accepts only connections with TLS")
                              .with_hint("Connect with sslmode=require or stronger."),
                          out);
        }
        if (auto unsupported = check_replication(replication)) {
            return refuse(std::move(*unsupported), out);
        }
        return params_.method == authentication_method::trust ? on_authenticated(out) : start_scram(out);
    }

    action start_scram(base::byte_buffer& out) {
        auto credentials = params_.users->credentials_for(info_.user);
        auto exchange = postgres::scram_exchange::create({.user = info_.user,
                                                          .verifier = std::move(credentials.verifier),
                                                          .genuine = credentials.genuine,
                                                          .server_end_point = server_end_point_});
        if (!exchange) {
            return refuse(std::move(exchange).error(), out);
        }
        postgres::write_authentication_sasl(out, exchange->mechanisms());
        scram_.emplace(std::move(*exchange));
        state_ = state::sasl_initial;
        return action::need_input;
    }

    action on_sasl_message(const postgres::frame& frame, base::byte_buffer& out) {
        if (frame.type != postgres::sasl_message_type) {
            return refuse(fatal(protocol_violation, "expected SASL response, got message type " +
                                                        std::to_string(static_cast<unsigned char>(frame.type))),
                          out);
        }
        SLUICE_ASSERT(scram_.has_value());
        auto reply = state_ == state::sasl_initial ? start_exchange(*scram_, frame.body) : scram_->respond(frame.body);
        if (!reply) {
            return refuse(std::move(reply).error(), out);
        }
        if (reply->done) {
            postgres::write_authentication_sasl_final(out, reply->data);
            return on_authenticated(out);
        }
        postgres::write_authentication_sasl_continue(out, reply->data);
        state_ = state::sasl_response;
        return action::need_input;
    }

    static result<postgres::scram_reply> start_exchange(postgres::scram_exchange& exchange, std::string_view body) {
        TRY_ASSIGN(const auto message, postgres::parse_sasl_initial_response(body));
        return exchange.start(message.mechanism, message.data);
    }

    // Only now may the client learn which databases exist, and that its options are wrong.
    action on_authenticated(base::byte_buffer& out) {
        postgres::write_authentication_ok(out);
        if (auto unknown = choose_database()) {
            return refuse(std::move(*unknown), out);
        }
        auto settings = postgres::parse_startup_options(command_line_options_);
        if (!settings) {
            return refuse(std::move(settings).error(), out);
        }
        // A parameter of its own wins over the same setting in `options`, as in PostgreSQL.
        settings->insert(settings->end(), std::make_move_iterator(info_.options.begin()),
                         std::make_move_iterator(info_.options.end()));
        info_.options = std::move(*settings);
        state_ = state::over;
        return action::authenticated;
    }

    std::optional<error> choose_database() {
        const auto known = [this](const std::string& name) {
            return std::ranges::find(params_.databases, name) != params_.databases.end();
        };
        // libpq always sends a name, its user's by default; other clients leave the choice to the server.
        if (info_.database.empty()) {
            const bool fallback = !known(info_.user) && !params_.databases.empty();
            info_.database = fallback ? params_.databases.front() : info_.user;
        }
        if (!known(info_.database)) {
            return fatal(sqlstates::invalid_catalog_name, "database \"" + info_.database + "\" does not exist");
        }
        return std::nullopt;
    }

    handshake_params params_;
    state state_ = state::first_packet;
    bool tls_ = false;
    bool tls_answered_ = false;     // each kind of request may be made once
    bool gssenc_answered_ = false;  // and none of them inside TLS
    std::string server_end_point_;
    std::string command_line_options_;
    std::optional<postgres::scram_exchange> scram_;
};

handshake::handshake(handshake_params params) : impl_(std::make_unique<impl>(std::move(params))) {}

handshake::~handshake() = default;

handshake_action handshake::on_frame(const postgres::frame& frame, std::size_t leftover_bytes, base::byte_buffer& out) {
    return impl_->on_frame(frame, leftover_bytes, out);
}

void handshake::tls_established(std::string server_end_point) {
    impl_->tls_established(std::move(server_end_point));
}

postgres::frame_reader::phase handshake::expected_phase() const {
    return impl_->expected_phase();
}

const startup_info& handshake::startup() const {
    return impl_->info_;
}

cancel_request handshake::cancel_target() const {
    return impl_->cancel_target_;
}

const std::optional<error>& handshake::failure() const {
    return impl_->failure_;
}

}  // namespace sluice::session
