"""What a model that tags music says: a request is understood, and answered well out of nothing but the request itself.

The instructions hold the vocabulary, the user's turn recordings or unknown tags, each as JSON between lines <name> and </name>.
The tags of a recording depend on its id only. Answers come in the shape that the request's schema asks for; without one as a list.
"""

import functools
import hashlib
import json
import struct

# How many tags of each kind a good answer has, and how few still make a clean one.
COUNTS = {"genre": (1, 2), "mood": (2, 2), "occasion": (3, 4), "keyword": (4, 6)}
LEAST = {"genre": 1, "mood": 1, "occasion": 3, "keyword": 4}
DECODER = json.JSONDecoder()


def between(name, text):
    """The JSON between two lines <name> and </name>; None: there is none."""
    text = f"\n{text}\n"
    start, opening = text.find(f"\n<{name}>\n"), len(name) + 4
    end = text.find(f"\n</{name}>\n", start + opening - 1)
    if start < 0 or end < 0:
        return None
    try:
        return json.loads(text[start + opening : end])
    except ValueError:
        return None


class Vocabulary:
    def __init__(self, lists):
        self.lists = {kind: lists.get(kind) or ["nothing"] for kind in COUNTS}
        self.sets = {kind: frozenset(words) for kind, words in self.lists.items()}

    def has(self, kind, tags):
        return isinstance(tags, list) and all(isinstance(tag, str) and tag in self.sets[kind] for tag in tags)


@functools.lru_cache(maxsize=16)
def vocabulary_in(instructions):
    found = between("vocabulary", instructions)
    return Vocabulary(found if isinstance(found, dict) else {})


def number_of(text):
    """A number that depends on the text alone."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def pick(words, count, number):
    """That many different words."""
    count = min(count, len(words))
    step = 1 + number // len(words) % (len(words) // count)  # (count - 1) steps stay below one round
    return [words[(number + step * each) % len(words)] for each in range(count)]


def tags_for(identity, vocabulary):
    digest = hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=32).digest()
    numbers = iter(struct.unpack("<8I", digest))
    tags = {}
    for kind, (least, most) in COUNTS.items():
        tags[kind] = pick(vocabulary.lists[kind], least + next(numbers) % (most - least + 1), next(numbers))
    return tags


def wrapper_of(schema):
    """The one property of an object that the answer's list has to be in; None: the list stands alone."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or len(properties) != 1:
        return None
    name, inner = next(iter(properties.items()))
    return name if isinstance(inner, dict) and str(inner.get("type", "")).lower() == "array" else None


class Question:
    """A request that was understood. kind: tag, map, other; items as they came; ids of recordings."""

    def __init__(self, instructions, turn, schema=None, tokens_max=0):
        self.vocabulary = vocabulary_in(instructions)
        self.wrapper, self.tokens_max = wrapper_of(schema), tokens_max
        self.tokens = tokens_of(instructions) + tokens_of(turn)
        recordings, unknown = between("recordings", turn), between("unknown_tags", turn)
        self.kind = "tag" if recordings is not None else "map" if unknown is not None else "other"
        self.key = "tag" if self.kind == "map" else "id"
        self.items = [each for each in recordings or unknown or [] if isinstance(each, dict) and isinstance(each.get(self.key), str)]
        self.ids = [each["id"] for each in self.items] if self.kind == "tag" else []

    def has_title(self, word):
        return self.kind == "tag" and any(word in str(each.get("title", "")).lower() for each in self.items)

    def good_answer(self):
        """A list of objects, one for each item."""
        if self.kind == "tag":
            return [self._tagged(each) for each in self.items]
        return [self._mapped(each) for each in self.items]

    def _tagged(self, recording):
        tags = tags_for(recording["id"], self.vocabulary)
        if "stubborn" in str(recording.get("title", "")).lower():
            tags["keyword"] = tags["keyword"][:1]
        return {"id": recording["id"], **tags}

    def _mapped(self, unknown):
        kind, tag = unknown.get("kind"), unknown["tag"]
        words = self.vocabulary.lists.get(kind)
        replacement = "" if words is None or "nonsense" in tag else words[number_of(tag) % len(words)]
        return {"kind": kind, "tag": tag, "replacement": replacement}

    def text_of(self, answers):
        if self.kind == "other":
            return "Certainly."
        return json.dumps({self.wrapper: answers} if self.wrapper else answers, ensure_ascii=False)

    def well_answered(self, answers):
        """Ids of recordings that have a clean answer, and no other one that differs."""
        found = {}
        for each in answers:
            if isinstance(each, dict) and isinstance(each.get("id"), str):
                found.setdefault(each["id"], []).append(each)
        return [each for each in self.ids if each in found and self._is_clean(found[each][0]) and all(o == found[each][0] for o in found[each])]

    def _is_clean(self, answer):
        return all(self.vocabulary.has(kind, answer.get(kind)) and len(answer[kind]) >= least for kind, least in LEAST.items())

    def covers(self, answers):
        """Whether an answer is about anything that was asked."""
        asked = {each[self.key] for each in self.items}
        return self.kind == "other" or any(isinstance(each, dict) and each.get(self.key) in asked for each in answers)


def read_answers(text):
    """All complete objects of the first list in a text, be it cut off, fenced or in an object: what a patient reader finds."""
    place, answers = text.find("["), []
    while place >= 0:
        place = text.find("{", place)
        try:
            answer, place = DECODER.raw_decode(text, place) if place >= 0 else (None, -1)
        except ValueError:
            break
        answers += [answer] if answer else []
    return answers


def tokens_of(text):
    """About how many tokens a text is."""
    return (len(text.encode("utf-8", "surrogatepass")) + 3) // 4
