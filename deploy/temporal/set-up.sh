#!/bin/sh
# Runs at each start. It registers the search attributes of src/contracts/search-attributes.ts that are missing, because
# creating one twice is an error.
set -eu

registered=$(temporal operator search-attribute list --output json)
for name in TeamId Repository SyncKind WaitingFor; do
    case $registered in
        *"\"$name\""*) echo "search attribute $name is there" ;;
        *) temporal operator search-attribute create --name "$name" --type Keyword ;;
    esac
done
