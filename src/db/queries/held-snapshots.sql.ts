/**
 * What keeps PostgreSQL from removing deleted rows of this database: sessions in a transaction, prepared transactions, and
 * replication slots or standbys that report back. A role without pg_monitor sees that another role's session holds a snapshot
 * but not since when, and slots never tell it: "seconds" is null then. "holder" names the holder and what it holds.
 */
export const HELD_SNAPSHOTS = `
SELECT 'session ' || pid || ' ' || coalesce(backend_xmin, backend_xid)::text AS holder,
       extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds
FROM pg_stat_activity
WHERE coalesce(backend_xmin, backend_xid) IS NOT NULL AND pid <> pg_backend_pid()
  AND (datname = current_database() OR datname IS NULL) AND backend_type IS DISTINCT FROM 'autovacuum worker'
UNION ALL
SELECT 'slot ' || slot_name || ' ' || xmin::text, NULL FROM pg_replication_slots WHERE xmin IS NOT NULL
UNION ALL
SELECT 'prepared ' || gid, extract(epoch FROM clock_timestamp() - prepared)::float8
FROM pg_prepared_xacts WHERE database = current_database()`
