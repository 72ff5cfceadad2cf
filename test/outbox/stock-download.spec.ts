import type { StockAnswer } from '../../src/outbox/protocol.js';
import type { NetworkAnswer } from '../../src/ports.js';
import { enrolledShop } from './enrolled-shop.js';
import { answerOf, type Reply, settled } from './scripted-central.js';

describe('the stock of the store', () => {
  const kept: [StockAnswer, string][] = [];
  const keepStock = (stock: StockAnswer, downloaded_at: string): null => {
    kept.push([stock, downloaded_at]);
    return null;
  };
  beforeEach(() => kept.splice(0));

  it('is downloaded after the start, then every five minutes at most, and when somebody asks', async () => {
    const { central, clock, relay, sell, start } = await enrolledShop([], keepStock);
    central.stock = answerOf(200, '{"as_of":"2026-03-01T07:00:00.000Z","levels":[{"code":"x","level_milli":-5}]}');
    await start();
    expect(kept).toEqual([
      [{ as_of: '2026-03-01T07:00:00.000Z', levels: [{ code: 'x', level_milli: -5 }] }, '2026-03-01T08:00:00.000Z'],
    ]);
    await clock.pass(270_000);
    await sell(3);
    await settled();
    expect(kept).toHaveLength(1);
    await clock.pass(60_000);
    expect(kept).toHaveLength(2);
    await relay.syncNow();
    expect(kept).toHaveLength(3);
    await clock.pass(250_000);
    expect(central.stockDownloads).toBe(3);
  });

  it('waits until every event that was sent has its verdict', async () => {
    const silent: Reply = { accepted: [] };
    const { central, clock, relay, start } = await enrolledShop([silent, silent], keepStock);
    await start();
    expect([central.stockDownloads, relay.status().pending > 0]).toEqual([0, true]);
    await clock.pass(90_000);
    expect([central.stockDownloads, relay.status().pending]).toEqual([1, 0]);
  });

  it.each<[string, NetworkAnswer, RegExp]>([
    ['an older central', answerOf(404, '{}'), /Central answered 404/u],
    ['a login page', answerOf(200, '<html>'), /not central/u],
    [
      'half a thousandth',
      answerOf(200, '{"as_of":"2026-03-01T07:00:00.000Z","levels":[{"code":"x","level_milli":0.5}]}'),
      /not central/u,
    ],
    ['a central that is busy', answerOf(503, '{}'), /Central answered 503/u],
  ])('stays as it was after %s, which holds nothing else up', async (_what, answer, problem) => {
    const { central, clock, relay, start } = await enrolledShop([], keepStock);
    central.stock = answer;
    await start();
    expect(kept).toEqual([]);
    expect(relay.status()).toMatchObject({ online: true, pending: 0, problem: null });
    expect(relay.status().stock_problem).toMatch(problem);
    central.stock = answerOf(200, '{"as_of":"2026-03-01T08:00:00.000Z","levels":[]}');
    await clock.pass(330_000);
    expect(relay.status().stock_problem).toBeNull();
    expect(kept).toHaveLength(1);
  });
});

it('The status says why a download of the stock was not kept', async () => {
  const { relay, start } = await enrolledShop([], () => 'too much is open');
  await start();
  expect(relay.status()).toMatchObject({ online: true, stock_problem: 'too much is open' });
});
