-- migrate_0005: TLS reports are found by when they begin, and a list says which software it runs; a script
CREATE INDEX tls_report_start ON tls_report (start_datetime);
ALTER TABLE source ADD COLUMN software INTEGER NOT NULL DEFAULT 0;
