import pandas

rows = pandas.read_json("report.ndjson", lines=True)
findings = rows[rows.kind == "finding"].dropna(axis="columns", how="all")
connections = rows[rows.kind == "connection"]

# 1. Which rules accuse which servers, how often?
bad = findings[findings.severity.isin(["error", "warning"]) & (findings.endpoint == "server")]
print(bad.groupby(["rule", "severity", "server_ip", "server_port"]).size().reset_index(name="times")
      .sort_values(["times", "rule", "server_ip", "server_port"], ascending=[False, True, True, True]))

# 2. How were connections opened and closed, and how long did the longest last?
print(connections.groupby(["opening", "closing"]).duration_s.agg(["size", "max"]).reset_index()
      .sort_values(["size", "opening", "closing"], ascending=[False, True, True]))

# 3. In which connections did a receiver close its window, and how much was sent again?
closed = findings[findings.rule == "WN003"].groupby("connection").size().rename("closed")
both = connections.merge(closed, on="connection")
both["again"] = both.client_retransmissions + both.server_retransmissions
print(both.sort_values(["again", "connection"], ascending=[False, True])
      [["capture", "connection", "closed", "again"]])
