"""The generated project with a second database. Run inside it, as company_settings."""

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES

default = DATABASES["default"]
DATABASES["second"] = {**default, "NAME": f"{default['NAME']}_second"}
if "sqlite3" in default["ENGINE"]:  # in files: a fork, another process and a lock are real then
    for alias, database in DATABASES.items():
        name = os.path.join(os.environ["COMPANY_FOLDER"], f"{alias}.sqlite3")
        DATABASES[alias] = database | {"TEST": {"NAME": name}}
