import type { TillEvent } from '../../src/domain/event.js';
import { type AnyProjection, anyProjection, type Cells, type Projection } from '../../src/projections/projection.js';

/**
 * Folds a list of events that only ever grows: further from where it was folded the last time, because what is asked
 * before every command of a long log would otherwise be folded anew for each.
 */
export const grownRows = <Row extends object>(projection: Projection<Row>) => {
  const model: AnyProjection = anyProjection(projection);
  const known = new WeakMap<readonly TillEvent[], { readonly rows: Map<string, Cells>; folded: number }>();
  return (events: readonly TillEvent[]): ReadonlyMap<string, Row> => {
    const fold = known.get(events) ?? { rows: new Map<string, Cells>(), folded: 0 };
    known.set(events, fold);
    for (const event of events.slice(fold.folded)) {
      for (const key of model.keys(event)) fold.rows.set(key, model.reduce(fold.rows.get(key), event, key));
    }
    fold.folded = events.length;
    return fold.rows as ReadonlyMap<string, object> as ReadonlyMap<string, Row>;
  };
};
