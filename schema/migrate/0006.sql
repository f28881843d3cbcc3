-- migrate_0006: a mail says what it gave, and a report how large what it came in was; a script
ALTER TABLE mail ADD COLUMN sender TEXT;
ALTER TABLE mail ADD COLUMN subject TEXT;
ALTER TABLE mail ADD COLUMN report INTEGER;
ALTER TABLE mail ADD COLUMN fresh INTEGER;
ALTER TABLE mail ADD COLUMN known INTEGER;
ALTER TABLE mail ADD COLUMN others INTEGER;
CREATE INDEX mail_outcome ON mail (outcome);
CREATE INDEX mail_raw ON mail (raw) WHERE raw IS NOT NULL;
ALTER TABLE report ADD COLUMN bytes INTEGER;
