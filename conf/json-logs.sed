# Converts the log lines of json-logs.conf to JSON. Requires GNU sed, as in Debian.

# A line of the error log. In the message, after the tab, httpd leaves quotes unescaped, and its escapes are not JSON's.
/\t/ {
    h
    s/^[^\t]*\t//
    s/[\\"]/\\&/g
    s/$/"}/
    x
    s/\t.*//
    G
    s/\n//
    b
}
# A line of another log. httpd's escapes are those of JSON, except \x and \v.
/^{"/ {
    s/\\\\/\n/g
    s/\\[xv]/\\&/g
    s/\n/\\\\/g
    b
}
# A line that a library or a program wrote directly, not through httpd.
s/[[:cntrl:]]/ /g
s/[\\"]/\\&/g
s/.*/{"message":"&"}/
