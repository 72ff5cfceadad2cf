import { postgresTable, postgresTables } from '../projections/postgres-tables.js';
import { centralReadModels } from '../projections/read-models.js';
import { stockMovements } from '../projections/stock-movements.js';
import { archiveRights, archiveTables } from './archives.js';
import { backOfficeRights, backOfficeTables } from './back-office-schema.js';
import { certificateKeyRights, certificateKeyTables } from './certificate-keys.js';
import { foldMarkRights, foldMarkTables } from './fold-marks.js';
import { shadowRights, shadowTables } from './shadow-tables.js';
import { appRole, directoryRole } from './database.js';

/*
 * Roles belong to the whole cluster, so another database may have made them already, or be making them at this moment.
 * The user of DATABASE_URL must be able to take them on.
 */
const roles = [appRole, directoryRole]
  .map(
    (role) => `
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '${role}') THEN
    BEGIN
      CREATE ROLE ${role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      RAISE NOTICE '${role} was made by somebody else meanwhile';
    END;
  END IF;
  IF NOT pg_has_role(current_user, '${role}', 'USAGE') THEN
    EXECUTE format('GRANT ${role} TO %I', current_user);
  END IF;
END $$;
GRANT USAGE ON SCHEMA public TO ${role};`,
  )
  .join('\n');

const registry = `
CREATE TABLE tenants (
  tenant_id  uuid NOT NULL,             -- made by central
  name       text NOT NULL,             -- as people call the business; central makes no second one of the same name
  handle     text NOT NULL,             -- the first part of every enrolment code of this tenant; no two tenants share one
  created_at timestamptz NOT NULL,      -- central's clock
  PRIMARY KEY (tenant_id)
);
CREATE TABLE stores (
  tenant_id  uuid NOT NULL,             -- whose store it is
  store_id   uuid NOT NULL,             -- made by central
  name       text NOT NULL,             -- as people call the shop
  created_at timestamptz NOT NULL,      -- central's clock
  PRIMARY KEY (tenant_id, store_id),
  UNIQUE (tenant_id, name)
);
CREATE TABLE enrolment_codes (
  tenant_id  uuid NOT NULL,             -- the tenant that a terminal joins with it
  code_hash  text NOT NULL,             -- hex SHA-256 of the code; the code itself is shown once and not kept
  store_id   uuid NOT NULL,             -- the store that a terminal joins with it
  created_at timestamptz NOT NULL,      -- central's clock
  expires_at timestamptz NOT NULL,      -- of no use from then on, by central's clock
  used_at    timestamptz,               -- when it was used up; null until then
  used_by    uuid,                      -- the terminal that used it, which may repeat the request until it expires
  PRIMARY KEY (tenant_id, code_hash)
);
CREATE TABLE terminals (
  tenant_id       uuid NOT NULL,        -- never changes
  terminal_id     uuid NOT NULL,        -- made by the terminal at its first start
  store_id        uuid NOT NULL,        -- of its last enrolment
  public_key      text NOT NULL,        -- Ed25519, base64 of SPKI; never changes
  enrolled_at     timestamptz NOT NULL, -- of its last enrolment, central's clock
  rotation_asked_at timestamptz,        -- since when it is asked to take another token; null when it is not
  revoked_at      timestamptz,          -- since when nothing is taken from it; null while it is welcome
  last_seen_at    timestamptz,          -- its last request that was answered with verdicts
  catalog_version bigint,               -- that it said it uses
  enrolled_seq    bigint,               -- position of its first TerminalEnrolled; only up to here may events name no tenant
  head_seq        bigint,               -- position of its newest event, as it said last
  oldest_pending_at timestamptz,        -- since when something waits at the terminal, by its clock, as it said last
  clock_offset_ms bigint,               -- its clock − central's, as far as the way of a request allows to tell
  promised_epoch  bigint,               -- the newest epoch that a log of it was told to start; null while none ever was
  promised_to     text,                 -- the hash of the head of that log
  head_alarm      text,                 -- what was wrong with the last head that did not verify; null when none ever was
  head_alarm_at   timestamptz,          -- when that was
  PRIMARY KEY (tenant_id, terminal_id)
);
CREATE TABLE terminal_tokens (
  tenant_id   uuid NOT NULL,            -- stands in the token too, so that it is looked up inside its tenant
  token_hash  text NOT NULL,            -- hex SHA-256 of the token; the token itself is shown once and not kept
  terminal_id uuid NOT NULL,            -- the only terminal that it speaks for
  created_at  timestamptz NOT NULL,     -- central's clock
  used_at     timestamptz,              -- when it was first used, which ended the terminal's other ones; null until then
  revoked_at  timestamptz,              -- refused from then on; null while it is good
  PRIMARY KEY (tenant_id, token_hash)
);
CREATE INDEX terminal_tokens_by_terminal ON terminal_tokens (tenant_id, terminal_id);
CREATE TABLE admin_tokens (
  tenant_id  uuid NOT NULL,             -- the only tenant that it shows
  token_hash text NOT NULL,             -- hex SHA-256 of the token; the token itself is shown once and not kept
  created_at timestamptz NOT NULL,      -- central's clock
  revoked_at timestamptz,               -- refused from then on; null while it is good
  PRIMARY KEY (tenant_id, token_hash)
);
CREATE TABLE office_actions (
  tenant_id   uuid NOT NULL,            -- whose terminal it was about
  action_id   uuid NOT NULL,            -- made by central
  done_at     timestamptz NOT NULL,     -- central's clock
  action      text NOT NULL,            -- terminal_revoked, rotation_asked, token_rotated, fork_adopted, log_archived or log_unarchived
  terminal_id uuid NOT NULL,            -- the terminal that it was about
  subject     text,                     -- the hash of what was adopted, or of the file that was archived to; null otherwise
  actor       text NOT NULL,            -- the command line, a person by name, or the first digits of a token's hash
  PRIMARY KEY (tenant_id, action_id)
);
`;

const logs = `
CREATE TABLE events (
  tenant_id   uuid NOT NULL,            -- whose event it is, also when its text names none
  local_id    uuid NOT NULL,            -- made by the terminal: the same id is the same event
  terminal_id uuid NOT NULL,            -- whose log it stands in
  epoch       bigint NOT NULL,          -- the branch of that log
  seq         bigint NOT NULL,          -- its position in that log
  type        text NOT NULL,            -- of the event
  session_id  uuid,                     -- the till session, if one was open
  hash        text NOT NULL,            -- hex SHA-256 of the bytes of event
  event       text,                     -- the exact text that was hashed; never a JSON type, which would rewrite it; null once archived
  remote_id   uuid NOT NULL,            -- made by central: the receipt for having stored it
  received_at timestamptz NOT NULL,     -- central's clock
  archived_at timestamptz,              -- since when its text lies in a file; null while it is here
  CHECK (event IS NOT NULL OR archived_at IS NOT NULL),
  PRIMARY KEY (tenant_id, local_id),
  UNIQUE (tenant_id, terminal_id, epoch, seq)
) WITH (toast_tuple_target = 8160);     -- texts of up to 8 KB lie in the row as they are: compressing them would take a third of the time
CREATE INDEX events_starting_epochs ON events (tenant_id, terminal_id, epoch) WHERE type = 'EpochStarted';
CREATE TABLE forks (
  tenant_id   uuid NOT NULL,            -- whose event it is
  terminal_id uuid NOT NULL,            -- whose log disputes itself
  hash        text NOT NULL,            -- hex SHA-256 of the bytes of event
  local_id    uuid NOT NULL,            -- as the text names it
  epoch       bigint NOT NULL,          -- the branch
  seq         bigint NOT NULL,          -- the position that another event holds, or that follows such a one
  type        text NOT NULL,            -- of the event
  session_id  uuid,                     -- the till session, if one was open
  event       text NOT NULL,            -- the exact text that was hashed
  attempts    bigint NOT NULL,          -- how often it was sent
  first_at    timestamptz NOT NULL,     -- when it was first sent, central's clock
  last_at     timestamptz NOT NULL,     -- when it was last sent
  adopted_at  timestamptz,              -- when a person adopted it, so that it counts; null while disputed
  remote_id   uuid,                     -- the receipt for it, once adopted
  PRIMARY KEY (tenant_id, terminal_id, hash)
);
CREATE INDEX forks_by_position ON forks (tenant_id, terminal_id, epoch, seq);
CREATE TABLE refused (
  tenant_id     uuid NOT NULL,          -- of the token with which it was sent
  terminal_id   uuid NOT NULL,          -- of the token with which it was sent
  declared_hash text NOT NULL,          -- what the terminal says that it hashes to: the chain goes on over it
  text_hash     text NOT NULL,          -- what the text that came really hashes to
  local_id      text,                   -- as far as the text names one
  epoch         bigint,                 -- its place in the log; null until that is certain
  seq           bigint,                 -- its place in the log; null until that is certain
  code          text NOT NULL,          -- the verdict
  reason        text NOT NULL,          -- the verdict for a person
  permanent     boolean NOT NULL,       -- whether sending it again is of use only after a person did something
  event_json    text NOT NULL,          -- the text as a JSON string literal, in which even NUL and half characters survive
  attempts      bigint NOT NULL,        -- how often it was sent
  first_at      timestamptz NOT NULL,   -- when it was first sent, central's clock
  last_at       timestamptz NOT NULL,   -- when it was last sent
  PRIMARY KEY (tenant_id, terminal_id, declared_hash)
);
CREATE INDEX refused_by_position ON refused (tenant_id, terminal_id, epoch, seq);
CREATE INDEX refused_by_text ON refused (tenant_id, terminal_id, text_hash);
CREATE TABLE unprojected (
  tenant_id uuid NOT NULL,              -- whose event it is
  local_id  uuid NOT NULL,              -- an event that is kept but that no read model counts yet
  reason    text NOT NULL,              -- what the last attempt to count it met
  attempts  bigint NOT NULL,            -- how often that was tried, also when trying ended the program
  deadly_version text,                  -- the version of the program that it ended, which does not try it again; null otherwise
  first_at  timestamptz NOT NULL,       -- central's clock
  last_at   timestamptz NOT NULL,       -- central's clock
  PRIMARY KEY (tenant_id, local_id)
);
CREATE TABLE progress (
  tenant_id      uuid NOT NULL,         -- whose terminal it is
  terminal_id    uuid NOT NULL,         -- the terminal
  epoch          bigint NOT NULL,       -- the branch
  contiguous_seq bigint NOT NULL,       -- every position of the branch up to here is decided; only a shortcut, worked out anew when it is wrong
  PRIMARY KEY (tenant_id, terminal_id, epoch)
);
CREATE TABLE heads (
  tenant_id   uuid NOT NULL,            -- whose terminal it is
  terminal_id uuid NOT NULL,            -- the terminal that signed
  epoch       bigint NOT NULL,          -- the branch
  seq         bigint NOT NULL,          -- the last event that the signature covers
  hash        text NOT NULL,            -- of that event
  signature   text NOT NULL,            -- base64 Ed25519, verified when it came
  received_at timestamptz NOT NULL,     -- central's clock
  PRIMARY KEY (tenant_id, terminal_id, epoch)
);
CREATE TABLE batches (
  tenant_id       uuid NOT NULL,        -- whose terminal it was
  batch_id        uuid NOT NULL,        -- made by central
  terminal_id     uuid NOT NULL,        -- the terminal that sent it
  request_id      uuid NOT NULL,        -- under which the terminal journals it too, if it named one
  received_at     timestamptz NOT NULL, -- central's clock
  events_count    bigint NOT NULL,      -- how many events it carried
  first_seq       bigint,               -- the lowest position that could be read
  last_seq        bigint,               -- the highest position that could be read
  new_count       bigint NOT NULL,      -- accepted for the first time
  duplicate_count bigint NOT NULL,      -- accepted again, stored before
  rejected        json NOT NULL,        -- how many were rejected, by code
  PRIMARY KEY (tenant_id, batch_id)
);
CREATE INDEX batches_by_terminal ON batches (tenant_id, terminal_id, received_at);
`;

/** What the application may do with each table; where nothing else stands, it may only read and add. */
const rights: Readonly<Record<string, string>> = {
  tenants: 'SELECT, INSERT',
  stores: 'SELECT, INSERT',
  enrolment_codes: 'SELECT, INSERT, UPDATE',
  terminals: 'SELECT, INSERT, UPDATE',
  terminal_tokens: 'SELECT, INSERT, UPDATE',
  admin_tokens: 'SELECT, INSERT, UPDATE',
  office_actions: 'SELECT, INSERT',
  events: 'SELECT, INSERT',
  forks: 'SELECT, INSERT, UPDATE',
  refused: 'SELECT, INSERT, UPDATE, DELETE',
  unprojected: 'SELECT, INSERT, UPDATE, DELETE',
  progress: 'SELECT, INSERT, UPDATE',
  heads: 'SELECT, INSERT, UPDATE',
  batches: 'SELECT, INSERT',
  ...backOfficeRights,
  ...certificateKeyRights,
  ...archiveRights,
  ...shadowRights,
  ...foldMarkRights,
  ...Object.fromEntries(
    centralReadModels.flatMap(postgresTables).map((table) => [table, 'SELECT, INSERT, UPDATE, DELETE']),
  ),
};

const fence = (table: string): string => `
ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON ${table}
  USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
  WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
REVOKE ALL ON ${table} FROM PUBLIC;
GRANT ${rights[table] ?? 'SELECT, INSERT'} ON ${table} TO ${appRole};`;

const directory = `
CREATE POLICY directory ON tenants FOR SELECT TO ${directoryRole} USING (true);
GRANT SELECT (tenant_id, name, handle) ON tenants TO ${directoryRole};`;

/**
 * The first state of central's database. Every key leads with the tenant and there is no trigger and no foreign key, so
 * that each table can be distributed by tenant as it is; what must not change is guarded by rights.
 */
export const initialSchema = [
  roles,
  registry,
  logs,
  backOfficeTables,
  certificateKeyTables,
  archiveTables,
  ...centralReadModels.map((projection) => postgresTable(projection)),
  shadowTables,
  foldMarkTables,
  // Only central asks by store; on a terminal the index would cost a page in every sale.
  `CREATE INDEX stock_movements_by_store ON ${stockMovements.table} (tenant_id, store_id);`,
  ...Object.keys(rights).map(fence),
  directory,
].join('\n');
