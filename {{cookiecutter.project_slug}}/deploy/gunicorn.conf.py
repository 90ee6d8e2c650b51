"""gunicorn -c deploy/gunicorn.conf.py config.wsgi, behind nginx. WEB_CONCURRENCY: the workers."""

import os
from pathlib import Path

# Where nginx.conf looks for it: beside the folder of the code, in a folder of its own.
bind = f"unix:{Path(__file__).resolve().parents[2] / 'run' / 'gunicorn.sock'}"
worker_class = "gthread"
# Each takes about 70 MB, and while it works on pictures at most 50 and IMAGE_MEMORY_MB more.
workers = int(os.environ.get("WEB_CONCURRENCY", min(os.cpu_count() or 1, 4)))
# At most nine have to do with pictures, and most of these wait (uploads/formats/admission.py); the
# others answer pages meanwhile. On PostgreSQL, each keeps a connection.
threads = 12
timeout = 60  # seconds, as proxy_read_timeout in nginx.conf
control_socket_disable = True  # it would need a home folder
