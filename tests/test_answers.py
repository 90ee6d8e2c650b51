"""What is done with odd and hostile answers: each has its outcome in one of two tables."""

import json
import runpy
import shutil
import sys

import pytest
from cookiecutter.generate import generate_context
from cookiecutter.main import cookiecutter as generate
from cookiecutter.prompt import prompt_for_config

import local_extensions
from conftest import TEMPLATE

QUESTIONS = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
DEFAULTS = {k: v for k, v in QUESTIONS.items() if not k.startswith("_")}

LONG = "x" * 300

# What was typed, and what becomes of it.
ACCEPTED = {
    "project_name": [
        ("  O'Neil's  photos ", "O'Neil's  photos"),
        (
            """Both ' and " and \'\'\' and \"\"\" of them""",
            """Both ' and " and \'\'\' and \"\"\" of them""",
        ),
        ("Back\\slash \\n \\", "Back\\slash \\n \\"),
        ("{% if cookiecutter.x {{ a }} {% raw %} {#", "{% if cookiecutter.x {{ a }} {% raw %} {#"),
        ("{{ cookiecutter | models }}{% endraw %}}}", "{{ cookiecutter | models }}{% endraw %}}}"),
        ("{{ cookiecutter.nope }}", "{{ cookiecutter.nope }}"),
        (
            "$HOME ${x} $(id) `id` %PATH% # = [1] <b>&amp;",
            "$HOME ${x} $(id) `id` %PATH% # = [1] <b>&amp;",
        ),
        ("Fotos 🦊 👩‍👩‍👧 🏳️‍🌈 Фото می‌خواهم", "Fotos 🦊 👩‍👩‍👧 🏳️‍🌈 Фото می‌خواهم"),
        ("写真館" * 20, "写真館" * 20),
        ("Café\u00a0Noël", "Café Noël"),
    ],
    "project_slug": [
        ("my_media_site", "my_media_site"),
        ("My Media.Site-", "my_media_site"),
        ("test", "test"),
        ("class", "class"),
        ("config", "config"),
        ("media", "media"),
        ("a", "a"),
        ("a--b__c", "a--b__c"),
        ("x" * 60, "x" * 60),
    ],
    "media_url": [
        ("/media/", "/media/"),
        ("media", "/media/"),
        (" /Media ", "/media/"),
        ("uploads\\Images", "/uploads/images/"),
        ("//uploads///images//", "/uploads/images/"),
        ("./m", "/m/"),
        ("statics", "/statics/"),
        ("private-media", "/private-media/"),
        ("v2.1/u_p", "/v2.1/u_p/"),
        ("2026", "/2026/"),
    ],
    "media_root": [
        ("media", "media"),
        (".\\data\\uploads\\", "data/uploads"),
        ("Media Files", "Media Files"),
        ("o'neil", "o'neil"),
        ("медиа/写真", "медиа/写真"),
        ("🦊", "🦊"),
        (".media", ".media"),
        ("uploads2/my-library", "uploads2/my-library"),
        ("#media!", "#media!"),
        ("{{cookiecutter.project_slug}}", "my_media_site"),
    ],
    "profile_picture_folder": [
        ("profile_pictures", "profile_pictures"),
        ("/Profile Pictures/", "profile_pictures"),
        ("people\\faces", "people/faces"),
        ("avatars,", "avatars"),
        ("admin", "admin"),
        ("users", "users"),
        ("x" * 50, "x" * 50),
    ],
    "image_folders": [
        ("photos", "photos"),
        ("Product Galleries, shop\\products", "product_galleries, shop/products"),
        (" shop , shop/addresses,, ", "shop, shop/addresses"),
        ("class, def, lambda", "class, def, lambda"),
        ("test, conftest, shop/new", "test, conftest, shop/new"),
        ("groups, permissions, sessions", "groups, permissions, sessions"),
        ("objects, paths, settings", "objects, paths, settings"),
        ("series, people, b-, c_, d2-1", "series, people, b-, c_, d2-1"),
        ("statics, administrators, media_files", "statics, administrators, media_files"),
        ("views, urls, titles, owners", "views, urls, titles, owners"),
    ],
    "file_folders": [
        ("documents, videos", "documents, videos"),
        ("none", "none"),
        (" None ", "none"),
        ("Tax Papers/Y2026", "tax_papers/y2026"),
        ("contracts/signed", "contracts/signed"),
        ("exports, imports", "exports, imports"),
        ("passes", "passes"),
        ("uploads, downloads", "uploads, downloads"),
        ("django", "django"),
        ("overviews, profiles", "overviews, profiles"),
    ],
    "max_upload_mb": [
        ("50", "50"),
        (" 50 MB", "50"),
        ("50mb", "50"),
        ("1", "1"),
        ("2 GB", "2048"),
        ("2048MiB", "2048"),
        ("007", "7"),
    ],
}

# What was typed, a part of the reason, and other answers where they matter.
REFUSED = {
    "project_name": [
        ("", "needs a name"),
        ("   ", "needs a name"),
        ("\u200d", "needs a name"),
        ("two\nlines", "one line"),
        ("a\tb", "printable"),
        ("bell\a", "printable"),
        ("right-to-left \u202e", "printable"),
        (LONG, "300 characters"),
        ("{{cookiecutter.project_slug}}", "needs a name"),
        ("{{ cookiecutter | accept('media_url') }}", "needs a name"),
        ("{{ cookiecutter | last_look }}\n{{ 1/0 }}", "one line"),
        ({"a": "b"}, "text"),
        (True, "text"),
        (None, "text"),
    ],
    "project_slug": [
        ("", "letter"),
        ("2fast", "letter"),
        ("_x", "letter"),
        ("../x", "letter"),
        ("/tmp/x", "letter"),
        ("a/b", "letter"),
        ("фото", "letter"),
        ("a'b", "letter"),
        ("{{ x }}", "letter"),
        ("django", "package"),
        ("Pillow", "package"),
        ("dj.database_url", "package"),
        ("con", "Windows"),
        ("COM1", "Windows"),
        (LONG, "300 characters"),
    ],
    "media_url": [
        ("", "every page"),
        ("/", "every page"),
        ("///", "every page"),
        ("https://cdn.example.com/media/", "MEDIA_URL"),
        ("//cdn.example.com/", "MEDIA_URL"),
        ("s3://bucket", "MEDIA_URL"),
        ("/static/", "taken"),
        ("static/media", "taken"),
        ("Admin", "taken"),
        ("accounts", "taken"),
        ("/private/x", "taken"),
        ("health", "taken"),
        ("../media", "'..'"),
        ("media/a..b", "'a..b'"),
        ("my media", "'my media'"),
        ("média", "'média'"),
        ("media?x=1", "'media?x=1'"),
        ("{{ x }}", "'{{ x }}'"),
        ("a\nb", "'a\\nb'"),
        (LONG, "characters"),
    ],
    "media_root": [
        ("", "a folder of its own"),
        (".", "folder of its own"),
        ("/", "folder of its own"),
        ("../media", "whole path"),
        ("media/../../x", "whole path"),
        ("~/media", "stay as it is"),
        ("$HOME/media", "stay as it is"),
        ("%APPDATA%", "stay as it is"),
        ("config", "part of the project"),
        ("Library/media", "part of the project"),
        ("uploads", "part of the project"),
        ("static", "part of the project"),
        (".git/x", "part of the project"),
        (".env", "part of the project"),
        ("manage.py", "part of the project"),
        ("con", "Windows"),
        ("media/NUL.txt", "Windows"),
        ("media.", "Windows"),
        ("a /b", "Windows"),
        ("ab:c", "some system"),
        ('say "media"', "some system"),
        ("a*", "some system"),
        ("a\nb", "some system"),
        ("{{ x }}", "some system"),
        (LONG, "too long"),
        ("a/" * 150, "299 characters"),
        ("写" * 86, "too long"),
    ],
    "profile_picture_folder": [
        ("", "a folder is needed"),
        ("a, b", "not 2"),
        ("../x", "'..'"),
        ("aux", "Windows"),
        ("9lives", "'9lives'"),
        ("été", "'été'"),
        ("x{{ y }}", "'x{{_y_}}'"),
        (LONG, "300 characters"),
    ],
    "image_folders": [
        ("", "at least one"),
        ("none", "at least one"),
        (",,", "at least one"),
        ("photos, Photos", "twice"),
        ("photos, photo", "both make the model Photo"),
        ("photos, shop/photos", "both make the model Photo"),
        ("foo_bar, foobar", "both make the model"),
        ("shop, shop/new", "page that adds"),
        ("shop, shop/delete", "page that deletes"),
        ("admin", "taken"),
        ("static/photos", "taken"),
        ("accounts", "taken"),
        ("health", "taken"),
        ("private", "taken"),
        ("media", "hide each other"),
        ("media/photos", "hide each other"),
        ("users", "User"),
        ("models", "Model"),
        ("items", "Item"),
        ("image_items", "ImageItem"),
        ("migrations", "Migration"),
        ("file_fields", "FileField"),
        ("trues", "True"),
        ("nones", "None"),
        ("value_errors", "ValueError"),
        ("con, photos", "Windows"),
        ("../x", "'..'"),
        ("/etc/passwd;", "'passwd;'"),
        ("x'y", '"x\'y"'),
        ("2026", "'2026'"),
        ("фото", "'фото'"),
        ("🦊", "'🦊'"),
        ("a\x00b", "'a\\x00b'"),
        ("{{ x }}", "'{{_x_}}'"),
        (LONG, "300 characters"),
        ("x" * 51, "51 characters"),
        (", ".join(f"f{n}" for n in range(13)), "13 folders"),
        ("up", "hide each other", {"media_url": "up/images"}),
    ],
    "file_folders": [
        ("", "none"),
        ("none, videos", "None"),
        ("photos", "both make the model Photo"),
        ("documents, Documents", "twice"),
        ("photos/new", "page that adds"),
        ("media/private", "hide each other"),
        ("meta", "Meta"),
        ("exceptions", "Exception"),
        ("lpt9", "Windows"),
        ("documents", "hide each other", {"media_url": "documents"}),
    ],
    "max_upload_mb": [
        ("", "whole number"),
        ("0", "out of range"),
        ("-1", "whole number"),
        ("2049", "out of range"),
        ("3 GB", "out of range"),
        ("1.5", "whole number"),
        ("fifty", "whole number"),
        ("٥٠", "whole number"),
        ("5 0", "whole number"),
        ("50 bytes", "whole number"),
        ("9" * 300, "whole number"),
        (True, "text"),
    ],
}


def rows(table):
    """Test parameters: question, what was typed, the outcome, and other answers if they matter."""
    return [
        pytest.param(question, *row, *[{}] * (3 - len(row)), id=f"{question}-{str(row[0])[:20]!a}")
        for question, entries in table.items()
        for row in entries
    ]


def accept(**answers):
    """The answers as Cookiecutter has them after the last question."""
    context = generate_context(str(TEMPLATE / "cookiecutter.json"), extra_context=answers)
    return prompt_for_config(context, no_input=True)


def test_both_tables_are_long_enough():
    assert sum(map(len, ACCEPTED.values())) + sum(map(len, REFUSED.values())) >= 90


def test_every_question_is_in_both_tables():
    assert list(ACCEPTED) == list(REFUSED) == list(DEFAULTS) == local_extensions.QUESTIONS


@pytest.mark.parametrize(("question", "typed", "becomes", "others"), rows(ACCEPTED))
def test_accepted(question, typed, becomes, others):
    assert accept(**{**others, question: typed})[question] == becomes
    assert accept(**{**others, question: becomes})[question] == becomes


@pytest.mark.parametrize(("question", "typed", "reason", "others"), rows(REFUSED))
def test_refused(question, typed, reason, others, template, tmp_path, capfd):
    """From the Python API: a SystemExit with one line on stderr, and nothing is made."""
    with pytest.raises(SystemExit) as refusal:
        generate(
            str(template),
            no_input=True,
            extra_context={**others, question: typed},
            output_dir=str(tmp_path),
            default_config=True,
        )
    captured = capfd.readouterr()
    assert refusal.value.code == 1
    assert captured.err == f"{refusal.value}\n"
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert captured.err.startswith(f"{question} ")
    assert reason in captured.err
    assert list(tmp_path.iterdir()) == []
    # The answer that is proposed would do.
    proposed = captured.err.strip().split("This would do: ")[1]
    assert accept(**{**others, question: proposed})[question] == proposed


@pytest.mark.parametrize("question", DEFAULTS)
def test_refused_on_the_command_line(question, cookiecutter, tmp_path):
    typed, reason = next(row[:2] for row in REFUSED[question] if row[1] and row[0])
    done = cookiecutter("--no-input", f"{question}={typed}")
    assert done.returncode == 1
    assert done.stdout == ""
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_twelve_folders_of_fifty_characters():
    twelve = ", ".join(f"{'x' * 23}/{'y' * 24}{n}" for n in range(10, 22))
    assert accept(image_folders=twelve)["image_folders"] == twelve


def test_numbers_of_the_python_api():
    answers = accept(project_name=2026, max_upload_mb=25)
    assert (answers["project_name"], answers["max_upload_mb"]) == ("2026", "25")


def test_refused_by_pytest_cookies(cookies):
    result = cookies.bake(extra_context={"media_url": "/"})
    assert result.exit_code == 1
    assert "every page" in str(result.exception)


def test_absolute_media_root(bake, tmp_path):
    root = tmp_path / "uploads"
    assert bake(media_root=f"{root}/").answers["media_root"] == root.as_posix()


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        ("", "the project would lie in it"),
        ("my_media_site", "the project would lie in it"),
        ("my_media_site/config", "part of the project"),
    ],
)
def test_absolute_media_root_around_the_code(root, reason, cookiecutter, tmp_path):
    done = cookiecutter("--no-input", f"media_root={tmp_path / 'out' / root}")
    assert done.returncode == 1
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_absolute_media_root_in_the_project(cookiecutter, tmp_path):
    root = tmp_path / "out" / "my_media_site" / "media"
    assert cookiecutter("--no-input", f"media_root={root}").returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there it is a path of its own system")
@pytest.mark.parametrize("root", ["C:\\media", "d:media", "\\\\server\\share"])
def test_media_root_of_another_system(root):
    with pytest.raises(SystemExit, match="another system"):
        accept(media_root=root)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My Media Site", "my_media_site"),
        ("Anna's Photos!", "annas_photos"),
        ("Straße & Søn", "strasse_son"),
        ("99 Café-Bilder", "cafe_bilder"),
        ("写真館", "xie_zhen_guan"),
        ("Фото", "foto"),
        ("Ελλάδα 2026", "ellada_2026"),
        ("한국", "hangug"),
        ("Łódź’s &amp; more", "lodzs_amp_more"),
        ("🦊", "media_site"),
        ("Django", "django_site"),
        ("Con", "con_site"),
        ("-", "media_site"),
        ("y" * 60, "y" * 50),
    ],
)
def test_slug_from_the_name(name, slug):
    assert accept(project_name=name)["project_slug"] == slug


@pytest.mark.parametrize(
    ("folder", "name", "verbose", "plural"),
    [
        ("photos", "Photo", "photo", "photos"),
        ("product_galleries", "ProductGallery", "product gallery", "product galleries"),
        ("shop/addresses", "Address", "address", "addresses"),
        ("news", "News", "news", "news"),
        ("movies", "Movie", "movie", "movies"),
        ("pies", "Pie", "pie", "pies"),
        ("boxes", "Box", "box", "boxes"),
        ("classes", "Class", "class", "classes"),
        ("statuses", "Status", "status", "statuses"),
        ("status", "Status", "status", "status"),
        ("houses", "House", "house", "houses"),
        ("heroes", "Hero", "hero", "heroes"),
        ("leaves", "Leaf", "leaf", "leaves"),
        ("archives", "Archive", "archive", "archives"),
        ("analyses", "Analysis", "analysis", "analyses"),
        ("people", "Person", "person", "people"),
        ("photos-2024", "Photos2024", "photos 2024", "photos 2024"),
        ("s", "S", "s", "s"),
        ("x_", "X", "x", "x"),
    ],
)
def test_model_from_a_folder(folder, name, verbose, plural):
    sample = local_extensions.models({"image_folders": folder, "file_folders": "none"})[0]
    assert (sample.name, sample.verbose, sample.verbose_plural) == (name, verbose, plural)
    assert sample.key == name.lower()
    assert (sample.kind, sample.field) == ("image", "ImageField")


DOCUMENTS, AUDIO, VIDEOS = local_extensions.TYPES.values()


@pytest.mark.parametrize(
    ("folder", "types"),
    [
        ("documents", DOCUMENTS),
        ("document", DOCUMENTS),
        ("tax_papers", DOCUMENTS),
        ("Team/Signed Contracts", DOCUMENTS),
        ("theses", DOCUMENTS),
        ("invoices-2", None),
        ("videos", VIDEOS),
        ("training_videos", VIDEOS),
        ("shop/clips", VIDEOS),
        ("movies", VIDEOS),
        ("footage", VIDEOS),
        ("video_reports", DOCUMENTS),
        ("audio", AUDIO),
        ("podcasts", AUDIO),
        ("melodies", AUDIO),
        ("recordings", AUDIO + VIDEOS),
        ("lectures", None),  # slides are put there, too
        ("talks", None),
        ("team/media", None),
        ("media_files", None),
        ("uploads", None),
        ("videos/all", None),
        ("videographers", None),
        ("x_", None),
        ("series", None),
    ],
)
def test_types_from_a_folder(folder, types):
    answers = {"image_folders": folder, "file_folders": folder}
    picture, file = local_extensions.models(answers)
    assert (picture.types, file.types) == (None, types)


def test_each_word_of_a_folder_is_one_and_in_the_singular():
    words = " ".join(local_extensions.FOLDERS.values()).split()
    assert len(words) == len(set(words))
    assert [word for word in words if local_extensions.singular(word) != word] == []


def test_types_of_folders_are_those_of_the_project(project):
    """Each type that is no picture, archive or captions is in one list, by its kind."""
    types = runpy.run_path(str(project / "uploads/formats/types.py"))
    kinds = {"documents": {"pdf", "other"}, "audio": {"audio"}, "videos": {"video"}}
    for name, listed in local_extensions.TYPES.items():
        known = {e for e in types["FILES"] if types["kind"](e) in kinds[name]}
        assert set(listed) == known - {"zip", "vtt"}, name
        assert len(listed) == len(known - {"zip", "vtt"})


@pytest.fixture
def replay(cookiecutter, config_file, tmp_path):
    """replay(**changes) replays the default answers with some changed, or left out where None."""

    def call(**changes):
        assert cookiecutter("--no-input", "-f").returncode == 0
        shutil.rmtree(tmp_path / "out")
        (path,) = (config_file.parent / "replay").glob("*.json")
        context = json.loads(path.read_text(encoding="utf-8"))
        answers = {**context["cookiecutter"], **changes}
        context["cookiecutter"] = {k: v for k, v in answers.items() if v is not None}
        path.write_text(json.dumps(context), encoding="utf-8")
        return cookiecutter("--replay")

    return call


@pytest.mark.parametrize(
    "changes",
    [
        {"media_url": "/static/"},
        {"project_slug": "../Out of here/x"},
        {"project_slug": "two words/x"},
        {"project_name": "two\nlines"},
        {"image_folders": "photos, photo"},
        {"file_folders": 'x"; import os'},
        {"max_upload_mb": ["50"]},
        {"media_root": {"a": "b"}},
        {"profile_picture_folder": ""},
    ],
    ids=str,
)
def test_stale_replay_is_refused(changes, replay, tmp_path):
    before = set(tmp_path.iterdir())
    done = replay(**changes)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"{next(iter(changes))} ")
    assert done.stderr.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []
    assert set(tmp_path.iterdir()) - before <= {tmp_path / "out"}


def test_replay_in_another_form_is_accepted(replay, tmp_path):
    done = replay(project_slug="My Site", media_url="Uploads", max_upload_mb="1 GB")
    assert done.returncode == 0, done.stderr
    settings = (tmp_path / "out/my_site/config/settings.py").read_text(encoding="utf-8")
    assert '"/uploads/"' in settings
    assert "MAX_UPLOAD_MB = 1024\n" in settings


def test_replay_of_answers_alone(replay, tmp_path):
    """As somebody writes the file by hand, without what Cookiecutter adds."""
    private = [key for key in QUESTIONS if key.startswith("_")]
    done = replay(media_url="uploads", **dict.fromkeys(private))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/my_media_site/manage.py").is_file()
