"""Content-Security-Policy: what a page of this site may load, and from where."""

from urllib.parse import urlsplit

from django.conf import settings

try:
    from django.middleware.csp import ContentSecurityPolicyMiddleware
except ImportError:  # Django 5.2 has none

    class ContentSecurityPolicyMiddleware:
        """SECURE_CSP with every answer that has no policy of its own."""

        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            response = self.get_response(request)
            # Django's own pages about an error, for programmers, have their style in them.
            if not (settings.DEBUG and response.status_code >= 400):
                rules = (f"{name} {' '.join(of)}" for name, of in settings.SECURE_CSP.items())
                response.headers.setdefault("Content-Security-Policy", "; ".join(rules))
            return response


def policy(media_url, bucket_endpoint=None):
    """SECURE_CSP: all from here, and files from where they are.

    `media_url` may be the address of a bucket or a CDN; `bucket_endpoint` is where visitors are
    sent for files in buckets, None without one.
    """
    places = {origin(media_url), *(bucket_origins(bucket_endpoint) if bucket_endpoint else ())}
    files = ["'self'", "blob:", *sorted(places - {""})]  # blob: is a preview before the upload
    return {
        "default-src": ["'self'"],
        "img-src": files,
        "media-src": files,
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }


def origin(address):
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def bucket_origins(endpoint):
    """A bucket is a folder of its endpoint, or a host below it."""
    parts = urlsplit(endpoint)
    return [f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://*.{parts.netloc}"]
