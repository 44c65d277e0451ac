"""The four kinds of tags in an audio file, as mutagen reads them: without any of our code.

tags_of("a.flac")     # {"genre": [...], "mood": [...], "occasion": [...], "keyword": [...]}
"""

import mutagen

FIELDS = {"genre": "GENRE", "mood": "MOOD", "occasion": "OCCASION", "keyword": "KEYWORDS"}
ID3 = {"genre": "TCON", "mood": "TMOO", "occasion": "TXXX:OCCASION", "keyword": "TXXX:KEYWORDS"}
MP4 = {"genre": "\xa9gen", **{kind: f"----:com.apple.iTunes:{FIELDS[kind]}" for kind in ("mood", "occasion", "keyword")}}


def tags_of(path):
    tags = mutagen.File(path).tags
    if tags is None:
        return {kind: [] for kind in FIELDS}
    if isinstance(tags, mutagen.id3.ID3):
        return {kind: [str(each) for frame in tags.getall(name) for each in frame.text] for kind, name in ID3.items()}
    if isinstance(tags, mutagen.mp4.MP4Tags):
        return {kind: [each.decode() if isinstance(each, bytes) else each for each in tags.get(name, [])] for kind, name in MP4.items()}
    return {kind: list(tags.get(name, [])) for kind, name in FIELDS.items()}
