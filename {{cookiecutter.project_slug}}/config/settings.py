"""Settings for every place the project runs in: what differs comes from the environment.

The variables are listed in .env.example. In development they are read from .env.
"""

from importlib.util import find_spec
from pathlib import Path

import dj_database_url
from environs import Env, EnvError

from config import csp
from config.environment import read_env_file

BASE_DIR = Path(__file__).resolve().parent.parent
SITE_NAME = {{ cookiecutter.project_name | py }}

# The environment; a new variable goes into NAMES of environment.py, too

read_env_file(BASE_DIR / ".env")
env = Env()
try:
    DEBUG = env.bool("DEBUG", False)
    SECRET_KEY = env.str("SECRET_KEY")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [])
    CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])
    DATABASE_URL = env.str("DATABASE_URL", "")
    MEDIA_URL = env.str(
        "MEDIA_URL",
        {{ cookiecutter.media_url | py }},
    )
    MEDIA_ROOT = BASE_DIR / env.str(
        "MEDIA_ROOT",
        {{ cookiecutter.media_root | py }},
    )
    PRIVATE_MEDIA_ROOT = BASE_DIR / env.str(
        "PRIVATE_MEDIA_ROOT",
        {{ (cookiecutter.media_root ~ "_private") | py }},
    )
    MEDIA_BUCKET = env.str("MEDIA_BUCKET", "")
    PRIVATE_MEDIA_BUCKET = env.str("PRIVATE_MEDIA_BUCKET", "")
    BUCKET_ENDPOINT = env.str("AWS_ENDPOINT_URL_S3", "https://amazonaws.com")
    STATIC_ROOT = BASE_DIR / env.str("STATIC_ROOT", "staticfiles")
except EnvError as error:
    raise SystemExit(f"{error} Set it in .env or in the environment; see .env.example.") from error
if not SECRET_KEY.strip():
    raise SystemExit("SECRET_KEY is empty. Set it in .env or in the environment; see .env.example.")

# Media: what visitors upload

# MEDIA_URL is the prefix of the addresses of public uploads. Rows store names below MEDIA_ROOT, not
# addresses, so it can be changed without a migration; links that others have kept break.
# Unset, it would be "", which reads as "/" and offers every file of the current folder.
#
# MEDIA_ROOT is the folder on disk, always absolute: a relative one would follow the current folder.
# Changing it moves no file: move the folder along. It belongs in the backup, with the database.
# PRIVATE_MEDIA_ROOT has a default of its own: where MEDIA_ROOT goes, it stays.
# STATICFILES_DIRS and collectstatic have nothing to do with it: static files come with the code,
# media comes from people who can't be trusted.

# Private files have no public address: a view asks whose they are (uploads/serve.py).
PRIVATE_MEDIA_URL = "/private/"

# On disk, or in the buckets that the environment names. With a bucket, MEDIA_URL is its address or
# its CDN's; left as it is, this site forwards each visitor with a signed address.
# Both keys of Django's own default have to be named: STORAGES replaces it as a whole.
STORAGES = {
    "default": {"BACKEND": "uploads.storage.DiskStorage"},
    "private": {"BACKEND": "uploads.storage.PrivateDiskStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}

if (MEDIA_BUCKET or PRIVATE_MEDIA_BUCKET) and not find_spec("boto3"):
    raise SystemExit("MEDIA_BUCKET needs boto3: uv sync --extra s3, or pip install '.[s3]'.")
if MEDIA_BUCKET:
    STORAGES["default"] = {
        "BACKEND": "uploads.bucket.PublicBucket",
        "OPTIONS": {"bucket_name": MEDIA_BUCKET},
    }
if PRIVATE_MEDIA_BUCKET:
    STORAGES["private"] = {
        "BACKEND": "uploads.bucket.PrivateBucket",
        "OPTIONS": {"bucket_name": PRIVATE_MEDIA_BUCKET},
    }

# One number for the form, for the body of a request and for nginx (deploy/nginx.conf). Django has
# no limit of its own: FILE_UPLOAD_MAX_MEMORY_SIZE only says from which size on a file goes to disk.
MAX_UPLOAD_MB = {{ cookiecutter.max_upload_mb }}

# The most megabytes of all files of one owner, renditions included; None: no limit.
UPLOAD_QUOTA_MB = None

# What file fields take, unless their `types` say otherwise: extension and the most megabytes. Each
# is a line in uploads/formats/types.py, too.
UPLOAD_FILE_TYPES = dict.fromkeys(
    [
        *["pdf", "txt", "csv", "docx", "xlsx", "pptx", "odt", "ods", "zip"],
        *["mp3", "m4a", "wav", "ogg"],
        *["mp4", "m4v", "webm", "mov"],
        *["jpg", "jpeg", "png", "webp", "avif", "gif", "heic"],
    ],
    MAX_UPLOAD_MB,
)

# What image fields take, in pixels: a small file can be a picture of gigabytes. Formats other than
# JPEG, which need more memory or time, take fewer: uploads/formats/decoding.py.
IMAGE_MAX_PIXELS = 60_000_000
IMAGE_MAX_ANIMATION_PIXELS = 16_000_000  # of all frames together
IMAGE_MAX_FRAMES = 300
# The longer side of what is stored. Changing it touches no picture that is stored already.
IMAGE_MAX_SIDE = 4096
# What pictures may take at once in each process of the server, in megabytes; others wait for their
# turn. A picture that takes more has its turn alone.
IMAGE_MEMORY_MB = 250
# Widths of the renditions. After changing it: `manage.py rebuild_renditions`.
IMAGE_WIDTHS = [400, 800, 1600]

# Of videos: pixels of the longer side, and pictures a second. Nothing is encoded again, so what is
# above them is refused. Where PyAV is installed (the extra `video`), they are checked and rewritten.
VIDEO_MAX_SIDE = 4096
VIDEO_MAX_FRAMES_A_SECOND = 240

FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "uploads.handlers.TemporaryFileHandler",
]
# Big files are received in .tmp below PRIVATE_MEDIA_ROOT, so that none is copied from another disk;
# with a bucket, in the system's folder. Django's FILE_UPLOAD_TEMP_DIR says otherwise.
# None would leave files above 2.5 MB readable by this process only, and nginx answers 403. Private
# ones have 0o640, in folders of 0o750: only the group of this process reads them, and nginx is in it.
FILE_UPLOAD_PERMISSIONS = 0o644

# The rest is Django's

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "uploads.apps.UploadsConfig",
    "accounts.apps.AccountsConfig",
    "library.apps.LibraryConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.csp.ContentSecurityPolicyMiddleware",
    "config.middleware.NulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.PrivatePagesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "uploads.kept.KeptFilesMiddleware",
    "uploads.handlers.UploadMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context_processors.site",
            ],
        },
    },
]

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}
try:
    database = dj_database_url.parse(DATABASE_URL) if DATABASE_URL else SQLITE
except ValueError as error:
    raise SystemExit(f"DATABASE_URL: {error}. Say postgres://user:password@host/name.") from error
DATABASES = {"default": database}
options = database.setdefault("OPTIONS", {})
if database["ENGINE"] == SQLITE["ENGINE"]:
    # Readers and a writer don't wait for each other, and two writers take turns: each waits up to
    # `timeout` seconds for the one before.
    options |= {"init_command": "PRAGMA journal_mode=WAL", "transaction_mode": "IMMEDIATE"}
    options.setdefault("timeout", 20)
elif database["ENGINE"] == "django.db.backends.postgresql":
    # Each of gunicorn's threads keeps its connection, and tries it before it is used: a database
    # that was started again has cut it off. (With Django's "pool" the site stays away for longer.)
    database |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    options.setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "overview"

if not DEBUG:  # by itself, Django sends the errors of production to ADMINS by mail only
    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
    }

# Of pages, forms, refusals, dates and numbers: "de" is translated, and all of Django's own words
# in its languages. Others need a catalogue beside that of German: see README.md.
LANGUAGE_CODE = "en-us"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]

# What pages may load: no script or style that stands in a page itself, and nothing from elsewhere but
# files in a bucket or at a CDN.
IN_BUCKET = MEDIA_BUCKET or PRIVATE_MEDIA_BUCKET
SECURE_CSP = csp.policy(MEDIA_URL, BUCKET_ENDPOINT if IN_BUCKET else None)
CSRF_FAILURE_VIEW = "uploads.answers.csrf_failure"

# HTTPS, unless in development or where all origins say that it is a trial without.
plain = [origin.startswith("http://") for origin in CSRF_TRUSTED_ORIGINS]
HTTPS = not DEBUG and not (plain and all(plain))
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # asked from inside, without TLS
# The proxy has to set this header on every request, as deploy/nginx.conf does.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# An hour to begin with. When all works over HTTPS: a year, 31536000.
SECURE_HSTS_SECONDS = 3600 if HTTPS else 0
# Both bind hosts that are not this site's: for the year that browsers keep to it, intranet.example.com
# without HTTPS is lost to whoever has seen example.com. Only who knows them all can say so.
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # they want both
