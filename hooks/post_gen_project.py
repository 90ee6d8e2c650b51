"""Write .env with a secret key of its own, and say what to type next. Never touches the network."""

import os
import secrets
import shlex
import sys
from pathlib import Path

if "{{ cookiecutter | only_to_compare }}" == "True":
    sys.exit()


def quoted(path):
    """A path as a shell takes it."""
    if os.name != "nt":
        return shlex.quote(str(path))
    return f'"{path}"' if " " in str(path) else str(path)


project = Path.cwd()
env = project / ".env"
if not env.exists():
    example = (project / ".env.example").read_text(encoding="utf-8")
    key = secrets.token_urlsafe(50)
    env.write_text(
        example.replace("\nSECRET_KEY=\n", f"\nSECRET_KEY={key}\n"), encoding="utf-8", newline="\n"
    )

# The whole path: nobody tells a hook where the command was typed.
venv, start = (".venv\\Scripts\\", "py") if os.name == "nt" else (".venv/bin/", "python3")
sys.stdout.reconfigure(errors="backslashreplace")  # a Windows console may know only plain letters
print(f"""
Done. Now run:

  cd {quoted(project)}
  uv run manage.py demo

Without uv:

  {start} -m venv .venv
  {venv}pip install .
  {venv}python manage.py demo""")
