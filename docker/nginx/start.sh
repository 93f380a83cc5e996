#!/bin/sh
# Start nginx with our configuration. Without a mounted certificate one for development is made.
set -eu

: "${API:=web:5000}"
: "${HTTP_PORT:=8080}"
: "${HTTPS_PORT:=8443}"
# The port under which clients reach HTTPS_PORT, where that is another one.
: "${PUBLIC_HTTPS_PORT:=$HTTPS_PORT}"
: "${UPLOAD_MIB:=208}"
: "${RESOLVER:=127.0.0.11}"
: "${STATE_DIR:=/tmp/nginx}"
: "${CERTIFICATE:=/certificates/tls.crt}"
: "${CERTIFICATE_KEY:=/certificates/tls.key}"

PUBLIC_PORT=":$PUBLIC_HTTPS_PORT"
[ "$PUBLIC_HTTPS_PORT" != 443 ] || PUBLIC_PORT=""

# Whoever owns this folder decides what nginx does.
if [ -L "$STATE_DIR" ] || { [ -e "$STATE_DIR" ] && [ ! -O "$STATE_DIR" ]; }; then
    echo "STATE_DIR: $STATE_DIR is not a folder of this user: name another one" >&2
    exit 1
fi
mkdir -p "$STATE_DIR"
chmod 0700 "$STATE_DIR"

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
for name in API HTTP_PORT HTTPS_PORT PUBLIC_PORT UPLOAD_MIB RESOLVER STATE_DIR CERTIFICATE \
    CERTIFICATE_KEY; do
    eval "value=\$$name"
    replace="$replace;s|\${$name}|$value|g"
done
sed "${replace#;}" "$(dirname "$0")/nginx.conf.template" >"$STATE_DIR/nginx.conf"

directives="daemon off;"
if [ "$(id -u)" = 0 ]; then
    # Whoever talks to clients is not root. nginx gives its folders to this user; the one above
    # them only has to let it through.
    user=nobody
    ! id nginx >/dev/null 2>&1 || user=nginx
    directives="$directives user $user $(id -gn $user);"
    chmod 0711 "$STATE_DIR"
fi

exec nginx -e stderr -c "$STATE_DIR/nginx.conf" -g "$directives"
