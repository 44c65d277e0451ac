"""What happens to a request: who asks, for which model, within which limits; which fault it meets; what is logged of it."""

import asyncio
import collections
import dataclasses
import json

import model_bodies
import model_faults
from model_answers import Question
from model_log import MINUTE_S, Limits, Log, check_log, now

STRANGERS_MAX = 500
SLOW_FACTOR = 5


@dataclasses.dataclass
class Settings:
    latency_ms: float = 0
    rpm: int = 0
    tpm: int = 0
    rpd: int = 0
    window_s: float = MINUTE_S
    key: str = ""
    models: tuple = ()
    seed: int = 1
    fail_share: float = 0.0
    faults: tuple = ()
    plan: object = ()
    log: str = ""


class Service:
    def __init__(self, settings):
        self.settings, self.log = settings, Log(settings.log)
        self.limits = collections.defaultdict(lambda: Limits(settings.rpm, settings.tpm, settings.rpd, settings.window_s))  # by model
        self.faults = model_faults.Faults(settings.seed, settings.fail_share, settings.faults, settings.plan)
        self.strangers = collections.deque(maxlen=STRANGERS_MAX)
        self.under_way, self.connections, self.idle = 0, 0, asyncio.Event()
        self.idle.set()

    async def serve(self, connection):
        self.connections += 1
        goes_on = True
        while goes_on:
            request = await connection.read_head()
            if request is None:
                return
            operation = self._operation(request)
            goes_on = await (self._operate(operation, connection, request) if operation else self._call(connection, request))

    # For tests: what is known, and what shall go wrong from now on.

    def _operation(self, request):
        return {("GET", "/healthz"): self._healthz, ("GET", "/log"): self._log, ("GET", "/stats"): self._stats,
                ("POST", "/plan"): self._set_plan, ("POST", "/faults"): self._set_faults}.get((request.method, request.path))  # fmt: skip

    async def _operate(self, operation, connection, request):
        await connection.read_body(request)
        try:
            status, body = await operation(request)
        except (ValueError, TypeError, KeyError) as error:
            status, body = 400, model_bodies.encoded({"error": str(error)})
        await connection.send(model_bodies.Reply(status, body), request.keeps_alive)
        return request.keeps_alive

    async def _healthz(self, _):
        return 200, model_bodies.encoded({"status": "ok"})

    async def _log(self, request):
        """A line for each request that is over; ?settled=SECONDS waits that long for those that are not."""
        if not self.idle.is_set() and "settled" in request.query:
            await asyncio.wait([asyncio.ensure_future(self.idle.wait())], timeout=float(request.query["settled"]))
        return 200, "".join(json.dumps(line) + "\n" for line in self.log.lines).encode()

    async def _stats(self, _):
        lines = self.log.lines
        checked = check_log(lines, window_s=self.settings.window_s)
        return 200, model_bodies.encoded({
            "calls": checked.calls, "under_way": self.under_way, "connections": self.connections, "limited": checked.limited,
            "most_in_a_minute": checked.most_in_a_minute, "answered_twice": len(checked.answered_twice),
            "usable": sum(line["usable"] for line in lines), "ids": len({each for line in lines for each in line["good_ids"]}),
            "tokens_in": sum(line["tokens_in"] for line in lines), "tokens_out": sum(line["tokens_out"] for line in lines),
            "faults": collections.Counter(line["fault"] for line in lines if line["fault"]),
            "statuses": collections.Counter(str(line["status"]) for line in lines)})  # fmt: skip

    async def _set_plan(self, request):
        """A plan that counts from the next request on."""
        self.faults.plan = model_faults.Plan(json.loads(request.body))
        return 200, b"{}\n"

    async def _set_faults(self, request):
        """{"share": 0.1, "faults": [...], "seed": 2, "latency_ms": 50}; what is left out stays, or is the default."""
        asked = json.loads(request.body)
        share, seed = asked.get("share", self.faults.chance.share), asked.get("seed", self.settings.seed)
        self.faults.chance = model_faults.Chance(seed, float(share), asked.get("faults") or self.faults.chance.names)
        self.settings.latency_ms = float(asked.get("latency_ms", self.settings.latency_ms))
        return 200, b"{}\n"

    # For clients.

    async def _call(self, connection, request):
        line = {"number": 0, "connection": connection.number, "arrived": now(), "finished": None, "path": request.path, "api": None,
                "model": None, "kind": "other", "ids": [], "fault": None, "status": None, "usable": False, "good_ids": [], "key_ok": False,
                "tokens_in": 0, "tokens_out": 0}  # fmt: skip
        self.under_way += 1
        self.idle.clear()
        try:
            await connection.read_body(request)
            line["arrived"] = now()  # whole: requests are judged in this order
            return await Call(self, connection, request, line).answer()
        finally:
            line["finished"] = now()
            self.log.add(line)
            self.under_way -= 1
            if not self.under_way:
                self.idle.set()


class Call:
    """One request for a model, from its body to its answer. Methods say whether the connection goes on."""

    def __init__(self, service, connection, request, line):
        self.service, self.connection, self.request, self.line = service, connection, request, line
        self.latency_s = service.settings.latency_ms / 1000
        self.api = self.question = None

    async def answer(self):
        line, refusal = self.line, self._who() or self._what()
        line["number"], fault = self.service.faults.next(line["kind"])
        if refusal:
            return await self._send(refusal)
        limited = self.service.limits[line["model"]].refusal(line["arrived"], line["tokens_in"])
        if limited:
            line["fault"] = "limited"
            return await self._send(self.api.too_many(*limited, line["model"]))
        if self.question.has_title("poison"):
            fault = model_faults.Fault("blocked_prompt", line["number"])
        line["fault"] = fault.name if fault else None
        strangers = [each for each in self.service.strangers if each not in line["ids"]] if line["fault"] == "wrong_ids" else []
        self.service.strangers.extend(line["ids"][:5])
        return await (self._fail(fault) if fault and fault.name not in model_faults.STILL_GOOD + model_faults.BAD_ANSWERS
                      else self._speak(fault, strangers))  # fmt: skip

    def _who(self):
        """The refusal of a path, a key or a model."""
        path, headers, settings = self.request.path, self.request.headers, self.service.settings
        if self.request.method == "POST" and path.startswith(("/v1beta/models/", "/v1/models/")) and path.endswith(":generateContent"):
            self.api, key = model_bodies.Gemini, headers.get("x-goog-api-key", "")
            self.line["model"] = path.split("/", 3)[3].removesuffix(":generateContent")
        elif self.request.method == "POST" and path == "/v1/chat/completions":
            self.api, key = model_bodies.OpenAI, headers.get("authorization", "").removeprefix("Bearer ")
        else:
            return model_bodies.Gemini.error(404, "NOT_FOUND", "There is nothing at this path.")
        self.line["api"] = self.api.name
        self.line["key_ok"] = key == settings.key or not settings.key
        return None if self.line["key_ok"] else self.api.bad_key(bool(key))

    def _what(self):
        """The refusal of a body, else it is understood."""
        try:
            asked = json.loads(self.request.body)
            self.question = (question_of_gemini if self.api is model_bodies.Gemini else question_of_openai)(asked)
            self.line["model"] = self.line["model"] or asked["model"]
        except (ValueError, TypeError, KeyError, AttributeError):
            return self.api.bad_request("INVALID_ARGUMENT", "Request contains an invalid argument.")
        self.line |= {"kind": self.question.kind, "ids": self.question.ids, "tokens_in": self.question.tokens}
        models = self.service.settings.models
        return self.api.not_found(self.line["model"]) if models and self.line["model"] not in models else None

    async def _fail(self, fault):
        line, api = self.line, self.api
        if fault.name in model_faults.REFUSALS:  # these come at once
            return await self._send(self._refusal(fault))
        if not await self.connection.pause(None if fault.name == "stall" else self.latency_s) or fault.name == "close":
            return False
        if fault.name == "internal":
            return await self._send(api.internal())
        if fault.name == "unavailable":
            after_s = fault.get("retry_after_s", fault.dice.choice([None, 1]))
            return await self._send(api.unavailable({} if after_s is None else {"Retry-After": after_s}))
        if fault.name == "blocked_prompt":
            return await self._send(api.blocked(line["tokens_in"], line["model"], line["number"]))
        if fault.name == "safety":
            return await self._send(api.answer(model_bodies.Said(finish="SAFETY"), line["tokens_in"], line["model"], line["number"]))
        whole = api.answer(model_faults.say(self.question), line["tokens_in"], line["model"], line["number"])
        line["status"] = 200
        self.connection.reset(whole, fault.get("share", fault.dice.uniform(0.05, 0.95)))
        return False

    def _refusal(self, fault):
        api, model, settings = self.api, self.line["model"], self.service.settings
        if fault.name == "rate_minute":
            return api.too_many([model_bodies.Quota("minute", settings.rpm or 10)], fault.get("retry_s", fault.dice.choice([1, 2])), model)
        if fault.name == "rate_day":
            return api.too_many([model_bodies.Quota("day", settings.rpd or 250)], fault.get("retry_s", 17.4), model)
        if fault.name == "bad_request":
            return api.bad_request(fault.get("status", "INVALID_ARGUMENT"), "The request cannot be served as it is.")
        return api.forbidden() if fault.name == "forbidden" else api.not_found(model)

    async def _speak(self, fault, strangers):
        line, question = self.line, self.question
        slower = fault.get("factor", SLOW_FACTOR) if fault and fault.name == "slow" else 1
        if not await self.connection.pause(self.latency_s * slower):
            return False
        said = model_faults.say(question, fault, strangers)
        line["tokens_out"] = model_bodies.tokens_of(said.text())
        if 0 < question.tokens_max < line["tokens_out"]:
            said = model_faults.cut_off(said.text(), question.tokens_max * 4)
            line["tokens_out"] = question.tokens_max
        reply = self.api.answer(said, line["tokens_in"], line["model"], line["number"])
        if fault and fault.name == "empty" and not said.texts and fault.get("variant", "") != "nothing":
            reply.body = b""
        goes_on = await self._send(reply, pieces=[0, 1, 3, 40][line["number"] % 4])
        if goes_on is not None:
            line["good_ids"] = question.well_answered(said.answers)
            line["usable"] = said.is_whole and question.covers(said.answers)
        return bool(goes_on)

    async def _send(self, reply, pieces=0):
        """None: the client left before all of it went out."""
        is_sent = await self.connection.send(reply, self.request.keeps_alive, pieces)
        self.line["status"] = reply.status
        return self.request.keeps_alive if is_sent else None


def question_of_gemini(asked):
    turn = "\n".join(part["text"] for content in asked["contents"] if content.get("role", "user") == "user" for part in content["parts"])
    instructions = "\n".join(part["text"] for part in asked.get("systemInstruction", {}).get("parts", []))
    config = asked.get("generationConfig", {})
    return Question(instructions, turn, config.get("responseSchema") or config.get("responseJsonSchema"), config.get("maxOutputTokens", 0))


def question_of_openai(asked):
    texts = {"system": [], "user": []}
    for message in asked["messages"]:
        content = message["content"]
        texts.get("system" if message["role"] == "developer" else message["role"], []).append(
            content if isinstance(content, str) else "\n".join(part["text"] for part in content))  # fmt: skip
    schema = asked.get("response_format", {}).get("json_schema", {}).get("schema")
    return Question("\n".join(texts["system"]), "\n".join(texts["user"]), schema, asked.get("max_tokens") or asked.get("max_completion_tokens") or 0)
