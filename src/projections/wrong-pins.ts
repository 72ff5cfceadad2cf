import type { TillEvent } from '../domain/event.js';
import { column, type Projection } from './projection.js';

/** How often somebody's PIN was wrong since it was last right. */
export interface WrongPinsRow {
  readonly staff_id: string;
  readonly wrong: number;
}

/** Stands for all codes that nobody has. */
export const nobody = '';

/** The wrong PINs of each, which lock out for a while; kept so that neither a restart nor a clock forgets them. */
export const wrongPins: Projection<WrongPinsRow> = {
  table: 'wrong_pins',
  key: 'staff_id',
  columns: {
    staff_id: column('text', 'whose code it is; empty for all codes that nobody has'),
    wrong: column('integer', 'attempts since the last one that was right, or since a manager unlocked it'),
  },
  indexes: [],
  keys(event) {
    switch (event.type) {
      case 'SignInFailed':
        return event.data.reason === 'locked_out' ? [] : [event.data.claimed_staff_id ?? nobody];
      case 'StaffSignedIn':
        return event.staff_id === null ? [] : [event.staff_id, nobody];
      case 'StaffUnlocked':
        return [event.data.unlocked_staff_id, ...approversOf(event)];
      default:
        return approversOf(event);
    }
  },
  reduce(row, event, key) {
    const failed = event.type === 'SignInFailed';
    return { staff_id: key, wrong: failed ? (row?.wrong ?? 0) + 1 : 0 };
  },
};

/** The PIN of whoever approved something was right. */
const approversOf = ({ approved_by }: TillEvent): readonly string[] => (approved_by === null ? [] : [approved_by]);
