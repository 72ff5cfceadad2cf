/** Tables of the back office: the catalog that is being edited, the published ones, and who may sign in. */
export const backOfficeTables = `
CREATE TABLE catalogs (
  tenant_id       uuid NOT NULL,        -- whose catalog it is
  catalog_version bigint NOT NULL,      -- counts from 1 without gaps
  checksum        text NOT NULL,        -- hex SHA-256 of the canonical JSON of its content
  document        bytea NOT NULL,       -- the whole document as terminals get it, compressed once with gzip
  products_count  bigint NOT NULL,      -- so that a list need not open the document
  restored_from   bigint,               -- the version whose goods and prices it repeats; null when it is new
  published_by    text NOT NULL,        -- who did it, by name
  published_at    timestamptz NOT NULL, -- central's clock
  PRIMARY KEY (tenant_id, catalog_version)
);
CREATE TABLE catalog_drafts (
  tenant_id  uuid NOT NULL,             -- whose draft it is: there is one
  revision   bigint NOT NULL,           -- counts every change, so that two people do not undo each other's
  based_on   bigint NOT NULL,           -- the version that was published last when it was last filled or published; 0 for none
  terms      text NOT NULL,             -- JSON: everything but products and staff
  changed_by text NOT NULL,             -- who changed it last, by name
  changed_at timestamptz NOT NULL,      -- central's clock
  PRIMARY KEY (tenant_id)
);
CREATE TABLE catalog_draft_items (
  tenant_id uuid NOT NULL,              -- whose draft it is
  list      text NOT NULL,              -- products or staff
  item_key  text COLLATE "C" NOT NULL,  -- the product's code or the staff_id
  label     text NOT NULL,              -- its name, to search by
  category  text,                       -- of a product, to narrow a list
  item      text NOT NULL,              -- JSON, as it will stand in the catalog
  PRIMARY KEY (tenant_id, list, item_key)
);
CREATE TABLE catalog_overrides (
  tenant_id       uuid NOT NULL,        -- whose catalog it is
  catalog_version bigint NOT NULL,      -- the version that it was published with
  store_id        uuid NOT NULL,        -- whose terminals get a catalog of their own
  checksum        text NOT NULL,        -- of the content that they get
  overrides       text NOT NULL,        -- JSON: in what the store differs from the company
  PRIMARY KEY (tenant_id, catalog_version, store_id)
);
CREATE TABLE store_catalogs (
  tenant_id       uuid NOT NULL,        -- whose catalog it is
  store_id        uuid NOT NULL,        -- a store of which the newest version says something of its own
  catalog_version bigint NOT NULL,      -- the newest version
  checksum        text NOT NULL,        -- as in catalog_overrides
  document        bytea NOT NULL,       -- as in catalogs, for the terminals of this store; made anew with each version
  PRIMARY KEY (tenant_id, store_id)
);
CREATE TABLE catalog_draft_overrides (
  tenant_id uuid NOT NULL,              -- whose draft it is
  store_id  uuid NOT NULL,              -- the store that differs
  list      text NOT NULL,              -- products, taxes or settings
  item_key  text COLLATE "C" NOT NULL,  -- the product's code, the tax_code, or settings
  item      text NOT NULL,              -- JSON: what the store has of its own
  PRIMARY KEY (tenant_id, store_id, list, item_key)
);
CREATE TABLE users (
  tenant_id     uuid NOT NULL,          -- whose back office it is
  user_id       uuid NOT NULL,          -- made by central
  username      text NOT NULL,          -- what is typed to sign in, in lower case
  name          text NOT NULL,          -- how others see this person
  role          text NOT NULL,          -- owner, manager or viewer
  password_hash text NOT NULL,          -- argon2id in PHC form
  created_at    timestamptz NOT NULL,   -- central's clock
  disabled_at   timestamptz,            -- cannot sign in from then on; null while welcome
  PRIMARY KEY (tenant_id, user_id),
  UNIQUE (tenant_id, username)
);
CREATE TABLE user_sessions (
  tenant_id    uuid NOT NULL,           -- stands in the cookie too, so that it is looked up inside its tenant
  session_hash text NOT NULL,           -- hex SHA-256 of the cookie; the cookie itself is not kept
  user_id      uuid NOT NULL,           -- who signed in
  created_at   timestamptz NOT NULL,    -- central's clock
  seen_at      timestamptz NOT NULL,    -- last used, to some minutes
  ended_at     timestamptz,             -- of no use from then on; null while it may be good
  PRIMARY KEY (tenant_id, session_hash)
);
CREATE INDEX user_sessions_by_user ON user_sessions (tenant_id, user_id);
CREATE TABLE address_failures (
  tenant_id    uuid NOT NULL,           -- all zeros: whose back office is meant is not known yet
  kind         text NOT NULL,           -- login or enrolment
  source       text NOT NULL,           -- the address, of IPv6 the network of 64 bits
  since        timestamptz NOT NULL,    -- of the first failure that still counts, central's clock
  failed_count bigint NOT NULL,         -- failures since then
  PRIMARY KEY (tenant_id, kind, source)
);
CREATE TABLE login_failures (
  tenant_id    uuid NOT NULL,           -- whose back office was tried
  name_hash    text NOT NULL,           -- hex SHA-256 of the username that was typed, whether or not anybody has it
  failed_count bigint NOT NULL,         -- wrong in a row
  last_at      timestamptz NOT NULL,    -- of the last wrong one, central's clock
  locked_until timestamptz,             -- none is looked at before; null when they are
  PRIMARY KEY (tenant_id, name_hash)
);
`;

/** What the application may do with each of {@link backOfficeTables}. */
export const backOfficeRights: Readonly<Record<string, string>> = {
  catalogs: 'SELECT, INSERT',
  catalog_drafts: 'SELECT, INSERT, UPDATE',
  catalog_draft_items: 'SELECT, INSERT, UPDATE, DELETE',
  catalog_overrides: 'SELECT, INSERT',
  store_catalogs: 'SELECT, INSERT, DELETE',
  catalog_draft_overrides: 'SELECT, INSERT, UPDATE, DELETE',
  users: 'SELECT, INSERT, UPDATE',
  user_sessions: 'SELECT, INSERT, UPDATE, DELETE',
  address_failures: 'SELECT, INSERT, UPDATE, DELETE',
  login_failures: 'SELECT, INSERT, UPDATE, DELETE',
};
