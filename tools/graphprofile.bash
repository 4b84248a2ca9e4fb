# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of graphprofile for bash. A test compares the options with those that the program lists.

# The options of a command.
_graphprofile_options()
{
    local load="--application --created-by --default-audience --json --max-document --max-errors --max-line \
--validation --help"

    case $1 in
        check) echo "$load" ;;
        import) echo "$load --batch --dry-run --dsn --max-positions --max-removed --owner-key --replace --source" ;;
        export) echo "--changed-since --dsn --format --owner --owner-key --help" ;;
        forget) echo "--dry-run --dsn --json --owner-key --help" ;;
    esac
}

# The values of an option; empty if any text is valid.
_graphprofile_values()
{
    case $1 in
        --validation) echo strict relaxed ;;
        --created-by) echo server client ;;
        --owner-key) echo id upn ;;
        --format) echo lines connector ;;
        --default-audience) echo me family contacts groupMembers organization federatedOrganizations everyone ;;
    esac
}

_graphprofile()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    local words

    COMPREPLY=()
    case $before in
        graphprofile | */graphprofile) words="check import export forget --help --version" ;;
        --validation | --created-by | --owner-key | --format | --default-audience)
            words=$(_graphprofile_values "$before")
            ;;
        --application | --batch | --changed-since | --dsn | --max-* | --owner | --source) return ;;
        *) [[ $word == -* ]] && words=$(_graphprofile_options "$command") ;;
    esac
    if [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    elif [[ $command == check || $command == import ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _graphprofile graphprofile
