# syntax=docker/dockerfile:1
# Three stages: the first two install and build exactly as scripts/run does (hashed locks), the third holds only
# what runs. What of this has been run, and what has not: docs/deploy.md.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS environment
# another package index, where the machine needs one: docker build --build-arg PIP_INDEX_URL=…
ARG PIP_INDEX_URL
WORKDIR /srv/zhucun
COPY pyproject.toml requirements.txt README.md LICENSE ./
COPY scripts/lib.sh scripts/
# an empty package is enough to install it in place, so that changed code does not install everything anew
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN mkdir app && touch app/__init__.py && . scripts/lib.sh && venv requirements.txt

# the phone app, with Node from a wheel, as scripts/run builds it; none of it but the result goes on
FROM environment AS pages
COPY requirements-web.txt ./
RUN . scripts/lib.sh && venv requirements-web.txt
COPY scripts/pwa scripts/
COPY pwa pwa
RUN ./scripts/pwa build

FROM ${PYTHON}
WORKDIR /srv/zhucun
COPY --from=environment /srv/zhucun/.venv .venv
COPY pyproject.toml alembic.ini LICENSE ./
COPY migrations migrations
COPY app app
COPY --from=pages /srv/zhucun/pwa/dist pwa/dist
# compiled now, because nothing can be written here later; the time zone is asked now, because counting needs it
RUN .venv/bin/python -m compileall -q app migrations \
 && .venv/bin/python -c "import zoneinfo; zoneinfo.ZoneInfo('Asia/Shanghai')" \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin zhucun \
 && install -d -o zhucun -g zhucun -m 0700 /var/lib/zhucun
ENV PATH=/srv/zhucun/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ZHUCUN_ENVIRONMENT=production \
    ZHUCUN_DATA=/var/lib/zhucun \
    ZHUCUN_HOST=0.0.0.0
USER 10001:10001
VOLUME /var/lib/zhucun
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["zhucun", "serve"]
