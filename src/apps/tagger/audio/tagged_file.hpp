// tagged_file.hpp - the four fields of one open file, whatever its format calls them.
//
// Problem: TagLib knows a class for each format, and FileRef guesses which. The name says which.
// Use:     const auto opened = open_mp3_tags(stream);  if (opened->file().isValid()) ...
//          opened->replace(tag_kind::mood, {"calm"});  if (!opened->save()) ...
// Rule:    nothing of TagLib is seen from here; its exceptions end where audio_tags.cpp calls it.
// Threads: one at a time.
// Errors:  none; what the system says, the stream keeps (taglib_stream.hpp).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/tagger/tags/tags.hpp"
#include "base/core/result.hpp"

// NOLINTBEGIN(readability-identifier-naming): TagLib names them
namespace TagLib {
class File;
class IOStream;
class String;
class StringList;
class Tag;
namespace ID3v2 {
class Tag;
}
}  // namespace TagLib
// NOLINTEND(readability-identifier-naming)

namespace sluice::tagger {

using text_list = std::vector<std::string>;

class tagged_file {
  public:
    tagged_file() = default;
    tagged_file(const tagged_file&) = delete;
    tagged_file& operator=(const tagged_file&) = delete;
    virtual ~tagged_file() = default;

    [[nodiscard]] virtual TagLib::File& file() = 0;
    // What stands in for a title, artist and so on that is not there; null: nothing.
    [[nodiscard]] virtual const TagLib::Tag* second_tag() { return nullptr; }
    [[nodiscard]] virtual text_list values(tag_kind kind) = 0;
    virtual void replace(tag_kind kind, const text_list& values) = 0;
    // Whether TagLib has found the places that it would have to move: else it would write beside the point.
    [[nodiscard]] virtual bool can_be_written() { return true; }
    [[nodiscard]] virtual bool save() = 0;
};

// The stream outlives what is made.
[[nodiscard]] std::unique_ptr<tagged_file> open_mp3_tags(TagLib::IOStream& stream);
[[nodiscard]] std::unique_ptr<tagged_file> open_wav_tags(TagLib::IOStream& stream);
[[nodiscard]] std::unique_ptr<tagged_file> open_aiff_tags(TagLib::IOStream& stream);
[[nodiscard]] std::unique_ptr<tagged_file> open_mp4_tags(TagLib::IOStream& stream);
// `descriptor` is that of the stream.
[[nodiscard]] std::unique_ptr<tagged_file> open_flac_tags(TagLib::IOStream& stream, int descriptor);
// Null: none of the codecs that we know.
[[nodiscard]] std::unique_ptr<tagged_file> open_ogg_tags(TagLib::IOStream& stream);

// GENRE, MOOD, OCCASION, KEYWORDS.
[[nodiscard]] std::string_view field_name(tag_kind kind);
[[nodiscard]] TagLib::String to_taglib(std::string_view text);
[[nodiscard]] TagLib::StringList to_taglib(const text_list& texts);
[[nodiscard]] std::string from_taglib(const TagLib::String& text);
// Without empty ones.
[[nodiscard]] text_list from_taglib(const TagLib::StringList& texts);

// ID3v2.4, in whatever file it stands.
[[nodiscard]] text_list id3v2_values(const TagLib::ID3v2::Tag& tag, tag_kind kind);
void replace_id3v2(TagLib::ID3v2::Tag& tag, tag_kind kind, const text_list& values);

}  // namespace sluice::tagger
