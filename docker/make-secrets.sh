#!/bin/sh
# Make the secrets of docker-compose.yml, each once: what is there is kept.
set -eu
umask 077
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"

random() {
    openssl rand -hex 32
}

keep() {
    [ -s "$folder/$1" ] || printf '%s' "$2" >"$folder/$1"
    # The processes in the containers are not this user.
    chmod 0444 "$folder/$1"
}

keep secret_key "$(random)"
keep postgres_password "$(random)"
keep redis_password "$(random)"
keep keycloak_password "$(random)"
keep database_url "postgresql://yaptide:$(cat "$folder/postgres_password")@postgres:5432/yaptide"
keep queue_url "redis://:$(cat "$folder/redis_password")@redis:6379/0"
# Theirs who use an S3 store: to be filled in by hand.
keep s3_secret_key ""
keep s3_encryption_password ""
keep s3_encryption_salt ""
