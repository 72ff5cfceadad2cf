import { mayAlone } from '../../domain/permission.js';
import type { Recorder } from '../recorder.js';
import type { StaffName } from '../sign-in.js';
import { Problem } from './problem.js';

/**
 * Whether somebody must not learn yet what has to be in the drawer: the shop counts blind, the count is still to come,
 * and theirs is not the right to see it before.
 */
export const countsBlind = ({ catalog, state }: Recorder, { role }: StaffName): boolean => {
  const { blind_count = false, permissions } = catalog.shopSettings;
  return blind_count && state.session.status === 'open' && !mayAlone('see_expected', role, permissions);
};

/**
 * Keeps from whoever counts blind what the count is compared with.
 * @throws Problem COUNT_IS_BLIND
 */
export const refuseBlind = (recorder: Recorder, staff: StaffName): void => {
  if (!countsBlind(recorder, staff)) return;
  throw new Problem(
    403,
    'COUNT_IS_BLIND',
    'This shop counts the drawer before it shows what must be in it. Close the session with your count, or let somebody ' +
      'sign in who may see it before. Nothing was recorded.',
  );
};
