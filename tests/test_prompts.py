"""The questions as a person meets them: through a terminal, and through a pipe."""

import signal
import sys

import pytest

from conftest import ENVIRONMENT

needs_terminal = pytest.mark.skipif(
    sys.platform == "win32", reason="pseudo-terminals are a thing of POSIX"
)

# For each question: an answer that can't be used, a part of the reason, and the default.
BAD = {
    "project_name": (" ", "a project needs a name", "My Media Site"),
    "project_slug": ("django", "the name of a package", "my_media_site"),
    "media_url": ("https://cdn.example.com/", "into the environment", "/media/"),
    "media_root": ("../media", "leads out of the folder", "media"),
    "profile_picture_folder": ("a, b", "one folder is needed", "profile_pictures"),
    "image_folders": ("photos, admin", "/admin/ is taken", "photos"),
    "file_folders": ("photos", "both make the model Photo", "documents, videos"),
    "max_upload_mb": ("lots", "a whole number of megabytes", "50"),
}


@pytest.fixture
def terminal(template, config_file, tmp_path):
    """terminal(*command) starts a command in a terminal of 80 columns, in an empty folder."""
    import pexpect

    children = []

    def start(*command):
        child = pexpect.spawn(
            sys.executable,
            ["-m", *map(str, command), "--config-file", str(config_file)],
            cwd=str(tmp_path),
            env={**ENVIRONMENT, "PYTHONUTF8": "1", "TERM": "dumb"},
            dimensions=(50, 80),
            encoding="utf-8",
            timeout=30,
            # Where the tests run in the background, Ctrl-C is ignored by all that they start.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def finish(child):
    """Wait for the end of the command; returns its exit code."""
    import pexpect

    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


@needs_terminal
def test_enter_takes_every_default(terminal, template, tmp_path):
    child = terminal("cookiecutter", template)
    for number, (_, _, default) in enumerate(BAD.values(), start=1):
        child.expect_exact(f"[{number}/8]")
        child.expect_exact(f"({default}): ")
        child.sendline("")
    child.expect("Done. Now run:\\s+cd \\S+/my_media_site\\s+uv run manage.py demo\\s")
    assert finish(child) == 0
    assert (tmp_path / "my_media_site" / "manage.py").is_file()


@needs_terminal
def test_each_question_explains_itself(terminal, template):
    child = terminal("cookiecutter", template)
    for _, _, default in BAD.values():
        child.expect_exact(f"({default}): ")
        lines = child.before.splitlines()
        assert len([line for line in lines if line.strip()]) >= 2, "a title and a line of help"
        assert max(map(len, lines)) <= 80
        child.sendline("")
    assert finish(child) == 0


@needs_terminal
@pytest.mark.parametrize("tool", ["cookiecutter", "cruft"])
def test_every_bad_answer_is_asked_again(tool, terminal, template, repository, tmp_path):
    """At its own question, with the reason, and with an example that Enter takes."""
    child = terminal(*(["cruft", "create", repository] if tool == "cruft" else [tool, template]))
    for bad, reason, default in BAD.values():
        child.expect_exact(f"({default}): ")
        child.sendline(bad)
        child.expect(r"\s+".join(reason.split()))
        child.expect_exact("This")
        child.expect_exact(f"({default}): ")
        child.sendline("")
    child.expect("Done. Now run:")
    assert finish(child) == 0
    assert (tmp_path / "my_media_site" / "manage.py").is_file()


@needs_terminal
def test_the_example_fits_the_answers_before_it(terminal, template, tmp_path):
    child = terminal("cookiecutter", template)
    for answer in ["", "", "photos", "", "", "photos"]:
        child.expect_exact("): ")
        child.sendline(answer)
    child.expect("hide\\s+each\\s+other.*\\(pictures\\): ")
    child.sendline("again, still/Wrong!")
    child.expect_exact("(pictures): ")
    child.sendline("")
    child.expect_exact("(documents, videos): ")
    child.sendline("none")
    child.expect_exact("(50): ")
    child.sendline("1 GB")
    assert finish(child) == 0
    settings = (tmp_path / "my_media_site/config/settings.py").read_text(encoding="utf-8")
    assert '"/photos/"' in settings
    assert "MAX_UPLOAD_MB = 1024\n" in settings


@needs_terminal
def test_arrow_keys_move_in_an_answer(terminal, template, tmp_path):
    """At a first question and at one that is asked again."""
    pytest.importorskip("readline", reason="this Python has none, and input() no arrow keys")
    child = terminal("cookiecutter", template)
    typed = ["Ana\x1b[Dn", "", "/", "/p\x1b[Du", *[""] * 5]
    for default, keys in zip(["My Media Site", "anna", *["/media/"] * 2], typed, strict=False):
        child.expect_exact(f"({default}): ")
        child.sendline(keys)
    for keys in typed[4:]:
        child.expect_exact("): ")
        assert "^[[D" not in child.before
        child.sendline(keys)
    assert finish(child) == 0
    settings = (tmp_path / "anna/config/settings.py").read_text(encoding="utf-8")
    assert 'SITE_NAME = "Anna"\n' in settings
    assert '"/up/"' in settings


@needs_terminal
@pytest.mark.parametrize(("key", "message"), [("\x04", "every page"), ("\x03", "Aborted!")])
def test_leaving_at_a_question_asked_again(key, message, terminal, template, tmp_path):
    child = terminal("cookiecutter", template)
    for answer in ["", "", "/"]:
        child.expect_exact("): ")
        child.sendline(answer)
    child.expect_exact("(/media/): ")
    child.send(key)
    child.expect(message)
    assert finish(child) == 1
    assert "Traceback" not in child.before
    assert list(tmp_path.glob("my_*")) == []


def test_answers_through_a_pipe(cookiecutter, tmp_path):
    """What stands in the pipe after a bad answer is taken as the next try."""
    done = cookiecutter(stdin="Anna's\n\n/admin/\n/\npictures\n\n\nadmin\nshots\nnone\n9000\n9\n")
    assert done.returncode == 0, done.stderr
    assert "/admin/ is taken" in done.stdout
    assert "every page" in done.stdout
    settings = (tmp_path / "out/annas/config/settings.py").read_text(encoding="utf-8")
    assert '"/pictures/"' in settings
    assert "MAX_UPLOAD_MB = 9\n" in settings


def test_a_pipe_that_ends_at_a_bad_answer(cookiecutter, tmp_path):
    done = cookiecutter(stdin="\n\n/admin/\n")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "/admin/ is taken" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []
