"""Tests in a real browser, against gunicorn and nginx: what visitors see and do."""
