"""Requests as the product sends them, and answers as it has to read them: for tests of the model server."""

import http.client
import json
import urllib.parse

VOCABULARY = {
    "genre": ["ambient:dark", "ambient:drone", "hip hop:trap", "jazz:swing", "rock:indie", "metal:doom", "folk:celtic"],
    "mood": ["calm", "dark", "epic", "sad", "tender", "tense", "warm"],
    "occasion": ["battle", "beach", "dinner", "focus", "late night", "party", "sleep", "work", "yoga"],
    "keyword": ["bass", "bells", "brass", "choir", "drone", "drums", "female vocals", "flute", "guitar", "harp", "piano", "strings"],
}
INSTRUCTIONS = f"Tag them.\n\n<vocabulary>\n{json.dumps(VOCABULARY)}\n</vocabulary>\n"


def recordings(count, first=0, title="Tone"):
    return [{"id": f"{number:012x}", "title": f"{title} {number}", "seconds": 3} for number in range(first, first + count)]


def tag_turn(items):
    return f"<recordings>\n{json.dumps(items)}\n</recordings>\n"


def map_turn(tags):
    return f"<unknown_tags>\n{json.dumps([{'kind': kind, 'tag': tag} for kind, tag in tags])}\n</unknown_tags>\n"


def gemini_request(turn, **config):
    return {"systemInstruction": {"parts": [{"text": INSTRUCTIONS}]}, "contents": [{"role": "user", "parts": [{"text": turn}]}],
            "generationConfig": config}  # fmt: skip


def openai_request(turn, model="local", **more):
    return {"model": model, "messages": [{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": turn}], **more}


class Client:
    """One connection that is kept."""

    def __init__(self, server, key="", timeout_s=30):
        parts = urllib.parse.urlsplit(server.url)
        self.key, self.http = key, http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout_s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def post(self, path, body, headers):
        self.http.request("POST", path, json.dumps(body) if not isinstance(body, bytes) else body, {"Content-Type": "application/json", **headers})
        answer = self.http.getresponse()
        text = answer.read()
        return answer.status, answer.headers, json.loads(text) if text else None

    def gemini(self, turn, model="gemini-test", **config):
        headers = {"x-goog-api-key": self.key} if self.key else {}
        return self.post(f"/v1beta/models/{model}:generateContent", gemini_request(turn, **config), headers)

    def openai(self, turn, model="local", **more):
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return self.post("/v1/chat/completions", openai_request(turn, model, **more), headers)


def text_of(body):
    """What a client reads out of an answer of Gemini: all parts but thoughts."""
    return "".join(part["text"] for part in body["candidates"][0]["content"].get("parts", []) if not part.get("thought"))


def is_clean(answer):
    least = {"genre": 1, "mood": 1, "occasion": 3, "keyword": 4}
    return all(len(answer[kind]) >= few and set(answer[kind]) <= set(VOCABULARY[kind]) for kind, few in least.items())
