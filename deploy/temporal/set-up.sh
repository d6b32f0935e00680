#!/bin/sh
# Runs once a start: registers the search attributes of src/contracts/search-attributes.ts, which creation refuses
# to do twice.
set -eu

registered=$(temporal operator search-attribute list --output json)
for name in TeamId Repository SyncKind; do
    case $registered in
        *"\"$name\""*) echo "search attribute $name is there" ;;
        *) temporal operator search-attribute create --name "$name" --type Keyword ;;
    esac
done
