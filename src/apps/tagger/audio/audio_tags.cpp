#include "apps/tagger/audio/audio_tags.hpp"

#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <memory>
#include <new>
#include <optional>
#include <taglib/audioproperties.h>
#include <taglib/infotag.h>
#include <taglib/tag.h>
#include <taglib/tdebuglistener.h>
#include <taglib/tfile.h>
#include <utility>

#include "apps/tagger/audio/audio_source.hpp"
#include "apps/tagger/audio/audio_text.hpp"
#include "apps/tagger/audio/tagged_file.hpp"
#include "apps/tagger/audio/taglib_stream.hpp"

namespace sluice::tagger {

namespace {

// Some builds of TagLib write messages about damaged files to std::cerr; this one drops them.
class silent_listener : public TagLib::DebugListener {
  public:
    void printMessage(const TagLib::String& /*message*/) override {}
};

// As everywhere here: text that is not UTF-8 is Latin-1.
class info_texts final : public TagLib::RIFF::Info::StringHandler {
  public:
    [[nodiscard]] TagLib::String parse(const TagLib::ByteVector& data) const override {
        const std::string_view bytes(data.data(), data.size());
        return to_taglib(to_utf8(bytes.substr(0, bytes.find('\0'))));
    }
};

// Sets TagLib's global handlers, which live as long as the process.
void prepare_taglib() {
    static const bool is_prepared = [] {
        static silent_listener listener;
        static const info_texts texts;
        TagLib::setDebugListener(&listener);
        TagLib::RIFF::Info::Tag::setStringHandler(&texts);
        return true;
    }();
    (void)is_prepared;
}

class open_tags {
  public:
    static result<std::unique_ptr<open_tags>> open(const std::filesystem::path& path, audio_format format,
                                                   bool is_writable) {
        prepare_taglib();
        TRY_ASSIGN(auto opened, open_regular(path, is_writable));
        auto made = std::make_unique<open_tags>(std::move(opened), format, is_writable);
        if (made->fields_ == nullptr || !made->fields_->file().isValid() || made->fields_->file().tag() == nullptr) {
            const int code = made->stream_.failure();
            return code != 0 ? audio_failure("read", code) : bad_audio("TagLib cannot read it");
        }
        return made;
    }

    open_tags(base::file_descriptor opened, audio_format format, bool is_writable)
        : descriptor_(std::move(opened)), stream_(descriptor_.get(), is_writable), fields_(open_fields(format)) {}

    tagged_file& fields() { return *fields_; }

    result<> save() {
        const bool is_saved = fields_->save();
        if (const int code = stream_.failure(); code != 0) {
            return audio_failure("write", code);
        }
        return is_saved ? result<>() : bad_audio("TagLib cannot write it");
    }

  private:
    std::unique_ptr<tagged_file> open_fields(audio_format format) {
        switch (format) {
            case audio_format::mp3:
                return open_mp3_tags(stream_.get());
            case audio_format::flac:
                return open_flac_tags(stream_.get(), descriptor_.get());
            case audio_format::ogg:
            case audio_format::opus:
                return open_ogg_tags(stream_.get());
            case audio_format::m4a:
                return open_mp4_tags(stream_.get());
            case audio_format::wav:
                return open_wav_tags(stream_.get());
            case audio_format::aiff:
                break;
        }
        return open_aiff_tags(stream_.get());
    }

    base::file_descriptor descriptor_;
    taglib_stream stream_;
    std::unique_ptr<tagged_file> fields_;
};

// On a damaged file the library may throw any exception.
template <typename Work>
auto without_exceptions(Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return fail(error_kind::io, "not enough memory for what it says of itself");
    } catch (const std::exception& problem) {
        return bad_audio(fmt::format("TagLib: {}", clean_text(problem.what())));
    }
}

tag_set all_tags(tagged_file& fields) {
    tag_set tags;
    for (const tag_kind kind : tag_kinds) {
        tags[kind] = fields.values(kind);
    }
    return tags;
}

std::string joined(const text_list& texts) {
    return fmt::format("{}", fmt::join(texts, ", "));
}

track_info describe(const TagLib::Tag& tag) {
    return {.title = from_taglib(tag.title()),
            .artist = from_taglib(tag.artist()),
            .album = from_taglib(tag.album()),
            .comment = from_taglib(tag.comment()),
            .year = std::min<std::int64_t>(tag.year(), 9999)};
}

void fill_gaps(track_info& track, const track_info& other) {
    const auto fill = [&](std::string track_info::* member) {
        if ((track.*member).empty()) {
            track.*member = other.*member;
        }
    };
    fill(&track_info::title);
    fill(&track_info::artist);
    fill(&track_info::album);
    fill(&track_info::comment);
    track.year = track.year == 0 ? other.year : track.year;
}

track_info describe(tagged_file& fields) {
    auto track = describe(*fields.file().tag());
    if (const auto* const second = fields.second_tag(); second != nullptr) {
        fill_gaps(track, describe(*second));
    }
    track.genre = joined(fields.values(tag_kind::genre));
    if (const auto* const sound = fields.file().audioProperties(); sound != nullptr) {
        track.duration_ms = std::max(0, sound->lengthInMilliseconds());
        track.bitrate_kbps = std::max(0, sound->bitrate());
        track.sample_rate_hz = std::max(0, sound->sampleRate());
        track.channels = std::max(0, sound->channels());
    }
    return track;
}

// The tags in a form that files can store.
tag_set cleaned(const tag_set& tags) {
    tag_set clean;
    for (const tag_kind kind : tag_kinds) {
        for (const auto& each : tags[kind]) {
            if (auto text = clean_text(each); !text.empty()) {
                clean[kind].push_back(std::move(text));
            }
        }
    }
    return clean;
}

struct told_track {
    tag_set tags;
    track_info track;
};

result<told_track> read_all(const std::filesystem::path& path, audio_format format) {
    return without_exceptions([&]() -> result<told_track> {
        TRY_ASSIGN(const auto opened, open_tags::open(path, format, false));
        return told_track{.tags = all_tags(opened->fields()), .track = describe(opened->fields())};
    });
}

result<bool> write_differing(const std::filesystem::path& path, audio_format format, const tag_set& wanted) {
    return without_exceptions([&]() -> result<bool> {
        TRY_ASSIGN(const auto opened, open_tags::open(path, format, true));
        const auto before = all_tags(opened->fields());
        if (has_same_tags(before, wanted)) {
            return false;
        }
        if (!opened->fields().can_be_written()) {
            return fail(error_kind::invalid, "TagLib cannot write into files of this kind");
        }
        for (const tag_kind kind : tag_kinds) {
            if (before[kind] != wanted[kind]) {
                opened->fields().replace(kind, wanted[kind]);
            }
        }
        TRY(opened->save());
        return true;
    });
}

result<audio_format> format_of(const std::filesystem::path& path) {
    const auto format = audio_format_of(path);
    return format ? result<audio_format>(*format) : bad_audio("no audio format of ours by its name");
}

}  // namespace

result<track_info> read_track(const std::filesystem::path& path) {
    TRY_ASSIGN(const auto format, format_of(path));
    TRY_ASSIGN(auto all, read_all(path, format));
    return std::move(all.track);
}

result<tag_set> read_file_tags(const std::filesystem::path& path) {
    TRY_ASSIGN(const auto format, format_of(path));
    return read_file_tags(path, format);
}

result<tag_set> read_file_tags(const std::filesystem::path& path, audio_format format) {
    TRY_ASSIGN(auto all, read_all(path, format));
    return std::move(all.tags);
}

result<> write_file_tags(const std::filesystem::path& path, const tag_set& tags) {
    TRY_ASSIGN(const auto format, format_of(path));
    return write_file_tags(path, format, tags);
}

result<> write_file_tags(const std::filesystem::path& path, audio_format format, const tag_set& tags) {
    const auto wanted = cleaned(tags);
    TRY_ASSIGN(auto before, read_all(path, format));
    TRY_ASSIGN(const bool is_written, write_differing(path, format, wanted));
    if (!is_written) {
        return {};
    }
    // TagLib does not report every error, so the file is read again.
    TRY_ASSIGN(auto after, read_all(path, format));
    before.track.genre = after.track.genre;
    before.track.bitrate_kbps = after.track.bitrate_kbps;  // TagLib may compute it from the file's size
    if (!has_same_tags(after.tags, wanted)) {
        return bad_audio("TagLib reads other tags than it has written");
    }
    return after.track == before.track ? result<>() : bad_audio("writing the tags would change other fields");
}

}  // namespace sluice::tagger
