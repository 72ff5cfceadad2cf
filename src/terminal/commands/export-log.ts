import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { approverOf, type Authority, namesOf } from '../../domain/permission.js';
import { invariant } from '../../domain/refusal.js';
import type { Recorded } from '../../events/log.js';
import { type ExportedPart, exportFileName, type ExportRange, type WrittenBundle } from '../log-exports.js';
import { Recorder } from '../recorder.js';
import { type EventAnswer, eventAnswer } from './event-answer.js';

/** What is answered once an export is on the disk and recorded. */
export interface ExportAnswer extends EventAnswer, ExportedPart {
  /** What its file is called. */
  readonly file_name: string;
}

/** Writes the log, or a part of it, into a sealed bundle. */
export class ExportLog extends Command<ExportAnswer> {
  /** @param write writes the bundle; only called when somebody may take it */
  constructor(
    readonly key: string,
    readonly request: ExportRange,
    readonly write: () => Promise<WrittenBundle>,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Has the bundle written while the till sells, and records who took which part of the log. */
@CommandHandler(ExportLog)
export class ExportLogHandler implements ICommandHandler<ExportLog> {
  constructor(private readonly recorder: Recorder) {}

  async execute({ key, request, write, authority }: ExportLog): Promise<ExportAnswer> {
    const { recorder } = this;
    const body = { ExportLog: request };
    const known = recorder.answerTo(key, body);
    if (known !== undefined) return known as ExportAnswer;
    const approved_by = approverOf('log_export', authority);
    const bundle = await write();
    try {
      const data = { ...namesOf(authority, approved_by), ...bundle.part };
      const answer = recorder.record({ key, body, staff_id: authority.by.staff_id }, () => ({
        decided: [{ type: 'LogExported', data, approved_by }],
        answer: exportAnswer,
      }));
      bundle.publish();
      return answer;
    } finally {
      bundle.discard();
    }
  }
}

const exportAnswer = (recorded: readonly Recorded[]): ExportAnswer => {
  const event = recorded[0]?.event;
  invariant(event?.type === 'LogExported', 'an export was recorded');
  const { first_seq, head, manifest_sha256 } = event.data;
  const file_name = exportFileName(event.terminal_id, event.data);
  return { ...eventAnswer(recorded), first_seq, head, manifest_sha256, file_name };
};
