import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { chooseRunner, findPostgres } from './postgres-binaries.js';
import { openCluster } from './postgres-cluster.js';
import { hasCode, reasonOf } from './postgres-process.js';
import { adoptServer, databaseName, disownLock, findPostmaster, greet, poll, startServer, stopAtDeath, stopServer, urlOf, } from './postgres-server.js';
import { signIn } from './postgres-users.js';
/**
 * Opens the PostgreSQL under a data folder: makes the cluster if there is none, takes over the server that runs in it,
 * or starts one. When it resolves, the database is there and answers. Two who open the same folder at once get the same
 * server. A kill at any moment leaves nothing that the next call cannot take up.
 *
 * @throws Error that says what to do when PostgreSQL cannot run here, or does not start
 */
export const openEmbeddedPostgres = async (options) => {
    const { role, randomBytes, log = () => undefined } = options;
    const dataDir = resolve(options.dataDir);
    await mkdir(dataDir, { recursive: true });
    const binaries = findPostgres();
    const machine = { binaries, runner: await chooseRunner(binaries, dataDir) };
    const cluster = await openCluster(dataDir, machine, randomBytes(clusterRandomBytes).toString('hex'));
    const presence = await signIn(cluster.users, role, randomBytes(tagBytes).toString('hex'));
    try {
        const found = await reachServer(cluster, machine, presence, options);
        const where = `on 127.0.0.1:${String(found.server.port)} (process ${String(found.server.pid)})`;
        log(found.adopted ? `PostgreSQL was running already ${where}` : `PostgreSQL started ${where}`);
        return await superviseServer(cluster, found, presence, options);
    }
    catch (error) {
        await presence.end();
        throw error;
    }
};
/** Enough for a name of 4 bytes and a password of 24. */
const clusterRandomBytes = 28;
const tagBytes = 8;
/** How long a server that somebody else starts or stops is waited for, in ms. */
const reachMsMax = 300_000;
/** How often a start is tried, for one that met a taken port or the last remains of a killed server. */
const startAttemptsMax = 15;
const attemptPauseMs = 400;
/** How often a server that is not a child of this process is looked after, in ms. */
const superviseMs = 250;
const wrongPassword = '28P01';
const reachServer = async (cluster, machine, presence, { role, sleep }) => {
    let attempts = 0;
    let failure;
    const start = async () => {
        attempts += 1;
        // The first attempt leaves every lock file to PostgreSQL, which knows best; a second one means that it is stuck.
        if (attempts > 1)
            await disownLock(cluster.data);
        try {
            return { server: await startServer(cluster, machine, role, sleep), adopted: false };
        }
        catch (error) {
            failure = error;
            await sleep(attemptPauseMs);
            return undefined;
        }
    };
    const look = async () => {
        if ((await presence.others()).includes('leaving'))
            return undefined;
        const running = await findPostmaster(cluster.data);
        if (running === undefined) {
            if (attempts >= startAttemptsMax)
                throw notReached(cluster, failure);
            return start();
        }
        if (!running.ready)
            return undefined;
        try {
            const startedBy = await greet(cluster, running.port);
            return { server: await adoptServer(cluster, running, startedBy), adopted: true };
        }
        catch (error) {
            if (hasCode(error, wrongPassword))
                throw notReached(cluster, error);
            failure = error;
            return undefined;
        }
    };
    const found = await poll(sleep, reachMsMax, look);
    if (found === undefined)
        throw notReached(cluster, failure);
    return found;
};
const notReached = (cluster, cause) => new Error(`The database of central in ${cluster.folder} cannot be reached. ` +
    `${cause === undefined ? 'It neither started nor stopped in time.' : reasonOf(cause)}\nNothing was changed. Look ` +
    `into ${cluster.log}, mend what it names and start again, or set DATABASE_URL to another PostgreSQL.`, { cause });
const superviseServer = async (cluster, { server, adopted }, presence, { role, sleep, log = () => undefined }) => {
    const isMine = !adopted || (role === 'owner' && !(await presence.others()).includes('owner'));
    const callOff = isMine ? stopAtDeath(server.pid) : () => undefined;
    let isLeft = false;
    const watch = async () => {
        while (!isLeft && (await server.isRunning()))
            await sleep(superviseMs);
        callOff();
        if (isLeft)
            return undefined;
        return new Error(`PostgreSQL (process ${String(server.pid)}) ended unasked. What was committed is safe; nothing more can be stored ` +
            `until it runs again. Look into ${cluster.log} and start again.`);
    };
    const stopped = watch().catch((cause) => new Error('PostgreSQL could not be looked after.', { cause }));
    const leave = async () => {
        isLeft = true;
        try {
            await presence.leave();
            if (fallsTo(role, adopted, server.startedBy, await presence.others())) {
                await stopServer(server, sleep);
                log('PostgreSQL stopped');
            }
        }
        finally {
            await presence.end();
            await stopped;
        }
    };
    let leaving;
    return {
        url: urlOf(cluster, server.port, databaseName),
        adopted,
        stopped,
        stop: () => (leaving ??= leave()),
    };
};
/** Says whether the one who leaves stops the server: an owner unless it is another owner's, a guest only as the last one. */
const fallsTo = (role, adopted, startedBy, others) => {
    if (role === 'owner')
        return !adopted || !others.includes('owner');
    return startedBy === 'guest' && !others.includes('owner') && !others.includes('guest');
};
