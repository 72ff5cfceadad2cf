import { type KnownRejection, type Settlement, settleRejection } from '../../src/domain/rejection.js';
import { errorWith } from '../errors.js';

const boss = { by: { staff_id: 'm', role: 'manager' } } as const;
const cashier = { by: { staff_id: 'c', role: 'cashier' } } as const;
const asked: Settlement = { rejected_local_id: 'sale', resolution: 'Rung up again', replaced_by: 'other' };
const parked: KnownRejection = { isParked: true, settlement: null, isReplacementKnown: true };

describe('An event that central refused', () => {
  it('is settled by a manager, with what puts it right', () => {
    expect(settleRejection({ ...asked, resolution: '  Rung up again ' }, parked, boss)).toEqual([
      { type: 'RejectionSettled', data: asked, approved_by: null },
    ]);
  });

  it('is settled by a cashier whom a manager stands beside', () => {
    const approved = { ...cashier, approver: boss.by };
    expect(settleRejection(asked, parked, approved)).toMatchObject([{ approved_by: 'm' }]);
  });

  it('is settled once: the same words again change nothing', () => {
    expect(settleRejection(asked, { ...parked, settlement: asked }, boss)).toEqual([]);
  });

  it.each<[string, Partial<Settlement>, Partial<KnownRejection>, string]>([
    ['nothing is said', { resolution: ' \n' }, {}, 'REASON_MISSING'],
    ['central does not refuse it', {}, { isParked: false }, 'REJECTION_UNKNOWN'],
    ['it was settled with other words', { resolution: 'Thrown away' }, { settlement: asked }, 'REJECTION_SETTLED'],
    ['it was settled by another event', { replaced_by: null }, { settlement: asked }, 'REJECTION_SETTLED'],
    ['nobody knows what replaces it', {}, { isReplacementKnown: false }, 'REPLACEMENT_UNKNOWN'],
    ['it replaces itself', { replaced_by: 'sale' }, {}, 'REPLACEMENT_UNKNOWN'],
  ])('is not settled where %s', (_why, ask, known, code) => {
    expect(() => settleRejection({ ...asked, ...ask }, { ...parked, ...known }, boss)).toThrow(errorWith({ code }));
  });

  it('is not settled by a cashier alone', () => {
    expect(() => settleRejection(asked, parked, cashier)).toThrow(errorWith({ code: 'APPROVAL_REQUIRED' }));
  });
});
