// Files with Vorbis comments: FLAC, and all codecs in Ogg.
#include <algorithm>
#include <string>
#include <taglib/flacfile.h>
#include <taglib/id3v1tag.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/id3v2tag.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/speexfile.h>
#include <taglib/vorbisfile.h>
#include <taglib/xiphcomment.h>

#include "apps/tagger/audio/audio_payload_formats.hpp"
#include "apps/tagger/audio/audio_source.hpp"
#include "apps/tagger/audio/audio_text.hpp"
#include "apps/tagger/audio/tagged_file.hpp"
#include "base/text/utf8.hpp"

namespace sluice::tagger {

namespace {

using comments = TagLib::Ogg::XiphComment;

// TagLib drops texts that are not UTF-8, and would remove them from the file when it saves. `raw` is the block or
// packet in the file, from the vendor's length on. The dropped texts are given back to TagLib, read as Latin-1.
void give_back_dropped(comments& into, const byte_view& raw) {
    std::size_t at = 4 + raw.little(0, 4);
    const auto count = raw.little(at, 4);
    at += 4;
    for (std::uint64_t i = 0; i < count && at + 4 <= raw.size(); ++i) {
        const auto size = raw.little(at, 4);
        const auto entry = raw.text(at + 4, size);
        at += 4 + size;
        const auto equals = entry.find('=');
        if (entry.size() == size && equals != 0 && equals != std::string_view::npos &&
            !base::is_utf8(entry.substr(equals + 1)) && base::is_utf8(entry.substr(0, equals))) {
            into.addField(to_taglib(entry.substr(0, equals)), to_taglib(to_utf8(entry.substr(equals + 1))), false);
        }
    }
}

text_list comment_values(const comments& tag, tag_kind kind) {
    const auto& fields = tag.fieldListMap();
    const auto found = fields.find(to_taglib(field_name(kind)));
    return found == fields.end() ? text_list() : from_taglib(found->second);
}

void replace_comments(comments& tag, tag_kind kind, const text_list& values) {
    const auto name = to_taglib(field_name(kind));
    tag.removeFields(name);
    for (const auto& each : values) {
        tag.addField(name, to_taglib(each), false);
    }
}

class flac_file : public tagged_file {
  public:
    flac_file(TagLib::IOStream& stream, int descriptor) : file_(&stream, TagLib::ID3v2::FrameFactory::instance()) {
        if (file_.hasXiphComment()) {
            give_back(descriptor);
        }
    }

    TagLib::File& file() override { return file_; }

    text_list values(tag_kind kind) override {
        return file_.hasXiphComment() ? comment_values(*file_.xiphComment(), kind) : text_list();
    }

    // FLAC has no other tags by its standard; if a program has added one, its genre must agree.
    void replace(tag_kind kind, const text_list& values) override {
        replace_comments(*file_.xiphComment(true), kind, values);
        if (kind != tag_kind::genre) {
            return;
        }
        if (file_.hasID3v2Tag() && !id3v2_values(*file_.ID3v2Tag(), kind).empty()) {
            replace_id3v2(*file_.ID3v2Tag(), kind, values);
        }
        if (file_.hasID3v1Tag() && !file_.ID3v1Tag()->genre().isEmpty()) {
            file_.ID3v1Tag()->setGenre(values.empty() ? TagLib::String() : to_taglib(values.front()));
        }
    }

    bool save() override { return file_.save(); }

  private:
    void give_back(int descriptor) {
        auto from = audio_source::create(descriptor);
        const auto place = from ? find_flac_comments(*from) : result<byte_range>(byte_range{});
        if (!place || place->size_bytes == 0) {
            return;
        }
        std::string block;  // may be longer than the window: comments can hold pictures
        while (block.size() < place->size_bytes) {
            const auto part = from->view_some(place->offset + block.size(), place->size_bytes - block.size());
            if (!part || part->size() == 0) {
                return;
            }
            block += part->text(0, part->size());
        }
        give_back_dropped(*file_.xiphComment(), byte_view(std::as_bytes(std::span(block))));
    }

    TagLib::FLAC::File file_;
};

template <typename File>
class ogg_file : public tagged_file {
  public:
    // `prefix_bytes` precede the comments in the second packet.
    ogg_file(TagLib::IOStream& stream, unsigned prefix_bytes) : file_(&stream) {
        if (file_.isValid() && file_.tag() != nullptr) {
            const auto raw = file_.packet(1).mid(prefix_bytes);
            give_back_dropped(*file_.tag(), byte_view(std::as_bytes(std::span(raw.data(), raw.size()))));
        }
    }

    TagLib::File& file() override { return file_; }
    text_list values(tag_kind kind) override { return comment_values(*file_.tag(), kind); }
    void replace(tag_kind kind, const text_list& values) override { replace_comments(*file_.tag(), kind, values); }
    bool save() override { return file_.save(); }

  protected:
    File& ogg() { return file_; }

  private:
    File file_;
};

// TagLib 1.13 loses the last-block mark if the comments have it, and cannot read the file afterwards.
class ogg_flac_file : public ogg_file<TagLib::Ogg::FLAC::File> {
  public:
    using ogg_file::ogg_file;

    bool save() override {
        const auto mark = [&] { return ogg().packet(1).isEmpty() ? 0 : ogg().packet(1)[0] & last_block; };
        const int marked = mark();
        if (!ogg().save()) {
            return false;
        }
        if (mark() == marked) {
            return true;
        }
        auto block = ogg().packet(1);
        block[0] = static_cast<char>(block[0] | last_block);
        ogg().setPacket(1, block);
        return ogg().TagLib::Ogg::File::save();
    }

  private:
    static constexpr int last_block = 0x80;
};

}  // namespace

std::unique_ptr<tagged_file> open_flac_tags(TagLib::IOStream& stream, int descriptor) {
    return std::make_unique<flac_file>(stream, descriptor);
}

std::unique_ptr<tagged_file> open_ogg_tags(TagLib::IOStream& stream) {
    constexpr unsigned page_header_bytes = 28;  // header of a page with one piece, as the first page always has
    stream.seek(page_header_bytes);
    const auto head = stream.readBlock(80);
    stream.seek(0);
    switch (ogg_codec_of(byte_view(std::as_bytes(std::span(head.data(), head.size()))))) {
        case ogg_codec::vorbis:
            return std::make_unique<ogg_file<TagLib::Vorbis::File>>(stream, 7);
        case ogg_codec::opus:
            return std::make_unique<ogg_file<TagLib::Ogg::Opus::File>>(stream, 8);
        case ogg_codec::flac:
            return std::make_unique<ogg_flac_file>(stream, 4);
        case ogg_codec::speex:
            return std::make_unique<ogg_file<TagLib::Ogg::Speex::File>>(stream, 0);
        case ogg_codec::unknown:
            break;
    }
    return nullptr;
}

}  // namespace sluice::tagger
