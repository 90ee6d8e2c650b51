"""Media in an S3-compatible bucket: AWS S3, R2, MinIO, Spaces, Garage and the like.

Imported, and boto3 with it, only where MEDIA_BUCKET or PRIVATE_MEDIA_BUCKET is set. Keys, region
and endpoint are read by boto3 itself, from AWS_ACCESS_KEY_ID and the like.
"""

import datetime
import hashlib
import hmac
import shutil
import tempfile
import threading
from urllib.parse import quote, urlencode, urlsplit

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from django.conf import settings
from django.core.files import File
from django.utils.encoding import filepath_to_uri
from django.utils.functional import cached_property
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from . import files, names
from .storage import Entry

CONFIG = Config(
    signature_version="s3v4",
    # Other makers' servers refuse the checksums that boto3 sends by itself.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    # A visitor waits: boto3's own patience is three minutes.
    connect_timeout=3,
    read_timeout=6,
    retries={"mode": "standard", "total_max_attempts": 2},
)
# One request for a file, and none of the threads that make a worker's memory grow.
TRANSFER = TransferConfig(use_threads=False, multipart_threshold=5 * 1024**3)
SIGNED_FOR = 3600  # seconds
IN_MEMORY = 5 * 1024**2  # bytes of a file that is read; a larger one goes to a temporary file

_lock = threading.Lock()
_session = boto3.Session()
_connection = None


class Bucket(S3Storage):
    """What both buckets share: django-storages, with other defaults and a connection for all.

    Its own connection is one per thread and storage: 11 MB and 0.2 s each.
    """

    cache_control = ""

    def __init__(self, **options):
        # No ACL: buckets made since 2023 refuse them. Access is the bucket policy's.
        super().__init__(default_acl=None, transfer_config=TRANSFER, **options)
        self._signing = None

    @property
    def connection(self):
        global _connection
        with _lock:
            if _connection is None:
                _connection = _session.resource("s3", config=CONFIG)
        return _connection

    @property
    def region(self):
        """As the environment says, or None: boto3 then signs for us-east-1, wherever it is."""
        return _session.region_name

    def get_available_name(self, name, max_length=None):
        """Names made here are unique; any other becomes so. No request, and no race."""
        if names.STORED.fullmatch(name):
            return name
        folder, _, file = name.replace("\\", "/").rpartition("/")
        stem, dot, extension = file.rpartition(".")
        unique = self.get_alternative_name(stem if dot else file, dot and f".{extension}")
        return f"{folder}/{unique}" if folder else unique

    def key(self, name):
        """What the bucket calls a file: its name below `location`."""
        return self._normalize_name(clean_name(name))

    def put(self, name, content):
        """Store under exactly this name, in place of what is there; `content` gives bytes."""
        self.connection.meta.client.put_object(
            Bucket=self.bucket_name,
            Key=self.key(name),
            Body=content,
            **self.get_object_parameters(name),
        )

    def _open(self, name, mode="rb"):
        """To read, one request that fetches all of it, where django-storages makes three."""
        if mode != "rb":
            return super()._open(name, mode)
        client = self.connection.meta.client
        try:
            body = client.get_object(Bucket=self.bucket_name, Key=self.key(name))["Body"]
        except client.exceptions.NoSuchKey as error:
            raise FileNotFoundError(f"{name} is not in the bucket {self.bucket_name}") from error
        file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the caller closes it
        with body:
            shutil.copyfileobj(body, file)
        file.seek(0)
        return File(file, name)

    def get_object_parameters(self, name):
        """Kept with the object, so that the bucket itself sends nothing that a browser runs."""
        extension = names.extension(name)
        inline = files.kind(extension) != "other"
        return {
            "ContentType": files.content_type(extension),
            "ContentDisposition": "inline" if inline else "attachment",
            "CacheControl": self.cache_control,
        }

    def walk(self):
        """An Entry for every object below `location`."""
        pages = self.connection.meta.client.get_paginator("list_objects_v2")
        folder = f"{self.location.strip('/')}/".lstrip("/")
        for page in pages.paginate(Bucket=self.bucket_name, Prefix=folder):
            for entry in page.get("Contents", ()):
                name = entry["Key"].removeprefix(folder)
                yield Entry(name, entry["Size"], entry["LastModified"])

    def signed_url(self, name, disposition=None, method="GET"):
        """An address that works for an hour, whoever has it, with this method alone.

        boto3 takes 0.3 ms for one and a page may need hundreds, so it is signed here: AWS Signature
        Version 4 in the query, as its documentation describes it.
        """
        time = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        query, scope, key = self._signing_for(time)
        if disposition:  # behind the others, as the alphabet has it
            query += f"&response-content-disposition={quote(disposition, safe='~')}"
        address, _ = self._place
        path = address.path + quote(self.key(name), safe="/~")
        request = f"{method}\n{path}\n{query}\nhost:{address.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}"
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        return f"{address.scheme}://{address.netloc}{path}?{query}&X-Amz-Signature={signature}"

    def _signing_for(self, time):
        """(query, scope, key), the same for all that is signed in one second: worked out once."""
        credentials = _session.get_credentials().get_frozen_credentials()
        if self._signing is None or self._signing[0] != (time, credentials):
            day, (_, region) = time[:8], self._place
            scope = f"{day}/{region}/s3/aws4_request"
            query = {
                "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
                "X-Amz-Credential": f"{credentials.access_key}/{scope}",
                "X-Amz-Date": time,
                "X-Amz-Expires": str(SIGNED_FOR),
                "X-Amz-SignedHeaders": "host",
            }
            if credentials.token:
                query["X-Amz-Security-Token"] = credentials.token
            query = urlencode(sorted(query.items()), quote_via=quote, safe="~")
            key = f"AWS4{credentials.secret_key}".encode()
            for part in (day, region, "s3", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._signing = (time, credentials), (query, scope, key)
        return self._signing[1]

    @cached_property
    def _place(self):
        """(address of the bucket, region), as boto3 has them."""
        client = self.connection.meta.client
        example = client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket_name, "Key": "x"}
        )
        return urlsplit(example.partition("?")[0].removesuffix("x")), client.meta.region_name


class PublicBucket(Bucket):
    """Pictures for everybody, below MEDIA_URL: an address of the bucket, a CDN or this site."""

    cache_control = "public, max-age=31536000, immutable"

    def url(self, name, **kwargs):
        return settings.MEDIA_URL + filepath_to_uri(name)


class PrivateBucket(Bucket):
    """Files that their view hands over with a signed address."""

    cache_control = "private, no-cache"

    def url(self, name, **kwargs):
        return settings.PRIVATE_MEDIA_URL + filepath_to_uri(name)
