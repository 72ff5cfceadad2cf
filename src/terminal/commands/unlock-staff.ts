import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { approverOf, type Authority } from '../../domain/permission.js';
import { Recorder } from '../recorder.js';
import { type EventAnswer, eventAnswer } from './event-answer.js';

/** Lets somebody try again at once who was locked out after wrong PINs. */
export class UnlockStaff extends Command<EventAnswer> {
  constructor(
    readonly key: string,
    readonly request: { readonly staff_code: string; readonly unlocked_staff_id: string },
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Records it; the lockout forgets what it counted when it hears of the commit. */
@CommandHandler(UnlockStaff)
export class UnlockStaffHandler implements ICommandHandler<UnlockStaff> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: UnlockStaff): Promise<EventAnswer> {
    const command = { key, body: { UnlockStaff: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, () => ({
        decided: [{ type: 'StaffUnlocked', data: request, approved_by: approverOf('unlock_staff', authority) }],
        answer: eventAnswer,
      })),
    );
  }
}
