import { enrolledShop } from './enrolled-shop.js';
import { answerOf } from './scripted-central.js';

const notNow = answerOf(503, '{}', { 'retry-after': '5' });

/** The greatest chance there is: every pause is as long as it may be. */
const unlucky = (shop: { readonly randomness: object }): void => {
  Object.assign(shop.randomness, { fraction: () => 0.999 });
};

describe('a central that comes back slowly', () => {
  it('has everything soon after it asked for five seconds, however long it had been away', async () => {
    const { shop, central, clock, relay, start } = await enrolledShop([notNow]);
    unlucky(shop);
    central.reachable = false;
    await start();
    await clock.pass(1_800_000);
    central.reachable = true;
    await clock.pass(3100);
    expect(central.arrived).toHaveLength(1);
    await clock.pass(5100);
    expect(relay.status()).toMatchObject({ online: true, pending: 0 });
  });

  it('is asked less and less often while it goes on saying not now', async () => {
    const { shop, central, clock, start } = await enrolledShop(Array.from({ length: 50 }, () => notNow));
    unlucky(shop);
    await start();
    await clock.pass(3_600_000);
    expect(central.arrived.length).toBeLessThan(25);
  });

  it('is noticed within seconds of a probe that met it down, in a pause that had become longer than it asked for', async () => {
    const { shop, central, clock, start } = await enrolledShop(Array.from({ length: 9 }, () => notNow));
    unlucky(shop);
    await start();
    await clock.pass(300_000);
    const before = central.arrived.length;
    central.reachable = false;
    await clock.pass(7000);
    central.reachable = true;
    await clock.pass(3100);
    expect(central.arrived.length).toBe(before + 1);
  });
});

describe('a sale while central is asked', () => {
  it('does not shorten the pause that central asks for', async () => {
    const { shop, central, clock, start } = await enrolledShop();
    const sellAndRefuse = () => {
      void shop.commands.sell(`while asked ${String(central.arrived.length)}`);
      return answerOf(429, '{}', { 'retry-after': '120' });
    };
    Object.assign(central, { script: Array.from({ length: 9 }, () => sellAndRefuse) });
    await start();
    await clock.pass(110_000);
    expect(central.arrived).toHaveLength(1);
  });

  it('is sent with the next exchange when somebody asks for one, whatever central asked for', async () => {
    const { central, relay, start } = await enrolledShop([answerOf(429, '{}', { 'retry-after': '120' })]);
    await start();
    expect(central.arrived).toHaveLength(1);
    expect(await relay.syncNow()).toMatchObject({ online: true, pending: 0 });
  });
});

describe('a login page of the network', () => {
  const portal = answerOf(200, '<html>Welcome to the hotel</html>');

  it('that answers to everything is not taken for central, and everything is sent soon after somebody signed in', async () => {
    const { shop, central, clock, relay, start } = await enrolledShop();
    unlucky(shop);
    central.portal = portal;
    await start();
    await clock.pass(1_800_000);
    expect(relay.status()).toMatchObject({ online: false, problem_code: 'not_central' });
    central.portal = undefined;
    await clock.pass(3100);
    expect(relay.status()).toMatchObject({ online: true, pending: 0 });
  });
});
