import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
/** The environment of every PostgreSQL process: nothing of the caller's (a stray PGDATA or LANG) reaches the cluster. */
export const postgresEnvironment = () => ({
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
});
/** Runs a program to its end with nothing on its standard input. Never throws: what went wrong is in the outcome. */
export const runToEnd = (words, ids = {}) => new Promise((resolve) => {
    const [command = '', ...args] = words;
    const child = spawn(command, args, {
        cwd: '/',
        env: postgresEnvironment(),
        stdio: ['ignore', 'pipe', 'pipe'],
        ...ids,
    });
    let output = '';
    const keep = (text) => {
        output = (output + text.toString()).slice(-outputCharsMax);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => {
        resolve({ code: undefined, output: error.message });
    });
    child.once('close', (code) => {
        resolve({ code: code ?? undefined, output: output.trim() });
    });
});
/** How much of a program's output is kept, in characters, for the error message; the end says what went wrong. */
const outputCharsMax = 4000;
/** Names this process for as long as it runs: its id and, since ids are used again, when it began, as `id-beginning`. */
export const processLabel = async () => `${String(process.pid)}-${(await lookAt(process.pid)).beginning}`;
/** True while the process of a {@link processLabel} runs, as far as can be seen from here. */
export const isAlive = async (label) => {
    const [id = '', beginning] = label.split('-');
    return (await isRunning(Number(id))) && (await lookAt(Number(id))).beginning === beginning;
};
/** True while a process with this id runs, no matter whose it is. One that ended and waits to be buried does not run. */
export const isRunning = async (pid) => pid > 0 && isKnown(pid) && (await lookAt(pid)).state !== 'Z';
const isKnown = (pid) => {
    try {
        return process.kill(pid, 0);
    }
    catch (error) {
        // Being refused means that there is somebody to refuse.
        return hasCode(error, 'EPERM');
    }
};
/** What the system says about a process: its state, and its beginning in the kernel's ticks since boot. */
const lookAt = async (pid) => {
    try {
        const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
        // The second field is the program's name in parentheses, and may hold blanks and parentheses of its own.
        const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
        return { state: fields[0] ?? '', beginning: fields[beginningField] ?? '0' };
    }
    catch (error) {
        // Not every system says, and the process may just have ended.
        if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES'))
            return { state: '', beginning: '0' };
        throw error;
    }
};
/** The place of the beginning (field 22 of proc(5)) among the fields that follow the name. */
const beginningField = 19;
/**
 * True for an error of the operating system or of PostgreSQL that carries one of these codes. Looks at the code alone: an
 * error need not come from the same realm as this module.
 */
export const hasCode = (error, ...codes) => typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
/** What an error says, for use inside another message. */
export const reasonOf = (error) => typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
