import type { Ports } from '../ports.js';
import type { CentralDatabase, Transaction } from './database.js';

/** Who acts for a tenant. */
export interface Actor {
  readonly tenant_id: string;
  /** As it is shown to an auditor: never a token. */
  readonly actor: string;
}

/** What people may do about a terminal. */
export interface OfficeAction {
  readonly action:
    'terminal_revoked' | 'rotation_asked' | 'token_rotated' | 'fork_adopted' | 'log_archived' | 'log_unarchived';
  readonly terminal_id: string;
  /** The hash of what was adopted, or of the file that was archived to. */
  readonly subject?: string;
}

/** Notes in the same transaction who did it. Nobody can change or remove the note. */
export const noteAction = async (
  transaction: Transaction,
  { tenant_id, actor }: Actor,
  { action, terminal_id, subject }: OfficeAction,
  { clock, randomness }: Ports,
): Promise<void> => {
  await transaction.query(
    `INSERT INTO office_actions (tenant_id, action_id, done_at, action, terminal_id, subject, actor)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [tenant_id, randomness.uuid(), new Date(clock.wall()), action, terminal_id, subject ?? null, actor],
  );
};

/** What was done about the terminals of a tenant, newest first. */
export const listActions = (
  db: CentralDatabase,
  tenant_id: string,
  {
    limit,
    offset,
    terminal_id,
  }: { readonly limit: number; readonly offset: number; readonly terminal_id?: string | undefined },
): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<Readonly<Record<string, unknown>>>(
      `SELECT action_id, done_at, action, terminal_id, subject, actor FROM office_actions
       WHERE tenant_id = $1 AND ($2::uuid IS NULL OR terminal_id = $2) ORDER BY done_at DESC, action_id LIMIT $3 OFFSET $4`,
      [tenant_id, terminal_id ?? null, limit, offset],
    );
    return rows;
  });
