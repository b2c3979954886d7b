# jq --slurp --raw-output --from-file questions.jq report.ndjson
map(select(.kind == "finding")) as $findings
| map(select(.kind == "connection")) as $connections

# 1. Which rules accuse which servers, how often?
| ($findings
   | map(select((.severity == "error" or .severity == "warning") and .endpoint == "server"))
   | group_by([.rule, .severity, .server_ip, .server_port])
   | map([.[0].rule, .[0].severity, .[0].server_ip, .[0].server_port, length])
   | sort_by([-.[4], .[0], .[2], .[3]])[]),

# 2. How were connections opened and closed, and how long did the longest last?
  ($connections
   | group_by([.opening, .closing])
   | map([.[0].opening, .[0].closing, length, (map(.duration_s) | max)])
   | sort_by([-.[2], .[0], .[1]])[]),

# 3. In which connections did a receiver close its window, and how much was sent again?
  (($findings | map(select(.rule == "WN003")) | group_by(.connection)
    | map({key: (.[0].connection | tostring), value: length}) | from_entries) as $closed
   | $connections
   | map({capture, connection, closed: $closed[.connection | tostring],
          again: (.client_retransmissions + .server_retransmissions)})
   | map(select(.closed)) | sort_by([-.again, .connection])[]
   | [.capture, .connection, .closed, .again])
| @csv
