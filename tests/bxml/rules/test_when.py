"""Which attributes must be given for a rule to be asked at all: most elements cost nothing."""

from collections.abc import Mapping

from bxml.rules import RULES

CREDENTIALS = (
    "destination_password destination_username fallback_password fallback_username password "
    "username"
)
WHEN: Mapping[str, str] = {
    "coach-without-calls": "call_ids_to_coach",
    "credentials-over-http": CREDENTIALS,
    "credentials-without-url": CREDENTIALS,
    "password-without-username": CREDENTIALS,
    "uui-longer-than-256": "uui",
    "caller-id-keyword-legacy": "from_",
    "diversion-reason-needs-stack": "diversion_reason",
    "uui-needs-sip-destination": "uui",
    "transfer-caller-id-keyword-legacy": "transfer_caller_id",
    "transfer-diversion-reason-needs-stack": "diversion_reason",
    "transfer-diversion-inbound-only": "diversion_treatment",
    "speech-attribute-needs-speech-input": (
        "hints language partial_result_callback partial_result_callback_method profanity_filter "
        "speech_model speech_timeout"
    ),
    "dtmf-attribute-with-speech-only": "inter_digit_timeout max_digits terminating_digits",
    "detect-language-needs-transcribe": "detect_language",
    "transcription-url-needs-transcribe": "transcription_available_url",
    "silence-timeout-beyond-max-duration": "silence_timeout",
    "start-recording-detect-language-needs-transcribe": "detect_language",
    "start-recording-transcription-url-needs-transcribe": "transcription_available_url",
    "stream-credentials-without-tls": "destination_password destination_username",
    "preferred-languages-with-detect-language": "preferred_languages",
    "preferred-languages-one-dialect": "preferred_languages",
    "stabilized-needs-destination": "stabilized",
    "voice-overrides-gender-locale": "voice",
    "unknown-voice": "voice",
    "unknown-tts-locale": "locale",
    "ssml-break-strength-and-time": "strength",
    "ssml-phoneme-alphabet-undocumented": "alphabet",
    "ssml-format-only-for-date": "format",
    "escape-hatch": "extra_attributes",
}
FAMILIES = {"fallback-without-primary-url": "fallback_url", "method-without-url": "method"}
"""Rules about all attributes whose names end so."""


def test_rules_are_asked_only_when_they_can_find_something() -> None:
    """Each of these attributes, and no other."""
    found = {rule.id: " ".join(sorted(rule.when)) for rule in RULES.values() if rule.when}
    for family, ending in FAMILIES.items():
        names = found.pop(family).split()
        assert len(names) > 7
        assert [name for name in names if not name.endswith(ending)] == []
    assert found == WHEN
