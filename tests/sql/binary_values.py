"""Turns a value of the wire's binary format into the text that PostgreSQL writes with ISO dates and IntervalStyle postgres.

The layouts are those of PostgreSQL 15's send functions. A type that is missing here is an Undecodable; a record says `skip binary`.
"""

import datetime
import struct
import uuid
import zoneinfo

from records import OIDS

NAMES = {oid: name for name, oid in OIDS.items()}
ARRAYS = {oid: OIDS[name.removesuffix("[]")] for name, oid in OIDS.items() if name.endswith("[]")}
EPOCH_DAY = datetime.date(2000, 1, 1).toordinal()
DAY_US = 86_400_000_000
DATE_ENDS = {2**31 - 1: "infinity", -(2**31): "-infinity"}
STAMP_ENDS = {2**63 - 1: "infinity", -(2**63): "-infinity"}
NUMERIC_SIGNS = {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}


class Undecodable(ValueError):
    pass


def decode(oid, data, zone="UTC"):
    """The text of a value; zone is the session's TimeZone."""
    if oid in ARRAYS:
        return array(data, zone)
    reader = READERS.get(NAMES.get(oid))
    if reader is None:
        raise Undecodable(f"no binary format is known for the type {oid}")
    try:
        return timestamptz(data, zone) if reader is timestamptz else reader(data)
    except (struct.error, LookupError, UnicodeDecodeError) as error:
        raise Undecodable(f"{data.hex()} is no value of the type {NAMES[oid]}: {error!r}") from error


def integer(layout):
    return lambda data: str(*struct.unpack(layout, data))


def float4(data):
    return floating(*struct.unpack("!f", data), short=True)


def float8(data):
    return floating(*struct.unpack("!d", data), short=False)


def floating(value, short):
    if value != value or value in (float("inf"), float("-inf")):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return shortest(value, short)


def shortest(value, short):
    """The fewest digits that are read as the same value; an exponent from 1e15 (of float4 1e6) on and below 1e-4."""
    for digits in range(17):
        text = f"{value:.{digits}e}"
        if struct.pack("!f", float(text)) == struct.pack("!f", value) if short else float(text) == value:
            break
    mantissa, _, exponent = text.partition("e")
    exponent = int(exponent)
    if -5 < exponent < (6 if short else 15):
        return f"{float(text):.{max(0, digits - exponent)}f}"
    return f"{mantissa}e{exponent:+03d}"


def numeric(data):
    count, weight, sign, scale = struct.unpack_from("!hhHh", data)
    if sign in NUMERIC_SIGNS:
        return NUMERIC_SIGNS[sign]
    digits = struct.unpack(f"!{count}h", data[8:])
    before = "".join(f"{digits[i] if i < count else 0:04d}" for i in range(weight + 1)).lstrip("0") or "0"
    after = "".join(f"{digits[i] if 0 <= i < count else 0:04d}" for i in range(weight + 1, weight + 1 + scale // 4 + 1))[:scale]
    return ("-" if sign else "") + before + ("." + after if scale else "")


def day_text(day):
    """The text of a day of the calendar and whether it is before Christ; days count from 2000-01-01."""
    ordinal = day + EPOCH_DAY
    if ordinal >= 1:
        if ordinal <= datetime.date.max.toordinal():
            return datetime.date.fromordinal(ordinal).isoformat(), ""
        cycles, rest = divmod(ordinal - 1, 146_097)  # 400 years have that many days
        year, _, month_and_day = datetime.date.fromordinal(rest + 1).isoformat().partition("-")
        return f"{int(year) + 400 * cycles}-{month_and_day}", ""
    cycles = -((ordinal - 1) // 146_097)
    moved = datetime.date.fromordinal(ordinal + 146_097 * cycles)
    return f"{400 * cycles - moved.year + 1:04d}-{moved.month:02d}-{moved.day:02d}", " BC"


def date(data):
    (day,) = struct.unpack("!i", data)
    return DATE_ENDS.get(day) or "".join(day_text(day))


def clock(microseconds):
    seconds, fraction = divmod(microseconds, 1_000_000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return text + (f".{fraction:06d}".rstrip("0") if fraction else "")


def time(data):
    return clock(*struct.unpack("!q", data))


def offset(seconds):
    """Seconds east of Greenwich as a suffix, +02 or -03:30."""
    sign, seconds = ("-" if seconds < 0 else "+"), abs(seconds)
    text = f"{sign}{seconds // 3600:02d}"
    if seconds % 3600:
        text += f":{seconds // 60 % 60:02d}"
    return text + (f":{seconds % 60:02d}" if seconds % 60 else "")


def timetz(data):
    microseconds, west = struct.unpack("!qi", data)
    return clock(microseconds) + offset(-west)


def stamp(microseconds, suffix=""):
    day, rest = divmod(microseconds, DAY_US)
    text, era = day_text(day)
    return f"{text} {clock(rest)}{suffix}{era}"


def timestamp(data):
    (value,) = struct.unpack("!q", data)
    return STAMP_ENDS.get(value) or stamp(value)


def timestamptz(data, zone):
    (value,) = struct.unpack("!q", data)
    if value in STAMP_ENDS:
        return STAMP_ENDS[value]
    try:
        moment = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(microseconds=value)
        shift = int(moment.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset().total_seconds())
    except OverflowError as error:
        raise Undecodable("a time stamp with zone outside of the years 1 to 9999") from error
    return stamp(value + shift * 1_000_000, offset(shift))


def interval(data):
    microseconds, days, months = struct.unpack("!qii", data)
    years, months = (abs(months) // 12 * (1 if months > 0 else -1), abs(months) % 12 * (1 if months > 0 else -1))
    words, negative_before = [], False
    for amount, unit in ((years, "year"), (months, "mon"), (days, "day")):
        if amount:
            words.append(f"{'+' if negative_before and amount > 0 else ''}{amount} {unit}{'' if amount == 1 else 's'}")
            negative_before = amount < 0
    if microseconds or not words:
        sign = "-" if microseconds < 0 else "+" if negative_before else ""
        words.append(sign + clock(abs(microseconds)))
    return " ".join(words)


def array(data, zone):
    dimensions, _, element = struct.unpack_from("!iiI", data)
    bounds = [struct.unpack_from("!ii", data, 12 + 8 * i) for i in range(dimensions)]
    if not dimensions:
        return "{}"
    place, elements = 12 + 8 * dimensions, []
    while place < len(data):
        (length,) = struct.unpack_from("!i", data, place)
        value = None if length < 0 else decode(element, data[place + 4 : place + 4 + length], zone)
        elements.append("NULL" if value is None else quoted(value))
        place += 4 + max(length, 0)
    for size, _ in reversed(bounds):
        elements = ["{" + ",".join(elements[i : i + size]) + "}" for i in range(0, len(elements), size)]
    if any(lower != 1 for _, lower in bounds):
        return "".join(f"[{lower}:{lower + size - 1}]" for size, lower in bounds) + "=" + elements[0]
    return elements[0]


def bits(data):
    (length,) = struct.unpack_from("!i", data)
    return "".join(f"{byte:08b}" for byte in data[4:])[:length]


def quoted(text):
    """An element of an array's text, in quotes when it needs them."""
    if text and text.upper() != "NULL" and not any(c in '{},"\\' or c.isspace() for c in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


READERS = {
    "bit": bits,
    "varbit": bits,
    "bool": lambda data: {b"\0": "f", b"\1": "t"}[data],
    "bytea": lambda data: "\\x" + data.hex(),
    "char": bytes.decode,
    "name": bytes.decode,
    "text": bytes.decode,
    "varchar": bytes.decode,
    "bpchar": bytes.decode,
    "json": bytes.decode,
    "jsonb": lambda data: data[1:].decode(),  # behind the version
    "int2": integer("!h"),
    "int4": integer("!i"),
    "int8": integer("!q"),
    "oid": integer("!I"),
    "float4": float4,
    "float8": float8,
    "numeric": numeric,
    "uuid": lambda data: str(uuid.UUID(bytes=data)),
    "date": date,
    "time": time,
    "timetz": timetz,
    "timestamp": timestamp,
    "timestamptz": timestamptz,
    "interval": interval,
}
