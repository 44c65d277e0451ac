// model_http.hpp - the common part of both model clients: one POST with a key, over a kept connection.
//
// Use:     model_http web(params, {.base_url = gemini_base_url, .key_header = "x-goog-api-key"});
//          TRY_ASSIGN(const std::string body, web.post("/v1beta/models/" + url_escaped(model) + ":x", text, stop));
//          return std::unexpected(web.unusable("no candidates", body, used));
// Bounds:  clients_kept idle connections are kept; more threads make more connections, which are closed afterwards.
// Secrets: no failure contains the key; keys shorter than key_bytes_min (the "none" for a local server)
//          are no secrets, and removing them would only spoil the text.
// Threads: any.
// Errors:  see model_client.hpp.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "apps/jobs/work.hpp"
#include "apps/tagger/model/model_client.hpp"
#include "base/core/cancel.hpp"
#include "base/http_client/client.hpp"

namespace sluice::tagger {

struct service_shape {
    std::string base_url;    // used if params name none
    std::string key_header;  // name of the header
    std::string key_prefix;  // text before the key
};

class model_http {
  public:
    static constexpr std::size_t clients_kept = 8;
    static constexpr std::size_t key_bytes_min = 8;
    static constexpr std::size_t raw_bytes_max = 16'384;
    static constexpr std::size_t answer_bytes_max = std::size_t{8} * 1024 * 1024;

    model_http(model_params params, service_shape shape);

    // Returns the body of a 200.
    [[nodiscard]] jobs::work_result<std::string> post(std::string_view path, std::string body,
                                                      const base::cancel_token& stop);
    // The failure for a 200 that is of no use; includes its body.
    [[nodiscard]] jobs::work_failure unusable(std::string reason, std::string_view body, const jobs::usage& used) const;

    // The failure for a 200 with an error inside.
    [[nodiscard]] jobs::work_failure failed_inside(std::string_view body) const;

    [[nodiscard]] const model_params& params() const { return params_; }
    [[nodiscard]] const std::string& host() const { return host_; }
    [[nodiscard]] std::string name() const { return host_ + "/" + params_.model; }

  private:
    [[nodiscard]] std::unique_ptr<base::http_client> take();
    void give_back(std::unique_ptr<base::http_client> used);
    void take_key_out(std::string& text) const;
    [[nodiscard]] jobs::work_failure without_key(jobs::work_failure told) const;

    model_params params_;
    service_shape shape_;
    std::string host_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<base::http_client>> idle_;
};

// Escapes all bytes except letters, digits, '-', '.', '_' and '~' as %XX (RFC 3986, 2.3).
[[nodiscard]] std::string url_escaped(std::string_view text);

}  // namespace sluice::tagger
