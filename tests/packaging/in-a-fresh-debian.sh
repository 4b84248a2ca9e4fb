#!/bin/sh
# A step of test_packaging.py, run as root of a fresh Debian (fresh.py) that has apache2 and postgresql: the package
# from its installation to its purge.
set -eux
cd /root

# Names, modes, owners and links; of the configuration contents, too. Not the database, apt's own, logs,
# and Debian's memory of what the administrator enabled beside the module.
all_there_is() {
    find / -regextype egrep \
        -regex '/(dev|proc|root|run|sys|tmp|var/cache|var/log|var/lib/(apt|dpkg|postgresql))' -prune -o \
        -regex '/var/lib/apache2/[a-z]+/(enabled|disabled)_by_[a-z]+(/dbd)?' -o \
        -printf '%p %M %u %g %l\n' | sort
    find /etc -type f ! -name ld.so.cache -exec md5sum {} + | sort -k 2
}
status_of() { curl -sS -o answer -w '%{http_code}' "$@"; }

all_there_is > before
service apache2 status || service apache2 start
[ "$(status_of http://127.0.0.1/)" = 200 ]

# Installed on a running httpd it is loaded, and changes nothing.
apt-get install -y --no-install-recommends ./*.deb
a2query -m graphprofile
apache2ctl -M | grep graphprofile_module
url=http://127.0.0.1/beta/me/profile/positions
[ "$(status_of http://127.0.0.1/)" = 200 ]
[ "$(status_of "$url")" = 404 ]
a2dismod graphprofile
service apache2 restart

# The database and the configuration, as docs/install-debian.md has them (test_book.py runs that page).
service postgresql status || service postgresql start
as_postgres() { su postgres -s /bin/sh -c "cd / && $*"; }
as_postgres createdb graphprofile
as_postgres /usr/share/graphprofile/sql/apply -d graphprofile
as_postgres "psql -q -d graphprofile -c \"ALTER ROLE graphprofile PASSWORD 'secret'\""
install -d -g www-data -m 750 /etc/graphprofile
printf '*:*:graphprofile:graphprofile:%s\n' secret > /etc/graphprofile/pgpass
chown www-data /etc/graphprofile/pgpass
chmod 600 /etc/graphprofile/pgpass
htpasswd -b -c /etc/graphprofile/users alice wonderland
samples=/usr/share/doc/libapache2-mod-graphprofile/conf
cp "$samples/graphprofile.conf" "$samples/basic.conf" /etc/graphprofile/

# Enabled on a running httpd. A graceful restart is enough.
a2enmod graphprofile
apache2ctl configtest
service apache2 reload
for _ in $(seq 100); do [ "$(status_of "$url")" = 404 ] || break; sleep 0.1; done
[ "$(status_of "$url")" = 401 ]
[ "$(status_of -u alice:wonderland -H 'Content-Type: application/json' --data '{"isCurrent": true}' "$url")" = 201 ]
[ "$(status_of -u alice:wonderland "$url")" = 200 ]
grep '"isCurrent":true' answer
as_postgres "psql -At -d graphprofile -c 'SELECT owner_id FROM graphprofile.position'" | grep -x alice

# The program, as its role, by the socket of the machine.
printf '{"owner":"alice","externalId":"1","position":{"isCurrent":false}}\n' > lines
graphprofile check lines
as_postgres "psql -q -d graphprofile -c \"ALTER ROLE graphprofile_import PASSWORD 'secret'\""
PGPASSWORD=secret graphprofile import --dsn "host=127.0.0.1 dbname=graphprofile user=graphprofile_import" lines \
    | grep '1 created'

# And away with it, from a running httpd, configured as it is.
service apache2 restart
apt-get purge -y --autoremove libapache2-mod-graphprofile libaprutil1-dbd-pgsql # apt would keep this one
service apache2 restart # with the administrator's files still there
[ "$(status_of http://127.0.0.1/)" = 200 ]
[ "$(status_of "$url")" = 404 ]
if apache2ctl -M | grep graphprofile; then exit 1; fi
service apache2 stop
a2dismod dbd # httpd's own, which was enabled with it
rm -r /etc/graphprofile
all_there_is > after
diff before after
echo ALL IS WELL
