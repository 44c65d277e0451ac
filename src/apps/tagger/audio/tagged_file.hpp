// tagged_file.hpp - the four fields of one open file, in any format.
//
// Problem: TagLib has a class for each format, and FileRef guesses the format. Here the name decides it.
// Use:     const auto opened = open_mp3_tags(stream);  if (opened->file().isValid()) ...
//          opened->replace(tag_kind::mood, {"calm"});  if (!opened->save()) ...
// Rule:    callers see nothing of TagLib; its exceptions end where audio_tags.cpp calls it.
// Threads: one at a time.
// Errors:  none; the stream keeps errors of the system (taglib_stream.hpp).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/errors/error.hpp"
#include "apps/tagger/tags/tags.hpp"

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
    // A second tag, for a title, artist and so on that the first lacks; null: none.
    [[nodiscard]] virtual const TagLib::Tag* second_tag() { return nullptr; }
    [[nodiscard]] virtual text_list values(tag_kind kind) = 0;
    virtual void replace(tag_kind kind, const text_list& values) = 0;
    // True if TagLib has found the offsets that it would have to move: else it would damage the file.
    [[nodiscard]] virtual bool can_be_written() { return true; }
    [[nodiscard]] virtual bool save() = 0;
};

// The stream outlives the result.
[[nodiscard]] std::unique_ptr<tagged_file> open_mp3_tags(TagLib::IOStream& stream);
[[nodiscard]] std::unique_ptr<tagged_file> open_wav_tags(TagLib::IOStream& stream);
[[nodiscard]] std::unique_ptr<tagged_file> open_aiff_tags(TagLib::IOStream& stream);
[[nodiscard]] std::unique_ptr<tagged_file> open_mp4_tags(TagLib::IOStream& stream);
// `descriptor` is the stream's.
[[nodiscard]] std::unique_ptr<tagged_file> open_flac_tags(TagLib::IOStream& stream, int descriptor);
// Null: an unknown codec.
[[nodiscard]] std::unique_ptr<tagged_file> open_ogg_tags(TagLib::IOStream& stream);

// GENRE, MOOD, OCCASION, KEYWORDS.
[[nodiscard]] std::string_view field_name(tag_kind kind);
[[nodiscard]] TagLib::String to_taglib(std::string_view text);
[[nodiscard]] TagLib::StringList to_taglib(const text_list& texts);
[[nodiscard]] std::string from_taglib(const TagLib::String& text);
// Leaves out empty texts.
[[nodiscard]] text_list from_taglib(const TagLib::StringList& texts);

// Reads ID3v2.4, in any file.
[[nodiscard]] text_list id3v2_values(const TagLib::ID3v2::Tag& tag, tag_kind kind);
void replace_id3v2(TagLib::ID3v2::Tag& tag, tag_kind kind, const text_list& values);

}  // namespace sluice::tagger
