#!/bin/sh
# Start nginx with our configuration. Without a mounted certificate one for development is made.
set -eu

: "${API:=web:5000}"
: "${HTTP_PORT:=8080}"
: "${HTTPS_PORT:=8443}"
: "${UPLOAD_MIB:=208}"
: "${RESOLVER:=127.0.0.11}"
: "${STATE_DIR:=/tmp/nginx}"
: "${CERTIFICATE:=/certificates/tls.crt}"
: "${CERTIFICATE_KEY:=/certificates/tls.key}"

mkdir -p "$STATE_DIR"

if [ ! -s "$CERTIFICATE" ]; then
    CERTIFICATE=$STATE_DIR/development.crt
    CERTIFICATE_KEY=$STATE_DIR/development.key
    if [ ! -s "$CERTIFICATE" ]; then
        echo "No certificate is mounted: making one for development." >&2
        (umask 077 && openssl req -x509 -nodes -days 365 -newkey ec \
            -pkeyopt ec_paramgen_curve:prime256v1 -subj "/CN=localhost" \
            -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
            -keyout "$CERTIFICATE_KEY" -out "$CERTIFICATE") 2>"$STATE_DIR/openssl.log" ||
            { cat "$STATE_DIR/openssl.log" >&2; exit 1; }
    fi
fi

replace=""
for name in API HTTP_PORT HTTPS_PORT UPLOAD_MIB RESOLVER STATE_DIR CERTIFICATE CERTIFICATE_KEY; do
    eval "value=\$$name"
    replace="$replace;s|\${$name}|$value|g"
done
sed "${replace#;}" "$(dirname "$0")/nginx.conf.template" >"$STATE_DIR/nginx.conf"

# The folders are this user's: where root starts this, the workers must not be somebody else.
directives="daemon off;"
[ "$(id -u)" != 0 ] || directives="$directives user root root;"

exec nginx -e stderr -c "$STATE_DIR/nginx.conf" -g "$directives"
