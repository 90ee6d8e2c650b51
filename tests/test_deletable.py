"""What goes beyond a picture on disk can be deleted: without it and its lines all else works."""

import dataclasses

import pytest

from conftest import WORLDS

pytestmark = pytest.mark.slow


@dataclasses.dataclass
class Part:
    """`files` go, and in each file of `lines` the given texts; `but` are tests of the part."""

    files: list
    lines: dict
    but: str


PARTS = {
    "kept files": Part(
        [
            "uploads/kept.py",
            "uploads/templates/uploads/kept.html",
            "uploads/tests/keeping.py",
            "uploads/tests/test_kept.py",
            "uploads/tests/test_kept_once.py",
        ],
        {
            "uploads/widgets.py": ["from . import kept\n", "kept.KeepingInput, "],
            "uploads/templates/uploads/file_input.html": ['  {% include "uploads/kept.html" %}\n'],
            "config/settings.py": ['    "uploads.kept.KeptFilesMiddleware",\n'],
        },
        "outlives",
    ),
    "videos that are rewritten": Part(
        [
            "uploads/checks/rewriting.py",
            "uploads/formats/containers.py",
            "uploads/formats/frames.py",
            "uploads/formats/index.py",
            "uploads/formats/refusals.py",
            "uploads/formats/remuxing.py",
            "uploads/formats/streams.py",
            "uploads/formats/stripping.py",
            "uploads/formats/videos.py",
            "uploads/tests/test_rewriting.py",
            "uploads/tests/test_videos.py",
            "uploads/tests/test_posters.py",
            "uploads/tests/test_streams.py",
        ],
        {
            "uploads/checks/__init__.py": [
                "from .rewriting import check_rewriting  # noqa: F401\n"
            ],
            "uploads/formats/accept.py": [
                ", videos",
                "    if videos.takes(extension):\n"
                "        return videos.process(content, extension, max_seconds=max_seconds)\n",
            ],
            "uploads/management/commands/rebuild_renditions.py": [
                ", videos",
                "    return videos.takes(names.extension(name)) and names.seconds(name) is None\n",
                "    return videos.poster(file, names.extension(name), field.variants_of(name), "
                "size)[1]\n",
            ],
        },
        "video or clip",
    ),
    "first pages of PDFs": Part(
        [
            "uploads/formats/pdfs.py",
            "uploads/formats/pages.py",
            "uploads/checks/first_pages.py",
            "uploads/tests/papers.py",
            "uploads/tests/test_pdfs.py",
        ],
        {
            "uploads/formats/accept.py": [
                "pdfs, ",
                "    if pdfs.takes(extension):\n"
                "        return replace(accepted, **pdfs.first_page(content))\n",
            ],
            "uploads/checks/__init__.py": [
                "from .first_pages import check_first_pages  # noqa: F401\n"
            ],
            "uploads/management/commands/rebuild_renditions.py": [
                "pdfs, ",
                "    if pdfs.takes(names.extension(name)):\n"
                "        return names.pages(name) is None\n",
                "    if names.pages(name):\n        return pdfs.renditions(file, size)\n",
                "    if pdfs.takes(extension) and not field.accept(content, "
                'f"file.{extension}").size:\n'
                "        raise ValidationError(pdfs.UNDRAWN)\n",
            ],
        },
        "nothing",
    ),
    "several at once in the admin": Part(
        [
            "uploads/several.py",
            "uploads/templates/uploads/admin_list.html",
            "uploads/templates/uploads/admin_several.html",
            "library/test_several.py",
        ],
        {"library/admin.py": ["from uploads.several import SeveralAdmin\n", "SeveralAdmin, "]},
        "several",
    ),
    "the upload widget": Part(
        [
            "uploads/static/uploads/upload.js",
            "uploads/templates/uploads/card.html",
            "uploads/templates/uploads/media.html",
            "templates/library/drop.html",
        ],
        {
            "uploads/widgets.py": [
                '        js = [forms.Script("uploads/upload.js", type="module")]\n'
            ],
            "uploads/templates/uploads/file_input.html": [
                '  <template class="upload-blank">{% include "uploads/card.html" %}</template>\n'
            ],
            "uploads/templates/uploads/form.html": [
                "<noscript>",
                "</noscript>",
            ],
            "templates/library/list.html": [
                '{% block media %}{% include "uploads/media.html" %}{% endblock %}\n',
                '{% block drop %}{% include "library/drop.html" %}{% endblock %}\n',
            ],
            "templates/library/overview.html": [
                '{% block media %}{% include "uploads/media.html" %}{% endblock %}\n',
                "{% block drop %}{% if sections %}{% with opts=sections.0.opts %}"
                '{% include "library/drop.html" %}{% endwith %}{% endif %}{% endblock %}\n',
                '{% include "library/drop.html" %}',
            ],
        },
        "nothing",
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_part_that_is_deleted(name, bake, worlds):
    project, part, world = bake(), PARTS[name], worlds(list(WORLDS)[-1])
    for file in part.files:
        project.path.joinpath(file).unlink()
    for file, texts in part.lines.items():
        path = project.path / file
        content = path.read_text(encoding="utf-8")
        for text in texts:
            assert content.count(text) == 1, (file, text)
            content = content.replace(text, "")
        path.write_text(content, encoding="utf-8")
    project.lint(world)
    project.check(world)
    project.test(world, "library/test_uploads.py", "accounts", "-k", f"not {part.but}")
