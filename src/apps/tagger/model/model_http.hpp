// model_http.hpp - what both kinds of model clients do alike: one POST with a key, over a connection that is kept.
//
// Use:     model_http web(params, {.base_url = gemini_base_url, .key_header = "x-goog-api-key"});
//          TRY_ASSIGN(const std::string body, web.post("/v1beta/models/" + url_escaped(model) + ":x", text, stop));
//          return std::unexpected(web.unusable("no candidates", body, used));
// Bounds:  clients_kept connections wait for the next call; more are made when more threads call, and closed afterwards.
// Secrets: every failure comes out of here without the key; keys shorter than key_bytes_min (the "none" that a local server
//          is given) are no secrets, and would only spoil the text.
// Threads: any.
// Errors:  as model_client.hpp says.
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
    std::string base_url;    // where params name none
    std::string key_header;  // name
    std::string key_prefix;  // before the key
};

class model_http {
  public:
    static constexpr std::size_t clients_kept = 8;
    static constexpr std::size_t key_bytes_min = 8;
    static constexpr std::size_t raw_bytes_max = 16'384;
    static constexpr std::size_t answer_bytes_max = std::size_t{8} * 1024 * 1024;

    model_http(model_params params, service_shape shape);

    // The body of a 200.
    [[nodiscard]] jobs::work_result<std::string> post(std::string_view path, std::string body,
                                                      const base::cancel_token& stop);
    // A 200 that is of no use, with what it was.
    [[nodiscard]] jobs::work_failure unusable(std::string reason, std::string_view body, const jobs::usage& used) const;

    // A 200 that has an error inside.
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

// All but letters, digits, '-', '.', '_' and '~' as %XX (RFC 3986, 2.3).
[[nodiscard]] std::string url_escaped(std::string_view text);

}  // namespace sluice::tagger
