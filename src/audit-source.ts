import { openSource } from './audit/sqlite-file.js';
import type { LogSource } from './audit/source.js';

/** Opens what an auditor names: a terminal's folder or file. */
export const openAuditSource = (source: string): LogSource | Promise<LogSource> => openSource(source);
