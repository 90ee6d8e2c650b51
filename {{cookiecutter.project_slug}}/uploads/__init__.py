"""Uploads, without models: lifted into another project, this folder works there too.

In the order of a file's life:

    handlers.py             a body is received, or refused by its length
    forms.py, widgets.py    what a visitor chose, and the sentence that refuses it
    fields.py               the fields of a model, and the rules of each
    files.py                which types are taken, and how one is recognised
    images.py, decoding.py  what becomes of a picture, and what it may cost
    names.py                what a file is called: all that a page needs to know
    storage.py, bucket.py   where it lies
    fieldfiles.py           what a row has of it: address, kind, size, renditions
    templatetags/           how a page shows it
    serve.py                how it is sent, and to whom
    tracking.py             which rows come to name it, and cease to
    references.py           which rows name it now
    cleanup.py              when it is deleted
    checks.py               mistakes in settings and fields
    samples.py              what `manage.py demo` draws
"""
