import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, processLabel } from './postgres-process.js';
/**
 * Enters this process in the list of those who use the server, before it looks for one. Together with {@link
 * Presence.leave} this closes the gap in which one finds a server that the other is about to stop: of two who write
 * first and look afterwards, at least one sees the other.
 *
 * @param folder keeps one empty file a user, named after its process
 * @param tag sets two users within one process apart
 */
export const signIn = async (folder, role, tag) => {
    const stem = `${await processLabel()}-${tag}`;
    let name = `${stem}.${role}`;
    await writeFile(join(folder, name), '', { mode: 0o600 });
    return {
        async others() {
            const found = [];
            for (const entry of await readdir(folder)) {
                const [label, standing] = parseEntry(entry);
                if (standing === undefined || entry.startsWith(`${stem}.`))
                    continue;
                if (await isAlive(label))
                    found.push(standing);
                else
                    await rm(join(folder, entry), { force: true });
            }
            return found;
        },
        async leave() {
            const leaving = `${stem}.leaving`;
            await rename(join(folder, name), join(folder, leaving));
            name = leaving;
        },
        async end() {
            await rm(join(folder, name), { force: true });
        },
    };
};
const parseEntry = (entry) => {
    const parts = /^(\d+-\d+)-\w+\.(owner|guest|leaving)$/.exec(entry);
    return [parts?.[1] ?? '', parts?.[2]];
};
