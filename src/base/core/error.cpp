#include "base/core/error.hpp"

#include <utility>

namespace sluice {

error error::with_detail(std::string text) && {
    detail = std::move(text);
    return std::move(*this);
}

error error::with_hint(std::string text) && {
    hint = std::move(text);
    return std::move(*this);
}

error error::with_context(std::string text) && {
    context = std::move(text);
    return std::move(*this);
}

error error::with_position(std::int32_t one_based) && {
    position = one_based;
    return std::move(*this);
}

error error::as_fatal() && {
    fatal = true;
    return std::move(*this);
}

}  // namespace sluice
