#include <taglib/mp4file.h>

#include "apps/tagger/audio/tagged_file.hpp"

namespace sluice::tagger {

namespace {

constexpr const char* genre_atom = "\251gen";

class mp4_file : public tagged_file {
  public:
    explicit mp4_file(TagLib::IOStream& stream) : file_(&stream) {}

    TagLib::File& file() override { return file_; }

    text_list values(tag_kind kind) override {
        text_list found;
        for (const auto& [key, item] : file_.tag()->itemMap()) {
            if (is_of(key, kind)) {
                const auto some = from_taglib(item.toStringList());
                found.insert(found.end(), some.begin(), some.end());
            }
        }
        return found;
    }

    void replace(tag_kind kind, const text_list& values) override {
        const auto items = file_.tag()->itemMap();  // a copy
        for (const auto& [key, item] : items) {
            if (is_of(key, kind)) {
                file_.tag()->removeItem(key);
            }
        }
        if (!values.empty()) {
            file_.tag()->setItem(name_of(kind), TagLib::MP4::Item(to_taglib(values)));
        }
    }

    bool can_be_written() override { return file_.hasMP4Tag() || file_.audioProperties() != nullptr; }
    bool save() override { return file_.save(); }

  private:
    static TagLib::String name_of(tag_kind kind) {
        return kind == tag_kind::genre ? TagLib::String(genre_atom)
                                       : to_taglib("----:com.apple.iTunes:" + std::string(field_name(kind)));
    }

    static bool is_of(const TagLib::String& key, tag_kind kind) {
        return kind == tag_kind::genre ? key == genre_atom : key.upper() == name_of(kind).upper();
    }

    TagLib::MP4::File file_;
};

}  // namespace

std::unique_ptr<tagged_file> open_mp4_tags(TagLib::IOStream& stream) {
    return std::make_unique<mp4_file>(stream);
}

}  // namespace sluice::tagger
