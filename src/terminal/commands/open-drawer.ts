import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Authority } from '../../domain/permission.js';
import { till } from '../../domain/till.js';
import { Recorder } from '../recorder.js';
import { type EventAnswer, eventAnswer } from './event-answer.js';

/** Opens the drawer without a sale. */
export class OpenDrawer extends Command<EventAnswer> {
  constructor(
    readonly key: string,
    readonly request: { readonly reason: string },
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Records why the drawer is opened; the pulse comes after the commit. */
@CommandHandler(OpenDrawer)
export class OpenDrawerHandler implements ICommandHandler<OpenDrawer> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: OpenDrawer): Promise<EventAnswer> {
    const command = { key, body: { OpenDrawer: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, ({ state }) => ({
        decided: till.decide({ type: 'OpenDrawer', reason: request.reason, authority }, state),
        answer: eventAnswer,
      })),
    );
  }
}
