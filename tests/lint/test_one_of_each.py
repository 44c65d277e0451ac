"""UTF-8, ASCII and SHA-256 have one place each (docs/decisions/0020): a second decoder, lower-caser or digest is found by its marks."""

import re

from lint.test_lint import tracked
from lint.test_tidy import TESTS, read

FLAC = "src/apps/tagger/audio/audio_payload_flac.cpp"  # its frame numbers look like UTF-8, but have up to seven bytes
FUNCTIONS = "src/engines/duckdb/functions"  # PostgreSQL's functions of these names, and its upper() and lower() by libc

# (what it is, its marks, the header to use, the files that may have them)
ONE_PLACE = (
    (
        "UTF-8",
        # Masks of lead and continuation bytes, the ends of Unicode, and libraries that decode.
        r"& 0xc0|0xc0U? ?\||0x80U? ?\| ?\(|& 0x3fU?\)|< 0xc2\b|\b0xd7ff\b|<simdjson|simdjson::|utf8proc_|\bwcwidth|\bmbr?to|\bcodecvt|\bnewlocale|\btow(lower|upper)",
        "base/text/utf8.hpp",
        {"src/base/text/utf8.hpp", "src/base/text/utf8.cpp", "src/base/text/display_width.hpp", "src/base/text/display_width.cpp", FLAC}
        | {f"{FUNCTIONS}/{name}.cpp" for name in ("strings/string_case", "strings/string_unicode")},
    ),
    (
        "ASCII",
        r"\bstd::(to(lower|upper)|is(alpha|alnum|digit|xdigit|space|upper|lower|cntrl|print))\b|<cctype>|<ctype\.h>|<locale>"
        r"|'a' - 'A'|'A' \+ 'a'|[-+] 32 :|\| 0x20\)|>= 'a' && \w+ <= 'z'|>= 'A' && \w+ <= 'Z'|>= '0' && \w+ <= '9'|>= '\\t' && \w+ <= '\\r'"
        r"|absl/strings",
        "base/text/ascii.hpp",
        {"src/base/text/ascii.hpp"},
    ),
    (
        "a digest",
        r"\bEVP_(sha|md5|Digest|Q_|MD_CTX_new|MAC)|\bSHA\d+(_\w+)?\(|\bMD5\(|\bHMAC\(|\bPKCS5_|openssl/(sha|hmac|md5)\.h",
        "base/os/sha256.hpp",
        {"src/base/os/sha256.hpp", "src/base/os/sha256.cpp", f"{FUNCTIONS}/strings/binary_functions.cpp"},
    ),
)


def seconds(name, text):
    """What a file has that another file is there for."""
    return [
        f"{name}:{number}: {what} is in {header}: {line.strip()}"
        for what, marks, header, places in ONE_PLACE
        if name not in places
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(marks, line, re.IGNORECASE if what == "UTF-8" else 0)
    ]


def test_there_is_one_of_each():
    files = [name for name in tracked("src/*.cpp", "src/*.hpp") if not TESTS.search(name) and not name.endswith("_certificate.hpp")]
    found = [each for name in files for each in seconds(name, read(name))]
    assert not found, "\n".join(found)


def test_the_places_have_their_marks():
    for what, marks, _, places in ONE_PLACE:
        assert any(re.search(marks, read(name)) for name in places), what


def test_a_second_one_is_found():
    for text in (
        "return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;",
        "out += static_cast<char>(0xc0 | (point >> 6));",
        "out += static_cast<char>(0x80U | ((point >> shift) & 0x3FU));",
        "if (byte < 0xc2 || byte > 0xf4) {",
        "code = (code << 6U) | (at(i) & 0x3fU);",
        "#include <simdjson.h>",
        "const auto width = ::wcwidth(letter);",
        "std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });",
        "return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;",
        "return c == ' ' || (c >= '\\t' && c <= '\\r');",
        "return (text[0] | 0x20) == 'n';",
        "#include <cctype>",
        "EVP_DigestInit_ex(context, EVP_sha256(), nullptr)",
        "SHA256(bytes, size, hash)",
        "HMAC(EVP_sha256(), key, size, bytes, size, mac, &length)",
    ):
        assert seconds("src/a/b.cpp", text), text
    for text in (
        "const std::uint64_t high_bits = 0x8080'8080'8080'8080;",
        "plain = plain && static_cast<unsigned char>(c) < 0x80;",
        "is_last = (head.at(0) & 0x80U) != 0;",
        "lower >= 'a' && lower <= 'f'",
        "sign_nan = 0xC000,",
        "base::to_lower(c)",
        "X509_digest(certificate, hash, bytes.data(), &size)",
        "EVP_EncodeBlock(out, in, size)",
    ):
        assert not seconds("src/a/b.cpp", text), text
