"""A guest's visit: its code, name and phone number rules."""

import re
import secrets

import phonenumbers

from app.domain.errors import Invalid

CODE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""No 0/O/1/I/L to misread, no vowels to spell words: 28 letters, 614,656 codes of four."""
CODE_LENGTH = 4

NAME_MAX = 60
_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Hangul fillers: letters to Unicode, nothing to the eye."""
_MARKS_PILED = re.compile("[\u0300-\u036f]{4}")
"""Four accents on one letter write over the lines around them."""
_MOBILE = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}


def new_code() -> str:
    """A random code from a strong source; the database says whether it is free."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def new_token() -> str:
    """The unguessable part of a guest's link: 128 bits."""
    return secrets.token_urlsafe(16)


def read_code(typed: str) -> str:
    """A code out of what was typed or scanned: any case, with spaces, or a guest link's `#CODE`."""
    text = typed.strip()
    if "#" in text:
        text = text.rsplit("#", 1)[1]
    return re.sub(r"[\s\-.]", "", text).upper()[:32]


def is_one_line(text: str) -> bool:
    """Whether a text has no control characters and nothing that turns its direction.

    The joiners inside emoji and some scripts are let through.
    """
    return text.replace("\u200c", "").replace("\u200d", "").isprintable()


def _is_seen(letter: str) -> bool:
    """Whether a character is a letter that leaves a mark on the screen."""
    return letter.isalpha() and letter not in _FILLERS


def clean_name(typed: str) -> str:
    """A guest's name with single spaces. Raises Invalid NAME_REQUIRED, NAME_TOO_LONG, NAME_INVALID."""
    name = " ".join(typed.split())
    if not name:
        raise Invalid("NAME_REQUIRED", "Please type a name.", field="name")
    if len(name) > NAME_MAX:
        raise Invalid("NAME_TOO_LONG", f"A name has at most {NAME_MAX} letters.", field="name")
    if not any(_is_seen(letter) for letter in name) or not is_one_line(name) or _MARKS_PILED.search(name):
        raise Invalid(
            "NAME_INVALID", "A name needs at least one letter and no control characters.", field="name"
        )
    return name


def clean_whatsapp(typed: str) -> str:
    """A mobile number in E.164, Indonesia unless it says otherwise. Raises Invalid `WHATSAPP_INVALID`.

    The library knows only 008 and 009 as Indonesian international prefixes, so 0062… is put right first; an
    extension would be dropped silently, so it is refused.
    """
    refusal = Invalid(
        "WHATSAPP_INVALID", "This is not a mobile number. Example: 0812 3456 7890.", field="whatsapp"
    )
    text = typed.strip()
    if not text or len(text) > 60:
        raise refusal
    text = re.sub(r"^(?:https?://)?(?:www\.)?wa\.me/", "", text, flags=re.IGNORECASE).partition("?")[0]
    digits = phonenumbers.normalize_digits_only(text)
    if digits.startswith("0062"):
        text = "+" + digits[2:]
    try:
        number = phonenumbers.parse(text, "ID")
    except phonenumbers.NumberParseException:
        raise refusal from None
    if number.extension or not phonenumbers.is_valid_number(number):
        raise refusal
    if phonenumbers.number_type(number) not in _MOBILE:
        raise Invalid(
            "WHATSAPP_NOT_MOBILE", "This is a landline. WhatsApp needs a mobile number.", field="whatsapp"
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_tail(e164: str) -> str:
    """The last four digits: all that lists and searches show of a number."""
    return e164[-4:]


def masked_phone(e164: str) -> str:
    """A number as its own guest recognises it and nobody else can use it: the first and last digits."""
    return f"{e164[:3]} {e164[3:6]} •••• {e164[-3:]}" if len(e164) >= 11 else f"•••• {phone_tail(e164)}"
