"""Generated projects on real servers: nginx, gunicorn, PostgreSQL and two S3 servers."""
