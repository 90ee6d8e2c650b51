"""Write .env with a secret key of its own, and say what to type next. Never touches the network."""

import secrets
import sys
from pathlib import Path

if "{{ cookiecutter | only_to_compare }}" == "True":
    sys.exit()

project = Path.cwd()
env = project / ".env"
if not env.exists():
    example = (project / ".env.example").read_text(encoding="utf-8")
    key = secrets.token_urlsafe(50)
    env.write_text(
        example.replace("\nSECRET_KEY=\n", f"\nSECRET_KEY={key}\n"), encoding="utf-8", newline="\n"
    )

# Only plain letters: a Windows console may know no others.
print(f"""
Done. Now run:

  cd {project.name}
  uv run manage.py demo

Without uv, in a virtual environment: python -m pip install . && python manage.py demo""")
