#include "apps/jobs/work.hpp"

#include "apps/jobs/run/progress.hpp"

namespace sluice::jobs {

std::string_view to_text(failure_class what) {
    switch (what) {
        case failure_class::transient:
            return "transient";
        case failure_class::busy:
            return "busy";
        case failure_class::exhausted:
            return "exhausted";
        case failure_class::unusable:
            return "unusable";
        case failure_class::rejected:
            return "rejected";
        case failure_class::refused:
            return "refused";
        case failure_class::interrupted:
            return "interrupted";
    }
    return "unknown";
}

std::string_view to_text(progress_event event) {
    switch (event) {
        case progress_event::started:
            return "started";
        case progress_event::committed:
            return "committed";
        case progress_event::item_failed:
            return "item_failed";
        case progress_event::waiting:
            return "waiting";
        case progress_event::working:
            return "working";
        case progress_event::ended:
            return "ended";
    }
    return "unknown";
}

}  // namespace sluice::jobs
