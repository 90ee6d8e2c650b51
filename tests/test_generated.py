"""Generated projects keep what they promise about themselves, whatever was answered."""

import itertools

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import local_extensions
from conftest import ALL_BUT_FILMS, SERVED, WORLDS
from test_answers import ACCEPTED, accept

pytestmark = pytest.mark.slow

# Chosen because each is unlike the others where it matters: few and many models, short and long.
COMBINATIONS = {
    "one folder": {"image_folders": "a", "file_folders": "none", "max_upload_mb": "1"},
    "a shop": {
        "project_name": "O'Neil's \"best\" \\ 🦊 {{ photos }}",
        "project_slug": "shop-1",
        "media_url": "/up/load.s/",
        "media_root": "data/o'neil's медиа",
        "profile_picture_folder": "people/faces",
        "image_folders": "shop, shop/product_galleries, class",
        "file_folders": "contracts/signed, uploads, test",
        "max_upload_mb": "2 GB",
    },
    "as long as can be": {
        "project_name": "写" * 60,
        "project_slug": "x" * 60,
        "media_url": "u" * 98,
        "media_root": "/".join(["m" * 66] * 3)[:200],
        "profile_picture_folder": "p" * 50,
        "image_folders": f"{'i' * 50}, {'j' * 50}",
        "file_folders": f"{'f' * 23}/{'g' * 26}",
    },
}


def test_the_gate(bake, world):
    bake().gate(world)


def test_toolkit_is_the_same_whatever_was_answered(bake):
    """So what uploads/ does with a file can be tested in a few projects for all others."""
    first, *others = [toolkit(bake(**answers).path) for answers in ({}, *COMBINATIONS.values())]
    assert len(first) > 50
    for another in others:
        assert another == first


def toolkit(project):
    files = (path for path in (project / "uploads").rglob("*") if path.is_file())
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in files}


# The table of accepted answers, one of each question in every project.
TOGETHER = list(itertools.zip_longest(*ACCEPTED.values()))
ODD = {
    f"odd {number}": {q: row[0] for q, row in zip(ACCEPTED, rows, strict=True) if row is not None}
    for number, rows in enumerate(TOGETHER)
}
OTHER = COMBINATIONS | ODD


@pytest.fixture(params=OTHER)
def other(request, bake, worlds):
    """(name, project, world); an answer means the same in each world, so they take turns."""
    name, number = request.param, list(OTHER).index(request.param)
    return name, bake(**OTHER[name]), worlds(list(WORLDS)[number % len(WORLDS)])


def test_other_answers_make_a_sound_project(other):
    name, project, world = other
    assert project.answers == visible(accept(**OTHER[name]))
    project.sound(world)


# The tests whose outcome an answer can change: names of models and folders, addresses, the limit.
# What uploads/ does with a file, and the other pages, are in the gates of all other projects.
ANSWERED = ["library/tests.py", "library/test_uploads.py", "accounts"]
ANSWERED += [f"uploads/tests/test_{name}.py" for name in ("checks", "handlers", "serve")]


@pytest.mark.answers
def test_projects_of_other_answers_pass_their_tests(other):
    name, project, world = other
    project.test(world, *(ALL_BUT_FILMS if name in COMBINATIONS else ANSWERED))


# What an owner may write into the settings: the project's own tests don't rely on any of it.
CHANGED = {
    "django-5.2": """
LANGUAGE_CODE, USE_TZ, TIME_ZONE = "de", False, "Asia/Tokyo"
DATABASES["default"]["ATOMIC_REQUESTS"] = True
MAX_UPLOAD_MB, UPLOAD_FILE_TYPES = 20, {"pdf": 10, "txt": 1}
IMAGE_WIDTHS, IMAGE_MAX_SIDE = [320, 640, 2400], 3000
""",
    "django-6.1": """
LANGUAGE_CODE, USE_I18N = "ar", True
UPLOAD_FILE_TYPES, IMAGE_WIDTHS = {"docx": 0.5}, []
IMAGE_MAX_PIXELS, IMAGE_MAX_ANIMATION_PIXELS, IMAGE_MAX_FRAMES = 500_000, 90_000, 2
IMAGE_MAX_SIDE, APPEND_SLASH = 700, False
""",
}


@pytest.mark.answers
@pytest.mark.parametrize("name", CHANGED)
def test_an_owner_may_change_every_setting(name, bake, worlds):
    # Folders whose names say nothing: fields with `types` say what else has to be changed.
    project, world = bake(file_folders="uploads, downloads"), worlds(name)
    with project.path.joinpath("config/settings.py").open("a", encoding="utf-8") as settings:
        settings.write(CHANGED[name])
    project.check(world)
    project.test(world, *ALL_BUT_FILMS)


def visible(answers):
    return {q: v for q, v in answers.items() if not q.startswith("_")}


# Answers as people might give them, most of them acceptable.

segment = st.from_regex(r"[a-z][a-z0-9_-]{0,12}", fullmatch=True)
folder = st.lists(segment, min_size=1, max_size=3).map("/".join)
folder_list = st.lists(folder, min_size=1, max_size=3).map(", ".join)
text = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=60)

PLAUSIBLE = {
    "project_name": text,
    "project_slug": segment,
    "media_url": folder,
    "media_root": st.lists(text, min_size=1, max_size=3).map("/".join) | folder,
    "profile_picture_folder": folder,
    "image_folders": folder_list,
    "file_folders": folder_list | st.just("none"),
    "max_upload_mb": st.integers(1, 2048),
}
DRAWN = st.fixed_dictionaries({}, optional=PLAUSIBLE)
ANYTHING = st.dictionaries(st.sampled_from(local_extensions.QUESTIONS), st.text(), max_size=8)


def outcome(answers):
    """The answers as they are accepted, or the line in which one is refused."""
    try:
        return visible(accept(**answers))
    except SystemExit as refusal:
        return str(refusal)


@given(ANYTHING | DRAWN)
@settings(max_examples=300, deadline=None)
def test_any_text_is_accepted_for_good_or_refused_in_one_line(answers):
    first = outcome(answers)
    if isinstance(first, str):
        assert first.startswith(tuple(local_extensions.QUESTIONS))
        assert first.isprintable()
    else:
        assert outcome(first) == first


def drawn(test):
    """Give a test two times the same plausible answers each time that it is run."""
    sparing = settings(
        max_examples=2,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    return sparing(given(answers=st.fixed_dictionaries(PLAUSIBLE))(test))


@pytest.mark.parametrize("name", WORLDS)
@drawn
def test_drawn_answers_make_a_sound_project(name, answers, bake, worlds):
    assume(isinstance(outcome(answers), dict))
    bake(**answers).sound(worlds(name))


@pytest.mark.answers
@drawn
def test_projects_of_drawn_answers_pass_their_tests(answers, bake, worlds):
    assume(isinstance(outcome(answers), dict))
    tests = "library/tests.py", "library/test_uploads.py", "accounts"
    bake(**answers).test(worlds(SERVED), *tests)
