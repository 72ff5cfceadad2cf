import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { v4 } from 'uuid';
/** The network did not bring a whole answer: expected, harmless, tried again by the queue that asked. */
export class NetworkFault extends Error {
    name = 'NetworkFault';
}
/** A log that keeps nothing. */
export const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** The clock of this machine. */
export const machineClock = {
    wall: () => Date.now(),
    monotonic: () => performance.now(),
    utcOffsetMinutes: (wall) => -new Date(wall).getTimezoneOffset(),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    sleep: async (ms, signal) => {
        try {
            await pause(ms, undefined, signal ? { signal, ref: true } : {});
        }
        catch (cause) {
            if (!signal?.aborted)
                throw cause;
        }
    },
};
/** The randomness of this machine. */
export const machineRandomness = {
    uuid: () => v4(),
    bytes: (count) => randomBytes(count),
    fraction: () => randomBytes(4).readUInt32LE() / 2 ** 32,
};
/** The network of this machine. */
export const machineNetwork = {
    async send({ method, url, headers, body, timeoutMs, bytesMax, signal }) {
        const limits = [AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])];
        try {
            const answer = await fetch(url, {
                method,
                headers,
                redirect: 'manual',
                signal: AbortSignal.any(limits),
                ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
            });
            return { status: answer.status, headers: new Map(answer.headers), body: await readAll(answer, bytesMax) };
        }
        catch (cause) {
            throw new NetworkFault(`No whole answer from ${new URL(url).origin}.`, { cause });
        }
    },
    addresses: () => Object.values(networkInterfaces())
        .flatMap((list) => list?.map(({ address }) => address) ?? [])
        .sort()
        .join(' '),
};
const readAll = async (answer, bytesMax) => {
    const parts = [];
    let bytes = 0;
    for await (const part of answer.body ?? []) {
        const chunk = part;
        bytes += chunk.byteLength;
        if (bytes > bytesMax)
            throw new Error(`The answer is larger than ${String(bytesMax)} bytes.`);
        parts.push(chunk);
    }
    return Buffer.concat(parts);
};
/** The ports of this machine. */
export const machinePorts = { clock: machineClock, randomness: machineRandomness, network: machineNetwork };
