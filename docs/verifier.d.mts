/**
 * Verifies the members of a bundle, by name. `sealed` is the key that sealed it, or null; `keys` are those
 * of its terminals. Never throws.
 */
export declare const verifyMembers: (members: Readonly<Record<string, Uint8Array>>) => Promise<{
  readonly ok: boolean;
  readonly events: number;
  readonly sealed: string | null;
  readonly keys: readonly (string | undefined)[];
  readonly findings: readonly { readonly terminal_id?: string; readonly seq?: number; readonly detail: string }[];
}>;
