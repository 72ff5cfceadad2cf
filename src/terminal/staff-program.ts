import { hash } from '@node-rs/argon2';
import { type CatalogContent, emptyContent, makeCatalog, type StaffMember } from '../catalog/catalog.js';
import type { Role } from '../domain/event.js';
import { isCurrency } from '../domain/money.js';
import { weaknessOf } from '../domain/pin.js';
import type { Ports } from '../ports.js';
import { changeCatalogAtRest } from './catalog-at-rest.js';
import { nextImportedVersion } from './catalog-swap.js';
import { isEnrolled } from './enrolment.js';
import type { Terminal } from './terminal.js';

/** Nobody was added; nothing was changed. */
export class StaffFault extends Error {
  override readonly name = 'StaffFault';

  /** @param code stable, for programs */
  constructor(
    readonly code: 'ENROLLED' | 'CODE_TAKEN' | 'PIN_MISSING' | 'PIN_DIFFERS' | 'PIN_WEAK' | 'CURRENCY_UNKNOWN',
    message: string,
  ) {
    super(message);
  }
}

/** Whom to add, and where. */
export interface NewStaff {
  readonly dataDir: string;
  readonly member: { readonly staff_code: string; readonly name: string; readonly role: Role };
  /** ISO 4217; only for a terminal that has no catalog yet. */
  readonly currency: string;
  readonly ports: Ports;
  /** Asked only once everything else is in order. */
  readonly readPin: () => Promise<string>;
}

/**
 * Adds somebody to the catalog of a terminal that is not enrolled and that no other program has open: the first who can
 * sign in, before there is a central. Everything else in the catalog stays. Somebody who is there without a PIN, because
 * there never was one or because the device's secret was lost, gets this one.
 * @returns the version of the catalog from then on, below 0
 * @throws StaffFault, BadCatalog, DataFolderFault, DamagedLog
 */
export const addStaffMember = async ({ dataDir, ports, ...asked }: NewStaff): Promise<number> => {
  const applied = await changeCatalogAtRest({ dataDir, ports, reason: 'somebody was added' }, async (terminal) => {
    const content = contentFor(terminal, asked);
    const { member } = asked;
    const pin = await asked.readPin();
    const weakness = weaknessOf(pin, member.role);
    if (weakness !== null)
      throw new StaffFault('PIN_WEAK', `The PIN ${weakness}. Choose another; nothing was changed.`);
    const staff = withMember(content.staff, {
      staff_id: ports.randomness.uuid(),
      ...member,
      pin_hash: await hash(pin),
    });
    return makeCatalog(nextImportedVersion(terminal.recorder), { ...content, staff });
  });
  return applied.catalog_version;
};

const contentFor = (
  terminal: Terminal,
  { member, currency }: Pick<NewStaff, 'member' | 'currency'>,
): CatalogContent => {
  if (isEnrolled(terminal)) {
    throw new StaffFault('ENROLLED', 'This terminal is enrolled: its staff comes from central. Nothing was changed.');
  }
  const content = terminal.recorder.catalog.content ?? firstContent(currency);
  if (content.staff.some(({ staff_code, pin_hash }) => staff_code === member.staff_code && pin_hash !== null)) {
    throw new StaffFault('CODE_TAKEN', `Somebody has the code “${member.staff_code}” already. Nothing was changed.`);
  }
  return content;
};

const withMember = (staff: readonly StaffMember[], member: StaffMember): StaffMember[] => {
  const known = staff.find(({ staff_code }) => staff_code === member.staff_code);
  if (!known) return [...staff, member];
  return staff.map((one) => (one === known ? { ...member, staff_id: known.staff_id } : one));
};

const firstContent = (currency: string): CatalogContent => {
  if (isCurrency(currency)) return emptyContent(currency);
  throw new StaffFault('CURRENCY_UNKNOWN', `“${currency}” is not a currency of ISO 4217. Nothing was changed.`);
};
