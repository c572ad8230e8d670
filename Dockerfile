# 盯单 as an image: a wheel built in one stage, installed in another; not root, nothing written but /data.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md ./
RUN pip install --no-cache-dir --require-hashes --target /install -r requirements.lock
COPY bot bot
COPY handlers handlers
COPY replies replies
COPY rules rules
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
 && pip install --no-cache-dir --no-deps --no-index --target /install /wheels/*.whl

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home --home-dir /data dingdan
COPY --from=build /install /app
ENV PYTHONPATH=/app PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DINGDAN_HTTP__HOST=0.0.0.0 DINGDAN_HTTP__PORT=8000
WORKDIR /data
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"DINGDAN_HTTP__PORT\"]}/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["serve"]
