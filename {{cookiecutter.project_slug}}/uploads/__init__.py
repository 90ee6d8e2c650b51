"""Uploads, without models: lifted into another project, this folder works there too.

In the order of a file's life:

    handlers.py, sizes.py   a body is received, or refused by its length; its temporary file
    forms.py, widgets.py    what a visitor chose, and where the sentence that refuses it is shown
    kept.py                 what was right, while another field of its form is not yet
    admin.py, several.py    the same in Django's admin, and several files at once
    fields.py               the fields of a model, and the rules of each
    formats/                which types are taken, and what becomes of each; limits of a picture,
                            its renditions and their shapes
    names.py                what a file is called: all that a page needs to know
    storage.py, bucket.py   where it lies
    stored.py               what a row has of it: address, kind, size, length, renditions, srcset
    templatetags/           how a page shows it
    serve.py, urls.py       how it is sent, and to whom
    tracking.py             which rows come to name it, and cease to
    references.py           which rows name it now
    cleanup.py              when it is deleted, and its renditions with it
    defaults.py, checks/    settings that are missing, mistakes in settings and fields

It wants "uploads" in INSTALLED_APPS, UploadMiddleware last in MIDDLEWARE, MEDIA_URL, MEDIA_ROOT and
the line of urls.py, and `manage.py check` says what is missing; beside Django, Pillow and
pillow-heif, and PyAV where videos are to be rewritten.
"""
