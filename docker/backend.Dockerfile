# One image for the API, both kinds of workers and the command line.

FROM python:3.12-slim-bookworm AS build
WORKDIR /source
COPY pyproject.toml README.md ./
COPY src src
COPY migrations migrations
RUN python -m venv /opt/yaptide && /opt/yaptide/bin/pip install --no-cache-dir .

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
USER yaptide
WORKDIR /data
VOLUME ["/data", "/simulators"]
EXPOSE 5000
CMD ["gunicorn", "--config", "python:entrypoints.gunicorn_config", "--bind", "0.0.0.0:5000"]
