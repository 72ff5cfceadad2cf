import { machineClock, machineNetwork, machineRandomness, type Ports } from '../../src/ports.js';

/**
 * The ports of a machine on which time goes by `speed` times as fast, the network's limits with it: what takes a relay
 * minutes takes it seconds.
 */
export const fastPorts = (speed: number): Ports => {
  const [wall, begun] = [machineClock.wall(), machineClock.monotonic()];
  const passed = (): number => (machineClock.monotonic() - begun) * speed;
  return {
    clock: {
      zone: 'UTC',
      utcOffsetMinutes: () => 0,
      wall: () => Math.floor(wall + passed()),
      monotonic: passed,
      sleep: (ms, signal) => machineClock.sleep(ms / speed, signal),
    },
    randomness: machineRandomness,
    network: {
      ...machineNetwork,
      send: (request) => machineNetwork.send({ ...request, timeoutMs: Math.ceil(request.timeoutMs / speed) }),
    },
  };
};
