"""Mistakes in the numbers and types of the settings, and in the rules of a field, are named."""

from decimal import Decimal

import pytest
from django.core import checks

from uploads import defaults
from uploads.fields import FileField, ImageField
from uploads.tests.models import Album, Paper


def findings():
    """{id: what it says, with its hint} of the checks of uploads."""
    found = checks.run_checks(tags=["uploads"])
    return {f.id.removeprefix("uploads."): f"{f.msg} {f.hint}" for f in found}


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("MAX_UPLOAD_MB", "50", "E017"),
        ("MAX_UPLOAD_MB", 0, "E017"),
        ("MAX_UPLOAD_MB", True, "E017"),
        ("MAX_UPLOAD_MB", 2.5, "E017"),
        ("MAX_UPLOAD_MB", float("inf"), "E017"),
        ("MAX_UPLOAD_MB", 10**400, "E017"),
        ("IMAGE_MAX_SIDE", Decimal(5), "E017"),
        ("IMAGE_MAX_SIDE", 0, "E017"),
        ("IMAGE_MAX_SIDE", 4096.5, "E017"),
        ("IMAGE_MAX_PIXELS", None, "E017"),
        ("IMAGE_MAX_FRAMES", -1, "E017"),
        ("IMAGE_MAX_ANIMATION_PIXELS", "16", "E017"),
        ("IMAGE_WIDTHS", 400, "E018"),
        ("IMAGE_WIDTHS", ["400"], "E018"),
        ("IMAGE_WIDTHS", [0, -5], "E018"),
        ("IMAGE_WIDTHS", None, "E018"),
        ("UPLOAD_FILE_TYPES", ["pdf", "txt"], "E019"),
        ("UPLOAD_FILE_TYPES", None, "E019"),
        ("UPLOAD_FILE_TYPES", {"PDF": 5}, "E020"),
        ("UPLOAD_FILE_TYPES", {".pdf": 5}, "E020"),
        ("UPLOAD_FILE_TYPES", {"epub": 5}, "E021"),
        ("UPLOAD_FILE_TYPES", {"pdf": 51}, "E022"),
        ("UPLOAD_FILE_TYPES", {"pdf": "5"}, "E022"),
        ("UPLOAD_FILE_TYPES", {"pdf": 0}, "E022"),
        ("UPLOAD_FILE_TYPES", {"pdf": float("nan")}, "E022"),
        ("UPLOAD_FILE_TYPES", {1: 2}, "E020"),
        ("UPLOAD_FILE_TYPES", {("a",): 5}, "E020"),
        ("UPLOAD_FILE_TYPES", 5, "E019"),
        ("IMAGE_WIDTHS", [], None),
        ("IMAGE_WIDTHS", (200, 100), None),
        ("UPLOAD_FILE_TYPES", {"pdf": 0.5, "heic": 50}, None),
        ("UPLOAD_FILE_TYPES", {}, None),
    ],
)
def test_wrong_settings_are_named(name, value, number, settings):
    settings.MAX_UPLOAD_MB, settings.UPLOAD_FILE_TYPES = 50, {"pdf": 50}
    before = findings()
    setattr(settings, name, value)
    found = {key: text for key, text in findings().items() if key not in before}
    assert set(found) == ({number} if number else set())
    if number:
        assert name in found[number]
        extension = next(iter(value)) if isinstance(value, dict) else value
        assert repr(extension) in found[number]


def test_setting_that_is_missing_among_others_is_named(settings, monkeypatch):
    monkeypatch.setattr(defaults, "unset", [])
    del settings.IMAGE_WIDTHS
    defaults.apply()
    try:
        said = checks.run_checks(tags=["uploads"])
    finally:
        del settings.IMAGE_WIDTHS
    (finding,) = [f for f in said if f.id.removeprefix("uploads.") == "I001"]
    assert (
        finding.msg == "IMAGE_WIDTHS is not in the settings, and is taken to be [400, 800, 1600]."
    )


def test_missing_settings_have_defaults(settings, monkeypatch):
    monkeypatch.setattr(defaults, "unset", [])
    wanted = (*defaults.DEFAULTS, "UPLOAD_FILE_TYPES", "PRIVATE_MEDIA_URL", "PRIVATE_MEDIA_ROOT")
    for name in wanted:
        delattr(settings, name)
    settings.MEDIA_ROOT = f"{settings.MEDIA_ROOT}/"
    settings.STORAGES = {"default": settings.STORAGES["default"]}
    defaults.apply()
    try:
        found = {name: getattr(settings, name) for name in wanted}
        said = checks.run_checks(tags=["uploads"])
    finally:
        for name in wanted:
            delattr(settings, name)
    assert found["MAX_UPLOAD_MB"] == 50
    assert found["PRIVATE_MEDIA_ROOT"] == settings.MEDIA_ROOT.removesuffix("/") + "_private"
    assert set(settings.STORAGES) == {"default", "private"}
    assert not [f for f in said if "MB" in f.msg or "PRIVATE" in f.msg or "STORAGES" in f.msg]


@pytest.mark.parametrize("name", ["MAX_UPLOAD_MB", "IMAGE_WIDTHS", "UPLOAD_FILE_TYPES"])
def test_site_starts_up_to_the_checks(name, settings, monkeypatch):
    """Forms are made before there are checks; what is wrong must not stop it there."""
    monkeypatch.setattr(defaults, "wrong", {})
    setattr(settings, name, "50")
    defaults.apply()
    assert getattr(settings, name) != "50"
    assert "50" in Paper._meta.get_field("file").formfield().help_text
    assert {f.id for f in checks.run_checks(tags=["uploads"]) if "'50'" in f.msg}


def test_no_types_at_all(settings):
    settings.UPLOAD_FILE_TYPES = {}
    assert Paper._meta.get_field("file").formfield().help_text


@pytest.fixture
def problems():
    """Finds what the system check says of a field that is added to a model for a moment."""

    def ids(model, field):
        field.contribute_to_class(model, "ruled")
        try:
            return [entry.id.removeprefix("uploads.") for entry in field.check()]
        finally:
            model._meta.local_fields.remove(field)
            model._meta._expire_cache()

    return ids


@pytest.mark.parametrize("upload_to", ["", "%Y/%m", str.lower])
def test_kept_files_without_a_folder(upload_to, problems):
    assert "E012" in problems(Paper, FileField(upload_to=upload_to, keep=True))


def test_kept_files_in_a_folder(problems):
    field = FileField(upload_to="kept/%Y", keep=True)
    assert problems(Paper, field) == []
    assert field.own_folder() == "kept/"


@pytest.mark.parametrize(
    ("rules", "number"),
    [
        ({"types": []}, "E013"),
        ({"types": ["pdf", "exe"]}, "E013"),
        ({"types": "pdf"}, "E013"),
        ({"types": ["PDF"]}, "E013"),
        ({"types": [[]]}, "E013"),
        ({"types": 5}, "E013"),
        ({"types": ["mov"]}, "E013"),  # known, but the settings leave nothing
        ({"types": ["mov", "pdf"]}, None),
        ({"private": False, "storage": "default"}, "E024"),
        ({"validators": [5]}, "E025"),
        ({"max_mb": 0}, "E014"),
        ({"max_mb": "5"}, "E014"),
        ({"max_mb": True}, "E014"),
        ({"max_mb": 100_000}, "E014"),
        ({"max_seconds": 0}, "E026"),
        ({"max_seconds": "60"}, "E026"),
        ({"max_seconds": 0.5}, None),
        ({"types": ["pdf", "csv"], "max_mb": 0.5}, None),
    ],
)
def test_rules_of_a_field(rules, number, problems, settings):
    settings.MAX_UPLOAD_MB, settings.UPLOAD_FILE_TYPES = 50, {"pdf": 50, "csv": 50}
    assert problems(Paper, FileField(upload_to="a", **rules)) == ([number] if number else [])


@pytest.mark.parametrize(
    ("upload_to", "length", "numbers"),
    [("papers", 80, ["E023"]), ("papers", 81, []), (str.lower, 74, ["E023"]), ("a/%Y", 81, [])],
)
def test_room_for_the_names(upload_to, length, numbers, problems):
    assert problems(Paper, FileField(upload_to=upload_to, max_length=length)) == numbers


def test_names_without_a_size_are_shorter(problems):
    field = FileField(upload_to="papers", max_length=56, types=["pdf"])
    assert problems(Paper, field) == []


@pytest.mark.parametrize("most", ["50", None])
def test_rules_beside_a_wrong_setting(most, problems, settings):
    settings.MAX_UPLOAD_MB = most
    assert problems(Paper, FileField(upload_to="a", max_mb=5)) == []


@pytest.mark.parametrize(
    ("rules", "numbers"),
    [
        ({"widths": 400}, ["E015"]),
        ({"widths": ["400"]}, ["E015"]),
        ({"widths": [0, -5]}, ["E015"]),
        ({"max_side": 0, "min_side": "400"}, ["E015", "E015"]),
        ({"widths": [], "max_side": 2000, "min_side": 1}, []),
        ({"ratios": "1/1"}, ["E016"]),
        ({"ratios": ["square"]}, ["E016"]),
        ({"ratios": ["16:9"]}, ["E016"]),
        ({"ratios": ["0/1"]}, ["E016"]),
        ({"ratios": [1.5]}, ["E016"]),
        ({"ratios": ["1/1", "16/9"]}, []),
        ({"ratios": []}, []),
    ],
)
def test_rules_of_an_image_field(rules, numbers, problems):
    assert problems(Album, ImageField(upload_to="a", **rules)) == numbers
