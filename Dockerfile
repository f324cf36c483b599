# Build:  docker build --tag needlewise .
# Run:    docker run --rm --publish 127.0.0.1:8080:8080 --volume needlewise:/var/lib/needlewise --env NEEDLEWISE_ALLOW_UNAUTHENTICATED=true needlewise
#
# Inside a container the service listens on all addresses. Without authentication it does that only when told
# that something else guards the door: here, that the port is published to this machine alone.

ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source

# Two environments: one that builds and stays behind, one that goes into the image and has no pip.
RUN python -m venv /build && python -m venv --without-pip /opt/needlewise

# The pinned packages first: they change less often than the service, and the layer is kept.
COPY requirements/run.txt requirements/build.txt requirements/
RUN /build/bin/pip install --require-hashes --only-binary :all: --requirement requirements/build.txt \
 && /build/bin/pip --python /opt/needlewise/bin/python \
        install --require-hashes --only-binary :all: --requirement requirements/run.txt

COPY pyproject.toml README.md LICENSE NOTICE ./
COPY service service
COPY mappings mappings
COPY examples examples
RUN /build/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /build/bin/pip --python /opt/needlewise/bin/python install --no-index --no-deps /wheel/*.whl \
 && /opt/needlewise/bin/needlewise mappings check

FROM python:${PYTHON_VERSION}-slim
LABEL org.opencontainers.image.title="Needlewise" \
      org.opencontainers.image.description="Dry-needling safety at the point of order" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin needlewise \
 && install --directory --owner=10001 --mode=0700 /var/lib/needlewise
COPY --from=build /opt/needlewise /opt/needlewise
USER 10001
WORKDIR /tmp

ENV PATH="/opt/needlewise/bin:${PATH}" \
    PYTHONUNBUFFERED=1 \
    NEEDLEWISE_HOST=0.0.0.0 \
    NEEDLEWISE_PORT=8080 \
    NEEDLEWISE_DATABASE_URL=sqlite:////var/lib/needlewise/needlewise.db
# Results outlive the container. With PostgreSQL nothing is written here.
VOLUME ["/var/lib/needlewise"]
EXPOSE 8080
STOPSIGNAL SIGTERM

# Alive is enough here: what is not ready says so on /health/ready, and a restart would not mend it.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['NEEDLEWISE_PORT']), timeout=4); c.request('GET', '/health/live'); sys.exit(c.getresponse().status != 200)"]

CMD ["needlewise", "serve"]
