# Makes JSON of what json-logs.conf has httpd write. For sed as Debian has it (GNU).

# A line of the error log. In the message, behind the tab, httpd escapes all but quotes, in a way that is not JSON's.
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
# A line of another log. httpd escapes as JSON does, but for \x and \v.
/^{"/ {
    s/\\\\/\n/g
    s/\\[xv]/\\&/g
    s/\n/\\\\/g
    b
}
# What a library or a program wrote itself, past httpd.
s/[[:cntrl:]]/ /g
s/[\\"]/\\&/g
s/.*/{"message":"&"}/
