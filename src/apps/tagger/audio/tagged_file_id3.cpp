// Files with ID3v2: MP3, and the chunks of WAV and AIFF.
#include <algorithm>
#include <charconv>
#include <optional>
#include <taglib/aifffile.h>
#include <taglib/apetag.h>
#include <taglib/id3v1genres.h>
#include <taglib/id3v1tag.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/id3v2tag.h>
#include <taglib/mpegfile.h>
#include <taglib/textidentificationframe.h>
#include <taglib/wavfile.h>

#include "apps/tagger/audio/tagged_file.hpp"

namespace sluice::tagger {

namespace {

namespace id3v2 = TagLib::ID3v2;

using text_frame = id3v2::TextIdentificationFrame;
using named_text_frame = id3v2::UserTextIdentificationFrame;

constexpr const char* ape_genre = "GENRE";
constexpr const char* info_genre = "IGNR";

// The frame of a kind; a kind without a frame of its own is stored in TXXX under its field's name.
const char* frame_id(tag_kind kind) {
    return kind == tag_kind::genre ? "TCON" : kind == tag_kind::mood ? "TMOO" : "TXXX";
}

bool is_named(const named_text_frame& frame, tag_kind kind) {
    return from_taglib(frame.description().upper()) == field_name(kind);
}

// "17" is "Rock": ID3v2 lets numbers of ID3v1 stand for their names.
std::string genre_name(const std::string& text) {
    int number = -1;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    const auto name = read.ptr == end && number >= 0 ? from_taglib(TagLib::ID3v1::genre(number)) : std::string();
    return name.empty() ? text : name;
}

void append_values(text_list& into, const id3v2::Frame& frame, tag_kind kind) {
    if (const auto* const named = dynamic_cast<const named_text_frame*>(&frame); named != nullptr) {
        if (is_named(*named, kind)) {
            auto list = named->fieldList();  // the name comes first
            list.erase(list.begin());
            std::ranges::copy(from_taglib(list), std::back_inserter(into));
        }
    } else if (const auto* const plain = dynamic_cast<const text_frame*>(&frame); plain != nullptr) {
        for (const auto& each : from_taglib(plain->fieldList())) {
            into.push_back(kind == tag_kind::genre ? genre_name(each) : each);
        }
    }
}

void remove_frames(id3v2::Tag& tag, tag_kind kind) {
    const auto frames = tag.frameList(frame_id(kind));  // a copy
    for (auto* const frame : frames) {
        const auto* const named = dynamic_cast<const named_text_frame*>(frame);
        const bool is_plain = named == nullptr && (kind == tag_kind::genre || kind == tag_kind::mood);
        if (is_plain || (named != nullptr && is_named(*named, kind))) {
            tag.removeFrame(frame);
        }
    }
}

// The value for another tag in the file, which holds one text only. Empty: ID3v1 does not know it.
TagLib::String first_of(const text_list& values) {
    return values.empty() ? TagLib::String() : to_taglib(values.front());
}

class mp3_file : public tagged_file {
  public:
    explicit mp3_file(TagLib::IOStream& stream) : file_(&stream, id3v2::FrameFactory::instance()) {}

    TagLib::File& file() override { return file_; }

    text_list values(tag_kind kind) override {
        auto found = file_.hasID3v2Tag() ? id3v2_values(*file_.ID3v2Tag(), kind) : text_list();
        if (!found.empty() || kind != tag_kind::genre) {
            return found;
        }
        if (file_.hasAPETag() && file_.APETag()->itemListMap().contains(ape_genre)) {
            return from_taglib(file_.APETag()->itemListMap()[ape_genre].values());
        }
        return file_.hasID3v1Tag() ? from_taglib(TagLib::StringList(file_.ID3v1Tag()->genre())) : text_list();
    }

    void replace(tag_kind kind, const text_list& values) override {
        replace_id3v2(*file_.ID3v2Tag(true), kind, values);
        if (kind == tag_kind::genre) {
            replace_genre_elsewhere(values);
        }
    }

    // Copies nothing into new tags, and removes no tags.
    bool save() override {
        return file_.save(written_, TagLib::File::StripNone, id3v2::v4, TagLib::File::DoNotDuplicate);
    }

  private:
    void replace_genre_elsewhere(const text_list& values) {
        if (file_.hasID3v1Tag() && file_.ID3v1Tag()->genre() != first_of(values)) {
            file_.ID3v1Tag()->setGenre(first_of(values));
            written_ |= TagLib::MPEG::File::ID3v1;
        }
        if (file_.hasAPETag() && file_.APETag()->itemListMap().contains(ape_genre)) {
            file_.APETag()->removeItem(ape_genre);
            if (!values.empty()) {
                file_.APETag()->setItem(ape_genre, TagLib::APE::Item(ape_genre, to_taglib(values)));
            }
            written_ |= TagLib::MPEG::File::APE;
        }
    }

    TagLib::MPEG::File file_;
    int written_ = TagLib::MPEG::File::ID3v2;
};

class wav_file : public tagged_file {
  public:
    explicit wav_file(TagLib::IOStream& stream) : file_(&stream) {}

    TagLib::File& file() override { return file_; }
    const TagLib::Tag* second_tag() override { return file_.InfoTag(); }

    text_list values(tag_kind kind) override {
        const auto found = id3v2_values(*file_.ID3v2Tag(), kind);
        return found.empty() && kind == tag_kind::genre
                   ? from_taglib(TagLib::StringList(file_.InfoTag()->fieldText(info_genre)))
                   : found;
    }

    void replace(tag_kind kind, const text_list& values) override {
        replace_id3v2(*file_.ID3v2Tag(), kind, values);
        if (kind == tag_kind::genre && file_.InfoTag()->fieldListMap().contains(info_genre)) {
            file_.InfoTag()->setGenre(first_of(values));
            has_new_info_ = true;
        }
    }

    // False for RF64, and for files where the sound's size was never written.
    bool can_be_written() override {
        return file_.audioProperties() != nullptr &&
               dynamic_cast<TagLib::RIFF::WAV::Properties&>(*file_.audioProperties()).sampleFrames() > 0;
    }

    bool save() override {
        using wav = TagLib::RIFF::WAV::File;
        return file_.save(has_new_info_ ? wav::AllTags : wav::ID3v2, wav::StripNone, id3v2::v4);
    }

  private:
    TagLib::RIFF::WAV::File file_;
    bool has_new_info_ = false;
};

class aiff_file : public tagged_file {
  public:
    explicit aiff_file(TagLib::IOStream& stream) : file_(&stream) {}

    TagLib::File& file() override { return file_; }
    text_list values(tag_kind kind) override { return id3v2_values(*file_.tag(), kind); }
    void replace(tag_kind kind, const text_list& values) override { replace_id3v2(*file_.tag(), kind, values); }
    bool save() override { return file_.save(id3v2::v4); }

  private:
    TagLib::RIFF::AIFF::File file_;
};

}  // namespace

text_list id3v2_values(const id3v2::Tag& tag, tag_kind kind) {
    text_list found;
    for (const auto* const frame : tag.frameList(frame_id(kind))) {
        append_values(found, *frame, kind);
    }
    return found;
}

void replace_id3v2(id3v2::Tag& tag, tag_kind kind, const text_list& values) {
    remove_frames(tag, kind);
    if (values.empty()) {
        return;
    }
    if (kind == tag_kind::genre || kind == tag_kind::mood) {
        auto frame = std::make_unique<text_frame>(frame_id(kind), TagLib::String::UTF8);
        frame->setText(to_taglib(values));
        tag.addFrame(frame.release());
    } else {
        tag.addFrame(new named_text_frame(to_taglib(field_name(kind)), to_taglib(values), TagLib::String::UTF8));
    }
}

std::unique_ptr<tagged_file> open_mp3_tags(TagLib::IOStream& stream) {
    return std::make_unique<mp3_file>(stream);
}

std::unique_ptr<tagged_file> open_wav_tags(TagLib::IOStream& stream) {
    return std::make_unique<wav_file>(stream);
}

std::unique_ptr<tagged_file> open_aiff_tags(TagLib::IOStream& stream) {
    return std::make_unique<aiff_file>(stream);
}

}  // namespace sluice::tagger
