# Two images: `platform` runs every process of Kongming, `vllm-audio` is vLLM with what it needs to read sound.
#   docker build --target platform --build-arg REVISION="$(git rev-parse --short=12 HEAD)" -t kongming:0.1.0 .
# Both are pinned by deploy/pin_images.py.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG VLLM_IMAGE=vllm/vllm-openai:v0.32.0

# python-ldap comes as source alone: its compiler stays in this stage.
FROM ${PYTHON_IMAGE} AS ldap
RUN apt-get update && apt-get install -y --no-install-recommends build-essential libldap-dev libsasl2-dev
COPY requirements/ldap.txt ldap.txt
RUN pip wheel --no-cache-dir --no-deps --require-hashes --wheel-dir /wheels -r ldap.txt

FROM ${PYTHON_IMAGE} AS platform
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=config.settings KONGMING_STATE_DIR=/state
WORKDIR /app
COPY requirements/base.txt requirements/scim.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt && pip install --no-cache-dir --no-deps --require-hashes -r requirements/scim.txt
RUN --mount=type=bind,from=ldap,source=/wheels,target=/wheels \
    apt-get update && apt-get install -y --no-install-recommends libldap-2.5-0 libsasl2-2 && rm -rf /var/lib/apt/lists/* \
    && pip install --no-cache-dir --no-index --no-deps /wheels/*.whl && python -c "import ldap"
COPY . .
ARG REVISION=
# Catalogues are made once here: the running processes cannot write into /app.
RUN printf %s "$REVISION" > REVISION \
    && python -c "from stack.translations import compile_catalogues; compile_catalogues()" \
    && useradd --uid 10001 --create-home kongming \
    && install -d -o kongming -g kongming /state
USER 10001
VOLUME /state
EXPOSE 8700
CMD ["python", "-m", "uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8700", "--loop", "uvloop", "--http", "config.http_protocol:BoundedProtocol", "--ws", "none", "--lifespan", "off", "--no-access-log", "--no-proxy-headers", "--timeout-graceful-shutdown", "3"]

FROM ${VLLM_IMAGE} AS vllm-audio
# The published image leaves the audio libraries out because of their licences; see vLLM's documentation on Docker.
RUN uv pip install --system "vllm[audio]==$(python3 -c 'import vllm; print(vllm.__version__)')"
