-- 1. Which rules accuse which servers, how often?
SELECT rule, severity, server_ip, server_port, count(*) AS times
FROM 'report.ndjson'
WHERE kind = 'finding' AND severity IN ('error', 'warning') AND endpoint = 'server'
GROUP BY ALL ORDER BY times DESC, rule, server_ip, server_port;

-- 2. How were connections opened and closed, and how long did the longest last?
SELECT opening, closing, count(*) AS connections, max(duration_s) AS longest_s
FROM 'report.ndjson'
WHERE kind = 'connection'
GROUP BY ALL ORDER BY connections DESC, opening, closing;

-- 3. In which connections did a receiver close its window, and how much was sent again?
SELECT c.capture, connection, count(*) AS closed,
       c.client_retransmissions + c.server_retransmissions AS again
FROM 'report.ndjson' AS c JOIN 'report.ndjson' AS f USING (connection)
WHERE c.kind = 'connection' AND f.kind = 'finding' AND f.rule = 'WN003'
GROUP BY ALL ORDER BY again DESC, connection;
