"""Songs that a real encoder made, for tests: one with what it says of itself, or thousands of short ones.

    make_tone(folder / "a.flac", seconds=2, hertz=440, title="Calm", artist="Ann")
    songs = make_library(folder, 3000, seed=7)       # the same files for the same numbers

ffmpeg (of imageio-ffmpeg) encodes, and tells what is in a file without any of our code: stream_hash(path). mutagen writes
and reads tags. A tone's extension says its format: any of FORMATS.
"""

import array
import base64
import dataclasses
import math
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

import imageio_ffmpeg
import mutagen
from mutagen import flac, id3, mp4, ogg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
FORMATS = ["mp3", "flac", "ogg", "opus", "m4a", "wav", "aiff"]
ENCODERS = {
    "mp3": ["-c:a", "libmp3lame", "-b:a", "64k"],
    "flac": ["-c:a", "flac"],
    "ogg": ["-c:a", "libvorbis", "-q:a", "1"],
    "oga": ["-c:a", "flac", "-f", "ogg"],
    "opus": ["-c:a", "libopus", "-b:a", "32k"],
    "m4a": ["-c:a", "aac", "-b:a", "64k"],
    "wav": ["-c:a", "pcm_s16le"],
    "aiff": ["-c:a", "pcm_s16be", "-write_id3v2", "1"],
}


def ffmpeg(*words):
    """What it writes to stdout; its complaints are the exception's."""
    done = subprocess.run([FFMPEG, "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *map(str, words)], capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return done.stdout


def make_tone(path, seconds=1, hertz=440, title=None, artist=None, album=None, comment=None, genre=None, year=None, encoder=None):
    """A sine in the format of the extension. `encoder`: options of ffmpeg instead of ours."""
    path = pathlib.Path(path)
    fields = {"title": title, "artist": artist, "album": album, "comment": comment, "genre": genre, "date": year}
    told = [word for name, value in fields.items() if value is not None for word in ("-metadata", f"{name}={value}")]
    ffmpeg(
        "-f", "lavfi", "-i", f"sine=frequency={hertz}:duration={seconds}:sample_rate=48000", *told,
        *(encoder or ENCODERS[path.suffix[1:].lower()]), "-fflags", "+bitexact", "-flags:a", "+bitexact", path,
    )  # fmt: skip
    return path


def stream_hash(path, kind="sha256"):
    """Of the packets of the first audio stream, as ffmpeg's demuxer finds them: no tags, no pages, no headers."""
    return ffmpeg("-i", path, "-map", "0:a:0", "-c", "copy", "-f", "hash", "-hash", kind, "-").decode().strip().split("=")[1]


@dataclasses.dataclass
class Song:
    path: pathlib.Path
    title: str
    artist: str
    album: str


def make_library(folder, count, seed=1, formats=None):
    """`count` short songs below the folder, spread evenly over the formats, none with another's sound."""
    folder = pathlib.Path(folder)
    formats = formats or FORMATS
    dice = random.Random(seed)
    songs = []
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for at, format in enumerate(formats):
            share = count // len(formats) + (1 if at < count % len(formats) else 0)
            make = _make_pcm if format in ("wav", "aiff") else _make_segments
            for made in make(pathlib.Path(scratch), format, share, seed):
                songs.append(_name_song(folder, made, dice, len(songs)))
    return songs


ADJECTIVES = "Amber Blue Broken Burning Distant Electric Empty Endless Fading Fallen Frozen Gentle Golden Hidden Hollow Last Lonely Lost Midnight Northern Open Paper Quiet Restless Rising Sacred Silent Silver Sleeping Slow Strange Velvet Wild Winter".split()
NOUNS = "Avenue Bells City Cloud Coast Dancer Dawn Dream Echo Engine Fire Garden Ghost Harbour Heart Highway Island Lantern Letter Machine Mirror Moon Mountain Ocean Orchard Rain River Road Room Shadow Signal Sky Summer Sun Thunder Train Valley Window".split()
FAMILIES = "Quartet Trio Collective Orchestra Brothers Sisters Band Ensemble Project Sound System".split()


def _name_song(folder, made, dice, number):
    """Moves it to Artist/Album/NN Title.ext, and tells it what it is."""
    artist = f"The {dice.choice(ADJECTIVES)} {dice.choice(NOUNS)} {dice.choice(FAMILIES)}"
    album = f"{dice.choice(ADJECTIVES)} {dice.choice(NOUNS)}s"
    title = f"{dice.choice(ADJECTIVES)} {dice.choice(NOUNS)} No. {number + 1}"
    path = folder / artist / album / f"{dice.randint(1, 20):02} {title}{made.suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    _tell(made, title, artist, album)
    made.rename(path)
    return Song(path, title, artist, album)


def _tell(path, title, artist, album):
    if path.suffix in (".wav", ".aiff"):
        _append_chunk(path, id3_tag(title, artist, album))
    elif path.suffix == ".mp3":
        path.write_bytes(id3_tag(title, artist, album) + path.read_bytes())
    else:
        if path.suffix in (".ogg", ".opus"):
            _mark_last_page(path)
        file = mutagen.File(path)
        names = ("\xa9nam", "\xa9ART", "\xa9alb") if path.suffix == ".m4a" else ("title", "artist", "album")
        file.update(dict(zip(names, ([title], [artist], [album]))))
        file.save()


def _mark_last_page(path):
    """ffmpeg's segments end without the mark that RFC 3533 wants on a stream's last page."""
    with path.open("r+b") as file:
        page, at = None, 0
        while file.tell() < path.stat().st_size:
            at = file.tell()
            page = ogg.OggPage(file)
        page.last = True
        file.seek(at)
        file.write(page.write())


def id3_tag(title, artist, album):
    """ID3v2.4 with three texts, written by hand because thousands are."""
    frames = b"".join(
        name + _seven_bits(len(text.encode()) + 1) + b"\0\0\x03" + text.encode()
        for name, text in ((b"TIT2", title), (b"TPE1", artist), (b"TALB", album))
    )
    return b"ID3\x04\0\0" + _seven_bits(len(frames)) + frames


def _seven_bits(number):
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _make_segments(scratch, format, count, seed):
    """One long sweep that ffmpeg encodes once and cuts into pieces."""
    if count == 0:
        return []
    seconds = 0.3
    kind = {"ogg": "ogg", "opus": "ogg", "m4a": "ipod"}.get(format, format)
    low = 110 + seed % 97
    ffmpeg(
        "-f", "lavfi", "-i", f"aevalsrc='0.5*sin(2*PI*({low}*t+t*t/3))':sample_rate=16000:duration={(count + 2) * seconds}",
        *ENCODERS[format], "-fflags", "+bitexact", "-flags:a", "+bitexact",
        "-f", "segment", "-segment_time", seconds, "-reset_timestamps", 1, "-segment_format", kind, scratch / f"{format}%06d.{format}",
    )  # fmt: skip
    made = sorted(scratch.glob(f"{format}*.{format}"))
    if len(made) < count:
        raise RuntimeError(f"{len(made)} of {count} pieces of {format}")
    for each in made[count:]:
        each.unlink()
    return made[:count]


def _make_pcm(scratch, format, count, seed):
    for number in range(count):
        path = scratch / f"{format}{number:06}.{format}"
        step = 2 * math.pi * (110 + seed % 97 + number) / 8000
        samples = array.array("h", (round(12000 * math.sin(step * i)) for i in range(800)))
        # The numbers themselves, so that no two of them sound the same to a hash, whatever the sine's rounding.
        samples.extend([seed & 0x7FFF, number & 0x7FFF, number >> 15])
        if (format == "aiff") == (sys.byteorder == "little"):
            samples.byteswap()
        path.write_bytes(_wav(samples.tobytes()) if format == "wav" else _aiff(samples.tobytes()))
        yield path


def _chunk(name, body, order):
    return name + struct.pack(f"{order}I", len(body)) + body + b"\0" * (len(body) % 2)


def _form(name, kind, chunks, order):
    return name + struct.pack(f"{order}I", 4 + len(chunks)) + kind + chunks


def _wav(samples):
    about = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    return _form(b"RIFF", b"WAVE", _chunk(b"fmt ", about, "<") + _chunk(b"data", samples, "<"), "<")


def _aiff(samples):
    rate = b"\x40\x0b\xfa\x00\x00\x00\x00\x00\x00\x00"  # 8000 with a mantissa of 64 bits
    about = struct.pack(">HIH", 1, len(samples) // 2, 16) + rate
    return _form(b"FORM", b"AIFF", _chunk(b"COMM", about, ">") + _chunk(b"SSND", bytes(8) + samples, ">"), ">")


def _append_chunk(path, tag):
    whole = path.read_bytes()
    order = "<" if path.suffix == ".wav" else ">"
    chunks = whole[12:] + _chunk(b"ID3 ", tag, order)
    path.write_bytes(_form(whole[:4], whole[8:12], chunks, order))


def add_picture(path, data):
    """A front cover, by mutagen, in the way of the file's format."""
    file = mutagen.File(path)
    picture = flac.Picture()
    picture.type, picture.mime, picture.data = 3, "image/png", data
    if isinstance(file, mp4.MP4):
        file["covr"] = [mp4.MP4Cover(data, mp4.MP4Cover.FORMAT_PNG)]
    elif isinstance(file, flac.FLAC):
        file.add_picture(picture)
    elif has_comments(path):
        file["metadata_block_picture"] = [base64.b64encode(picture.write()).decode()]
    else:
        if file.tags is None:
            file.add_tags()
        file.tags.add(id3.APIC(encoding=3, mime="image/png", type=3, desc="cover", data=data))
    file.save()


def pictures(path):
    """The covers' bytes, as mutagen finds them."""
    file = mutagen.File(path)
    if isinstance(file, mp4.MP4):
        return [bytes(each) for each in file.get("covr", [])]
    if isinstance(file, flac.FLAC):
        return [each.data for each in file.pictures]
    if has_comments(path):
        return [flac.Picture(base64.b64decode(each)).data for each in file.get("metadata_block_picture", [])]
    return [each.data for each in file.tags.getall("APIC")]


def has_comments(path):
    return path.suffix in (".ogg", ".oga", ".opus", ".flac")


def read_kinds(path):
    """{"genre": [...], "mood": ..., "occasion": ..., "keyword": ...}, as mutagen finds them."""
    file = mutagen.File(path)
    names = {"genre": "GENRE", "mood": "MOOD", "occasion": "OCCASION", "keyword": "KEYWORDS"}
    if isinstance(file, mp4.MP4):
        read = {kind: [each.decode() for each in file.get(f"----:com.apple.iTunes:{name}", [])] for kind, name in names.items()}
        return read | {"genre": list(file.get("\xa9gen", []))}
    if has_comments(path):
        return {kind: list(file.get(name, [])) for kind, name in names.items()}
    frames = {"genre": "TCON", "mood": "TMOO", "occasion": "TXXX:OCCASION", "keyword": "TXXX:KEYWORDS"}
    return {kind: list(file.tags[frame].text) if file.tags and frame in file.tags else [] for kind, frame in frames.items()}


def set_texts(path, title, artist):
    """By mutagen; other fields stay."""
    file = mutagen.File(path)
    if isinstance(file, mp4.MP4) or has_comments(path):
        names = ("\xa9nam", "\xa9ART") if isinstance(file, mp4.MP4) else ("title", "artist")
        file.update(dict(zip(names, ([title], [artist]))))
    else:
        if file.tags is None:
            file.add_tags()
        file.tags.setall("TIT2", [id3.TIT2(encoding=3, text=[title])])
        file.tags.setall("TPE1", [id3.TPE1(encoding=3, text=[artist])])
    file.save()
