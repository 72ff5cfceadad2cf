import { hash } from 'node:crypto';

/** A statement under a name, by which a connection knows it again and does not plan it anew. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** Names a statement after its own text, so that no two ever share a name. PostgreSQL cuts names after 63 bytes. */
export const prepared = (text: string): PreparedStatement => ({ name: hash('sha256', text, 'hex').slice(0, 32), text });
