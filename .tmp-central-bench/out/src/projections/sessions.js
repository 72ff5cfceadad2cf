import { emptyReport } from '../domain/report.js';
import { addToReport } from '../domain/session-sums.js';
import { column } from './projection.js';
/** The sessions with their running totals. */
export const sessions = {
    table: 'session_totals',
    key: 'session_id',
    columns: {
        session_id: column('text', 'the session'),
        terminal_id: column('text', 'the terminal it ran on'),
        epoch: column('integer', 'the first branch of the log that knows the session'),
        business_date: column('text', 'YYYY-MM-DD, fixed when the session was opened'),
        status: column('text', 'open or closed'),
        z_number: column('integer', 'gapless per terminal; null while open and for training'),
        report: column('json', 'the X report: what the events add up to'),
        z_report: column('json', 'the Z report as the terminal recorded it; null while open'),
    },
    indexes: ['z_number', 'business_date'],
    keys: (event) => (event.session_id === null ? [] : [event.session_id]),
    reduce(row, event, session_id) {
        const known = row ?? {
            session_id,
            terminal_id: event.terminal_id,
            epoch: event.epoch,
            business_date: event.business_date ?? '',
            status: 'open',
            z_number: null,
            report: emptyReport(session_id, event.business_date ?? ''),
            z_report: null,
        };
        const before = { ...known, epoch: Math.min(known.epoch, event.epoch) };
        if (event.type !== 'SessionClosed')
            return { ...before, report: addToReport(before.report, event) };
        const { z_report } = event.data;
        return { ...before, status: 'closed', z_number: z_report.z_number, z_report };
    },
};
