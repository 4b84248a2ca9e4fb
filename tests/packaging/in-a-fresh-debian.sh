#!/bin/sh
# Run by test_packaging.py as root of a fresh Debian that has apache2 and postgresql and nothing else:
# the package from its installation to its purge. Everything it says goes to stderr.
exec >&2
set -eux
cd /root
# shellcheck source=/dev/null
. ./settings # the ports that are free
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

all_there_is() {
    find /etc /usr /var/lib/apache2 /var/cache/apache2 -xdev ! -name '*_by_admin' ! -name positions \
        ! -path '/etc/apache2/mods-enabled/dbd.load' ! -path '/var/lib/apache2/*enabled_by*dbd*' |
        sort # mod_dbd is httpd's own, and stays enabled; what Debian remembers is of the administrator
}
finish() {
    apache2ctl stop || true
    pg_ctlcluster 15 main stop || true
}
trap finish EXIT

all_there_is > before
apt-get install -y --no-install-recommends ./*.deb
apache2ctl configtest

# The database, by docs/deployment.md.
pg_conftool 15 main set port "$PGPORT"
pg_ctlcluster 15 main start
as_postgres() { su postgres -s /bin/sh -c "cd / && PGPORT=$PGPORT $*"; }
as_postgres createdb graphprofile
for file in /usr/share/graphprofile/sql/0*.sql; do as_postgres psql -q -d graphprofile -f "$file"; done
as_postgres "psql -q -d graphprofile -c \"ALTER ROLE graphprofile PASSWORD 'secret'\""
mkdir /etc/graphprofile
printf '*:*:graphprofile:graphprofile:%s\n' secret > /etc/graphprofile/pgpass
chown www-data /etc/graphprofile/pgpass
chmod 600 /etc/graphprofile/pgpass

# The sample, and one of the ways to find out who calls.
htpasswd -b -c /etc/graphprofile/users alice wonderland
samples=/usr/share/doc/libapache2-mod-graphprofile/conf
sed -e '/^LoadModule/d' -e "s/host=localhost/host=localhost port=$PGPORT/" \
    "$samples/graphprofile.conf" "$samples/basic.conf" > /etc/apache2/conf-available/positions.conf
echo "Listen 127.0.0.1:$PORT" > /etc/apache2/ports.conf
a2dissite 000-default
a2enmod graphprofile
a2enconf positions
apache2ctl configtest
apache2ctl start

url=http://127.0.0.1:$PORT/beta/me/profile/positions
call() { curl -sS -o answer -w '%{http_code}\n' --retry-connrefused --retry 20 --retry-delay 1 "$@"; }
[ "$(call "$url")" = 401 ]
[ "$(call -u alice:wonderland -H 'Content-Type: application/json' --data '{"isCurrent": true}' "$url")" = 201 ]
[ "$(call -u alice:wonderland "$url")" = 200 ]
grep '"isCurrent":true' answer
as_postgres "psql -At -d graphprofile -c 'SELECT owner_id FROM graphprofile.position'" | grep -x alice

# And away with it.
apache2ctl stop
a2disconf positions
a2dismod graphprofile
apache2ctl configtest
apt-get purge -y libapache2-mod-graphprofile
a2ensite 000-default
rm -r /etc/graphprofile /etc/apache2/conf-available/positions.conf
all_there_is > after
diff before after
echo ALL IS WELL
