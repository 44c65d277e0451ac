"""Every way in which a service can fail its clients, by name; which request meets which; and what a model says that fails.

A plan is a JSON list. Its nth element is for the nth request: null, a name, or {"fault": NAME, ...}. With "n" (and "to") an element is
for those requests instead, with "kind" it counts requests of that kind (tag, map, other) only. What else it has are parameters:

  slow          factor (5)                      rate_minute   retry_s (1 or 2)       cut          share (0: nothing but thoughts)
  close, reset  share (of the body, reset)      rate_day      retry_s (17.4)         not_json     variant: prose, broken
  huge          bytes (12 MiB)                  bad_request   status                 empty        variant: text, list, nothing, body
  wrong_ids, missing_ids, doubled_ids,          unavailable   retry_after_s          wrong_shape  variant: by_id, numbers
  foreign_tags, too_few_tags: share
"""

import copy
import json
import random

from model_answers import read_answers
from model_bodies import Said

STILL_GOOD = ["parts", "fenced", "slow"]
REFUSALS = ["rate_minute", "rate_day", "bad_request", "forbidden", "not_found"]
TROUBLES = ["internal", "unavailable"]
BLOCKS = ["blocked_prompt", "safety"]
BROKEN = ["stall", "reset", "close"]
BAD_ANSWERS = ["cut", "wrong_ids", "missing_ids", "doubled_ids", "invented_ids", "foreign_tags", "too_few_tags", "not_json", "empty",
               "wrong_shape", "huge"]  # fmt: skip
ALL = STILL_GOOD + REFUSALS + TROUBLES + BLOCKS + BROKEN + BAD_ANSWERS
# The one ends a run, the other lasts until the client gives up: only by name.
BY_CHANCE = [name for name in ALL if name not in ("rate_day", "stall")]
ABOUT_ITEMS = ["wrong_ids", "missing_ids", "doubled_ids", "invented_ids", "foreign_tags", "too_few_tags", "wrong_shape"]
HUGE_BYTES = 12 << 20


class Fault:
    """A name with parameters, and dice of its own for what they leave open."""

    def __init__(self, name, seed, given=None):
        if name not in ALL:
            raise ValueError(f"there is no fault {name}")
        self.name, self.given, self.dice = name, given or {}, random.Random(seed)

    def get(self, parameter, otherwise):
        return self.given.get(parameter, otherwise)


class Plan:
    """Faults of chosen requests."""

    def __init__(self, entries=()):
        if isinstance(entries, dict):  # {"3": "cut"}
            entries = [{"n": int(number), **self._entry(fault)} for number, fault in entries.items()]
        self.entries, self.counts = [], {}
        for place, written in enumerate(entries, 1):
            entry = self._entry(written)
            if entry["fault"] is not None:
                Fault(entry["fault"], 0)  # its name is looked at now, not when its request comes
                self.entries.append({"n": place, **entry})

    @staticmethod
    def _entry(written):
        return dict(written) if isinstance(written, dict) else {"fault": written}

    def next(self, kind):
        """The element for the request that comes now; None: it has none."""
        for each in (kind, None):
            self.counts[each] = self.counts.get(each, 0) + 1
        for entry in self.entries:
            if entry.get("kind") in (kind, None) and entry["n"] <= self.counts[entry.get("kind")] <= entry.get("to", entry["n"]):
                return entry
        return None


class Chance:
    """A share of all requests fails; each kind of failure comes once before any comes again."""

    def __init__(self, seed, share, names):
        for name in names:
            Fault(name, 0)
        self.dice, self.share, self.names, self.deck = random.Random(f"chance/{seed}"), share, list(names), []

    def next(self):
        if self.dice.random() >= self.share or not self.names:
            return None
        if not self.deck:
            self.deck = self.dice.sample(self.names, len(self.names))
        return self.deck.pop()


class Faults:
    """Plan and chance together. Requests are numbered as they come."""

    def __init__(self, seed=1, share=0.0, names=(), plan=()):
        self.seed, self.number = seed, 0
        self.plan, self.chance = Plan(plan), Chance(seed, share, names or BY_CHANCE)

    def next(self, kind):
        """(the request's number, its fault or None)."""
        self.number += 1
        seed = f"{self.seed}/{self.number}"
        planned, by_chance = self.plan.next(kind), self.chance.next()
        if planned:
            return self.number, Fault(planned["fault"], seed, planned)
        return self.number, Fault(by_chance, seed) if by_chance else None


def say(question, fault=None, strangers=()):
    """What the model says; `strangers` are ids of other requests."""
    answers = question.good_answer()
    name = fault.name if fault else None
    if name in ABOUT_ITEMS and question.kind != "other":
        return _spoil(question, answers, fault, strangers)
    text = question.text_of(answers)
    if name == "parts":
        third = len(text) // 3
        return Said([(text[:third], False), ("Let me look at the next ones.", True), (text[third:], False)], answers=answers)
    if name == "fenced":
        return Said([(f"Here are the tags:\n\n```json\n{text}\n```\nAsk me for more.", False)], answers=answers)
    if name == "huge":
        return Said([(text + " " * fault.get("bytes", HUGE_BYTES), False)], is_whole=False)
    if name == "cut":
        return cut_off(text, int(len(text) * fault.get("share", fault.dice.choice([0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]))))
    if name == "empty":
        said = {"text": "", "list": "[]", "nothing": None, "body": None}[fault.get("variant", fault.dice.choice(["text", "list", "nothing", "body"]))]
        return Said([] if said is None else [(said, False)], is_whole=False)
    if name == "not_json" or name in ABOUT_ITEMS:
        return _garble(text, fault)
    return Said([(text, False)], answers=answers)


def cut_off(text, length):
    kept = text[: min(length, len(text) - 1)]
    thoughts = [("I will go through them one by one.", True)]
    return Said(thoughts + ([(kept, False)] if kept else []), "MAX_TOKENS", read_answers(kept), is_whole=False)


def _garble(text, fault):
    if fault.get("variant", fault.dice.choice(["prose", "broken"])) == "prose" or '": ' not in text:
        return Said([("I have listened to all of them, and I like the second one best.", False)], is_whole=False)
    place = text.index('": ', len(text) // 2 if '": ' in text[len(text) // 2 :] else 0)
    broken = text[:place] + '" ' + text[place + 3 :]
    return Said([(broken, False)], answers=read_answers(broken), is_whole=False)


def _spoil(question, answers, fault, strangers):
    dice, key, name = fault.dice, question.key, fault.name
    some = set(dice.sample(range(len(answers)), min(len(answers), max(1, round(len(answers) * fault.get("share", 0.4))))))
    if name == "wrong_shape":
        return _misshape(question, answers, fault)
    if name == "missing_ids":
        answers = [each for at, each in enumerate(answers) if at not in some]
    elif name == "invented_ids":
        answers += [{**each, key: nobody(key, dice)} for each in answers[:3]]
    elif name == "wrong_ids":
        others = [each for each in strangers if each not in question.ids]
        for at in sorted(some):
            answers[at][key] = dice.choice(others) if others and key == "id" and dice.random() < 0.5 else nobody(key, dice)
    elif name == "doubled_ids":
        for at in sorted(some, reverse=True):
            twin = copy.deepcopy(answers[at])
            if dice.random() < 0.5:
                _differ(twin, question)
            answers.insert(dice.randint(at + 1, len(answers)), twin)
    elif name == "foreign_tags":
        for at in some:
            _write_foreign(answers[at], dice)
    elif name == "too_few_tags":
        for at in some:
            answers[at] |= {"occasion": answers[at]["occasion"][:1], "keyword": []} if question.kind == "tag" else {"replacement": ""}
    return Said([(question.text_of(answers), False)], answers=answers)


def nobody(key, dice):
    return f"{dice.getrandbits(48):012x}" if key == "id" else f"nobody asked {dice.randrange(1000)}"


def _differ(twin, question):
    for kind in ["mood"] if question.kind == "tag" else []:
        words = question.vocabulary.lists[kind]
        twin[kind] = [words[(words.index(word) + 1) % len(words)] for word in twin[kind]]
    if question.kind == "map":
        twin["replacement"] += " too"


def _write_foreign(answer, dice):
    if "replacement" in answer:
        answer["replacement"] = foreign(answer["replacement"] or "nothing", dice)
    for kind in ("genre", "mood", "occasion", "keyword"):
        if kind in answer:
            answer[kind] = [foreign(tag, dice) if dice.random() < 0.4 else tag for tag in answer[kind]]


def foreign(tag, dice):
    """The same in another spelling, a slip of the pen, a word that no vocabulary has. There are few of each, as models have habits."""
    way = dice.randrange(4)
    if way == 0:
        return tag.replace(" ", "_").title()
    if way == 1:
        return tag[:-2] + tag[-1:] + tag[-2:-1] + "s"
    return f"made up {dice.randrange(20)}" if way == 2 else f"nonsense {dice.randrange(20)}"


def _misshape(question, answers, fault):
    if fault.get("variant", fault.dice.choice(["by_id", "numbers"])) == "by_id":
        shaped = {each[question.key]: {name: value for name, value in each.items() if name != question.key} for each in answers}
        return Said([(json.dumps(shaped), False)], is_whole=False)
    shaped = [{name: at if name == question.key else len(value) if isinstance(value, str) else [len(tag) for tag in value]
               for name, value in each.items()} for at, each in enumerate(answers)]  # fmt: skip
    return Said([(json.dumps(shaped), False)], is_whole=False)
