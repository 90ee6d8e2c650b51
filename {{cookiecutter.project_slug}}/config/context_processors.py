from django.conf import settings


def site(request):
    """The site's name, for the title of every page."""
    return {"site_name": settings.SITE_NAME}
