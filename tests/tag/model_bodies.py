"""Bodies as the two sorts of services send them: answers with their usage, and errors.

Gemini: ai.google.dev/api/generate-content; errors are google.rpc.Status with QuotaFailure, RetryInfo, ErrorInfo and Help. A quota of
the day comes with a retryDelay of seconds all the same, and the delay is the wait rounded down.
OpenAI: platform.openai.com/docs/api-reference/chat, guides/error-codes; llama.cpp, Ollama and vLLM answer alike.
"""

import dataclasses
import json
import math

from model_answers import tokens_of

TYPE = "type.googleapis.com/google.rpc."
GOOGLE = "generativelanguage.googleapis.com"


@dataclasses.dataclass
class Said:
    """What a model said: texts with whether they are thoughts, why it ended, and the same as objects where it can be read."""

    texts: list = dataclasses.field(default_factory=list)
    finish: str = "STOP"
    answers: list = dataclasses.field(default_factory=list)
    is_whole: bool = True

    def text(self):
        return "".join(text for text, is_thought in self.texts if not is_thought)

    def thoughts(self):
        return "".join(text for text, is_thought in self.texts if is_thought)


@dataclasses.dataclass
class Reply:
    status: int
    body: bytes
    headers: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Quota:
    name: str  # minute, tokens, day
    value: int


QUOTAS = {
    "minute": ("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "generate_content_free_tier_requests", "requests per min (RPM)"),
    "tokens": ("GenerateContentInputTokensPerModelPerMinute-FreeTier", "generate_content_free_tier_input_token_count", "tokens per min (TPM)"),
    "day": ("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "generate_content_free_tier_requests", "requests per day (RPD)"),
}


def encoded(value):
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def whole_seconds(seconds):
    return f"{math.floor(seconds)}s" if seconds >= 1 else f"{max(seconds, 0.001):.3f}s"


class Gemini:
    name = "gemini"

    @staticmethod
    def answer(said, tokens_in, model, number):
        candidate = {"index": 0, "finishReason": said.finish}
        if said.finish != "SAFETY":
            parts = [{"text": text, **({"thought": True} if is_thought else {})} for text, is_thought in said.texts]
            candidate["content"] = {**({"parts": parts} if parts else {}), "role": "model"}
        else:
            candidate["safetyRatings"] = [{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}]
        out, thoughts = tokens_of(said.text()), tokens_of(said.thoughts())
        usage = Gemini._usage(tokens_in, out + thoughts)
        usage |= {"candidatesTokenCount": out} if out else {}
        usage |= {"thoughtsTokenCount": thoughts} if thoughts else {}
        return Reply(200, encoded({"candidates": [candidate], "usageMetadata": usage, **Gemini._about(model, number)}))

    @staticmethod
    def blocked(tokens_in, model, number):
        feedback = {"blockReason": "PROHIBITED_CONTENT"}
        return Reply(200, encoded({"promptFeedback": feedback, "usageMetadata": Gemini._usage(tokens_in, 0), **Gemini._about(model, number)}))

    @staticmethod
    def _usage(tokens_in, out):
        details = [{"modality": "TEXT", "tokenCount": tokens_in}]
        return {"promptTokenCount": tokens_in, "totalTokenCount": tokens_in + out, "promptTokensDetails": details}

    @staticmethod
    def _about(model, number):
        return {"modelVersion": model, "responseId": f"test-{number}"}

    @staticmethod
    def error(code, status, message, *details, headers=None):
        error = {"code": code, "message": message, "status": status, **({"details": list(details)} if details else {})}
        return Reply(code, encoded({"error": error}), headers or {})

    @classmethod
    def too_many(cls, quotas, retry_s, model):
        violations, lines = [], ["The quota of this project is used up."]
        for quota in quotas:
            quota_id, metric, _ = QUOTAS[quota.name]
            violations.append({"quotaMetric": f"{GOOGLE}/{metric}", "quotaId": quota_id,
                               "quotaDimensions": {"location": "global", "model": model}, "quotaValue": str(quota.value)})  # fmt: skip
            lines.append(f"* Quota exceeded for metric: {GOOGLE}/{metric}, limit: {quota.value}, model: {model}")
        return cls.error(429, "RESOURCE_EXHAUSTED", "\n".join([*lines, f"Please retry in {retry_s:.9g}s."]),
                         {"@type": TYPE + "QuotaFailure", "violations": violations},
                         {"@type": TYPE + "Help", "links": [{"description": "On limits", "url": f"https://{GOOGLE}/limits"}]},
                         {"@type": TYPE + "RetryInfo", "retryDelay": whole_seconds(retry_s)})  # fmt: skip

    @classmethod
    def bad_key(cls, is_given):
        if not is_given:
            return cls.error(403, "PERMISSION_DENIED", "Callers without an identity may not use this method; an API key is one.")
        return cls.error(400, "INVALID_ARGUMENT", "API key not valid.",
                         {"@type": TYPE + "ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com", "metadata": {"service": GOOGLE}},
                         {"@type": TYPE + "LocalizedMessage", "locale": "en-US", "message": "API key not valid."})  # fmt: skip

    @classmethod
    def not_found(cls, model):
        return cls.error(404, "NOT_FOUND", f"models/{model} is not found for API version v1beta, or not for generateContent.")

    @classmethod
    def bad_request(cls, status, message):
        return cls.error(400, status, message)

    @classmethod
    def forbidden(cls):
        return cls.error(403, "PERMISSION_DENIED", "The caller has no permission for this.")

    @classmethod
    def internal(cls):
        return cls.error(500, "INTERNAL", "An internal error has occurred.")

    @classmethod
    def unavailable(cls, headers):
        return cls.error(503, "UNAVAILABLE", "The model is overloaded. Try again later.", headers=headers)


class OpenAI:
    name = "openai"
    FINISH = {"STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "content_filter"}

    @staticmethod
    def answer(said, tokens_in, model, number):
        message = {"role": "assistant", "content": None if said.finish == "SAFETY" else said.text(), "refusal": None}
        message |= {"reasoning_content": said.thoughts()} if said.thoughts() else {}
        return OpenAI._choice(message, OpenAI.FINISH[said.finish], tokens_in, tokens_of(said.text() + said.thoughts()), model, number)

    @staticmethod
    def blocked(tokens_in, model, number):
        message = {"role": "assistant", "content": None, "refusal": "I can't help with that."}
        return OpenAI._choice(message, "stop", tokens_in, 0, model, number)

    @staticmethod
    def _choice(message, finish, tokens_in, out, model, number):
        usage = {"prompt_tokens": tokens_in, "completion_tokens": out, "total_tokens": tokens_in + out}
        return Reply(200, encoded({"id": f"chatcmpl-test-{number}", "object": "chat.completion", "created": 1_700_000_000 + number, "model": model,
                                   "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
                                   "usage": usage}))  # fmt: skip

    @staticmethod
    def error(code, kind, message, name=None, headers=None):
        return Reply(code, encoded({"error": {"message": message, "type": kind, "param": None, "code": name}}), headers or {})

    @classmethod
    def too_many(cls, quotas, retry_s, model):
        quota = quotas[0]
        if quota.name == "day":  # prepaid and used up; what is counted by the day only goes on by itself
            return cls.error(429, "insufficient_quota", "The quota of this plan is used up.", "insufficient_quota")
        message = f"Rate limit reached for {model} on {QUOTAS[quota.name][2]}: Limit {quota.value}. Please try again in {retry_s:.3g}s."
        headers = {"Retry-After": math.ceil(retry_s), "retry-after-ms": math.ceil(retry_s * 1000)}
        return cls.error(429, "requests" if quota.name == "minute" else "tokens", message, "rate_limit_exceeded", headers)

    @classmethod
    def bad_key(cls, is_given):
        said = "Incorrect API key provided." if is_given else "No API key was provided."
        return cls.error(401, "invalid_request_error", said, "invalid_api_key")

    @classmethod
    def not_found(cls, model):
        return cls.error(404, "invalid_request_error", f"There is no model {model}, or not for you.", "model_not_found")

    @classmethod
    def bad_request(cls, status, message):
        return cls.error(400, "invalid_request_error", message, status.lower())

    @classmethod
    def forbidden(cls):
        return cls.error(403, "permission_error", "Not from this country, region or territory.", "unsupported_country_region_territory")

    @classmethod
    def internal(cls):
        return cls.error(500, "server_error", "The server had an error.")

    @classmethod
    def unavailable(cls, headers):
        return cls.error(503, "server_error", "The engine is overloaded.", headers=headers)
