# One image for the API, both kinds of workers and the command line.

FROM python:3.12-slim-bookworm AS build
WORKDIR /source
COPY requirements requirements
# What is pinned, by its hashes: what runs into the image, what builds into an environment of its own.
RUN python -m venv /opt/yaptide \
    && /opt/yaptide/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/backend.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/build.txt
COPY pyproject.toml README.md ./
COPY src src
COPY migrations migrations
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/yaptide/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.12-slim-bookworm
# Engines are Fortran and C++ programs.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgfortran5 libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin yaptide \
    && install -d -o yaptide -g yaptide -m 0700 /data \
    && install -d -o yaptide -g yaptide -m 0755 /simulators
COPY --from=build /opt/yaptide /opt/yaptide
ENV PATH=/opt/yaptide/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    SIMULATORS_DIR=/simulators
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="YAPTIDE backend" org.opencontainers.image.version=$VERSION
# The label says what the package says, or there is no image.
RUN test "$(yaptide --version)" = "yaptide, version $VERSION"
USER yaptide
WORKDIR /data
VOLUME ["/data", "/simulators"]
EXPOSE 5000
CMD ["gunicorn", "--config", "python:entrypoints.gunicorn_config", "--bind", "0.0.0.0:5000"]
