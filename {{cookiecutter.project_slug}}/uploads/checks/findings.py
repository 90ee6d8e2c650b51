"""All that the checks can find."""

from django.core import checks

# id: what is wrong, what to type. E stops the site from starting, W doesn't.
FINDINGS = {
    "E001": (
        "{place.url_name} is '/' or empty: every address of the site would be an upload.",
        'Type {place.url_name} = "{place.url_example}".',
    ),
    "E002": (
        "{place.url_name} is {place.url!r}, without a slash at its end.",
        'Type {place.url_name} = "{place.url}/".',
    ),
    "E003": (
        "{name} {url!r} and {other_name} {other!r} are the same, or one lies in the other.",
        'Type STATIC_URL = "/static/", MEDIA_URL = "/media/" and PRIVATE_MEDIA_URL = "/private/".',
    ),
    "E004": (
        "{place.url_name} is {place.url!r}, and covers {count} of the site's routes: {pages}.",
        'Type {place.url_name} = "{place.url_example}", or another that no page begins with.',
    ),
    "E005": (
        "{place.root_name} is {place.root!r}, not an absolute path: it follows whatever folder the "
        "server is started in.",
        'Type {place.root_name} = BASE_DIR / "{place.root_example}".',
    ),
    "E006": (
        "{place.root_name} is {place.root!r}, and code is in it, {path}: people could download it.",
        'Type {place.root_name} = BASE_DIR / "{place.root_example}", for uploads alone.',
    ),
    "E007": (
        "{place.root_name} is {place.root!r}, inside {path}, where code is imported from.",
        'Type {place.root_name} = BASE_DIR / "{place.root_example}", outside all packages.',
    ),
    "E008": (
        "{place.root_name} {place.root!r} and {path}, of STATIC_ROOT or STATICFILES_DIRS, "
        "are the same, or one lies in the other.",
        'Type {place.root_name} = BASE_DIR / "{place.root_example}": uploads are no static files.',
    ),
    "E009": (
        "PRIVATE_MEDIA_ROOT {private!r} and MEDIA_ROOT {public!r} are the same, or one lies in "
        "the other: private files would be public.",
        'Type PRIVATE_MEDIA_ROOT = BASE_DIR / "media_private", beside MEDIA_ROOT.',
    ),
    "E010": (
        "{name} is {value!r}, and Django ignores it since 5.1.",
        'Remove it, and type STORAGES["{key}"] = {{"BACKEND": "{value}"}}.',
    ),
    "E011": (
        "MEDIA_BUCKET and PRIVATE_MEDIA_BUCKET are both {bucket!r}: whoever may read the public "
        "files may read the private ones.",
        "Make a second bucket that nobody may read, and name it in PRIVATE_MEDIA_BUCKET.",
    ),
    "E012": (
        "{field} has keep=True and upload_to={field.upload_to!r}: without a folder of their own, "
        "its files can't be told from others when no row names them any more.",
        'Type upload_to="{field.model._meta.model_name}_{field.name}" there.',
    ),
    "E013": (
        "{field} has types={field.types!r}, which is no list of types that it can recognise and "
        "that the settings allow.",
        "Type types=[...] with some of these: {known}.",
    ),
    "E014": (
        "{field} has max_mb={field.max_mb!r}, which is no number of megabytes above 0 and up to "
        "MAX_UPLOAD_MB, {most}.",
        "Type max_mb={most}, or less; for more, first change MAX_UPLOAD_MB.",
    ),
    "E015": (
        "{field} has {rule}={value!r}: sizes are whole numbers of pixels above 0, widths a list.",
        "Type widths=[200, 400], max_side=2000 or min_side=400.",
    ),
    "E016": (
        "{field} has ratios={field.ratios!r}, which is no list of shapes, width before height.",
        'Type ratios=["1/1", "16/9"].',
    ),
    "E017": (
        "{name} is {value!r}, not a whole number above 0.",
        "Type {name} = {example}, without quotes.",
    ),
    "E018": (
        "IMAGE_WIDTHS is {value!r}: it is a list of whole numbers of pixels above 0.",
        "Type IMAGE_WIDTHS = [400, 800, 1600], or [] for no renditions.",
    ),
    "E019": (
        "UPLOAD_FILE_TYPES is {value!r}: it says for each extension how many megabytes are taken.",
        'Type UPLOAD_FILE_TYPES = {{"pdf": MAX_UPLOAD_MB, "txt": 1}}, with those of yours.',
    ),
    "E020": (
        "UPLOAD_FILE_TYPES has {extension!r}: extensions are in lower case, without a dot.",
        "Type {right!r} in its place.",
    ),
    "E021": (
        "UPLOAD_FILE_TYPES has {extension!r}, and nobody knows how such a file begins: every one "
        "would be refused.",
        'Add a line to FILES in uploads/formats/types.py: "{extension}": FileType("application/'
        '...", starts(b"...")).',
    ),
    "E022": (
        "UPLOAD_FILE_TYPES takes {value!r} MB of {extension!r}: it is a number above 0 and up to "
        "MAX_UPLOAD_MB, {most}, above which every request is refused.",
        'Type "{extension}": {most}, or less; for more, change MAX_UPLOAD_MB.',
    ),
    "E023": (
        "{field} has max_length={field.max_length}, but names of its files have up to {needed} "
        "characters: what is longer is cut off, or refused by the database.",
        "Type max_length={needed} or more there, or nothing: 255 is the default.",
    ),
    "E024": (
        "{field} has private={field.private!r} and a storage: its storage says who may read it.",
        "Remove one of them.",
    ),
    "E025": (
        "{field} has {value!r} among its validators, which can't be called.",
        "Type validators=[function], with its name alone.",
    ),
    "E026": (
        "{field} has max_seconds={value!r}: it is how long a video or sound may be, a number above "
        "0.",
        "Type max_seconds=60 there, say, or remove it.",
    ),
    "W001": (
        "MEDIA_URL is {place.url!r}, but the files are on the disk of this machine.",
        'Type MEDIA_URL = "/media/", or set MEDIA_BUCKET. Where a CDN fetches its files from this '
        'site, type SILENCED_SYSTEM_CHECKS = ["uploads.W001"].',
    ),
    "W002": (
        "{place.url_name} is {place.url!r}, but no route answers below it: each file is a 404.",
        "Type {place.route} first in urlpatterns, not in i18n_patterns().",
    ),
    "W003": (
        "{place.url_name} is {place.url!r}, but below it answers the route {route!r}.",
        "Type {place.route} first in urlpatterns.",
    ),
    "W004": (
        "{place.root_name} is {place.root!r}, and nothing can be written there: {problem}.",
        "Give it to the user that runs the site, on Linux: install -d -o USER {place.root}",
    ),
    "W005": (
        "MEDIA_URL is {place.url!r}, and nobody sends its files: Django only does with DEBUG, and "
        "{conf} has no location for it.",
        "Type location {path} {{ alias {place.root}/; }} into nginx.conf, or set MEDIA_BUCKET. "
        'For another server, type SILENCED_SYSTEM_CHECKS = ["uploads.W005"].',
    ),
    "W006": (
        "MAX_UPLOAD_MB is {limit}, but client_max_body_size in {conf} is {size}.",
        "Type client_max_body_size {limit}m; at the head of the server.",
    ),
    "W007": (
        "MEDIA_BUCKET or PRIVATE_MEDIA_BUCKET is set, but AWS_DEFAULT_REGION is not: all is "
        "signed for us-east-1, and refused elsewhere.",
        "Set AWS_DEFAULT_REGION, such as eu-central-1; where the store is not Amazon's, what it "
        "says, often auto or us-east-1.",
    ),
    "W008": (
        "{place.bucket_name} is set, but {other.bucket_name} is not: those files are on the disk "
        "of this machine, in {other.root}.",
        "Set {other.bucket_name}, too. Where that disk is kept and backed up, type "
        'SILENCED_SYSTEM_CHECKS = ["uploads.W008"].',
    ),
    "W009": (
        "MEDIA_BUCKET or PRIVATE_MEDIA_BUCKET is set with DEBUG: what is uploaded in development "
        "goes where the site's own files are.",
        "Unset them in .env, or name buckets of your own and type "
        'SILENCED_SYSTEM_CHECKS = ["uploads.W009"].',
    ),
    "W010": (
        "SECURE_PROXY_SSL_HEADER trusts {header}, but {conf} does not set it: a visitor could send "
        "it, and pass as one who uses HTTPS.",
        "Type proxy_set_header {header} $scheme; into its server. Where another server stands "
        'before the site and sets it, type SILENCED_SYSTEM_CHECKS = ["uploads.W010"].',
    ),
    "W011": (
        "{conf} has no content type for {extensions}: nginx makes browsers save such files, where "
        "development shows them.",
        "Type {content_type} {extensions}; into its types.",
    ),
    "W015": (
        "MIDDLEWARE has no UploadMiddleware: an upload that is too large or refused is an error "
        "500, or is read to its end.",
        'Type "uploads.handlers.UploadMiddleware", last in MIDDLEWARE.',
    ),
    "W016": (
        "MIDDLEWARE has UploadMiddleware before {later}, which it needs.",
        'Type "uploads.handlers.UploadMiddleware", last in MIDDLEWARE.',
    ),
    "W017": (
        "FILE_UPLOAD_HANDLERS has {django}: a file with a very long extension is an error 500.",
        'Type "uploads.handlers.TemporaryFileHandler", in its place.',
    ),
    "W018": (
        "{place.url_name} is {place.url!r}, and Django's own static() answers below it: what is "
        "dangerous is shown, and a video can't be wound forward.",
        "Type {place.route} in its place.",
    ),
    "I002": (
        "PyAV is not installed: videos and sound are stored as they were sent, with the position "
        "where they were taken, unchecked, and without a picture.",
        "Type uv sync --extra video, or pip install '.[video]'. To have it so, "
        'SILENCED_SYSTEM_CHECKS = ["uploads.I002"].',
    ),
    "I003": (
        "pypdfium2 is not installed: lists show the type of a PDF rather than its first page.",
        "Type uv sync --extra pdf, or pip install '.[pdf]'. To have it so, "
        'SILENCED_SYSTEM_CHECKS = ["uploads.I003"].',
    ),
    "I001": (
        "{name} is not in the settings, and is taken to be {value!r}.",
        "Type {name} = {value!r}, or what you would have; or, if that is right, "
        'SILENCED_SYSTEM_CHECKS = ["uploads.I001"].',
    ),
}
LEVELS = {"E": checks.Error, "W": checks.Warning, "I": checks.Info}


def finding(number, obj=None, **values):
    level = LEVELS[number[0]]
    message, hint = (text.format(**values) for text in FINDINGS[number])
    return level(message, hint=hint, obj=obj, id=f"uploads.{number}")
