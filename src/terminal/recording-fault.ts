/** The key of this command was used for another one. Nothing was recorded. */
export class KeyReused extends Error {
  /** @param key the idempotency key */
  constructor(readonly key: string) {
    super('This Idempotency-Key was used for another command. Nothing was recorded: send it with a new key.');
    this.name = 'KeyReused';
  }
}

/** The disk took no more. Nothing was recorded, and selling goes on when there is space again. */
export class DiskFull extends Error {
  override readonly name = 'DiskFull';

  constructor(options: ErrorOptions) {
    super(
      'The disk is full: nothing was recorded and no money may change hands for it. Make space, then try again.',
      options,
    );
  }
}

/**
 * The commit threw. It is unknown whether it is on the disk, so nobody is told anything: the process stops, and after
 * its restart the same command under the same key gets the truth.
 */
export class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown';

  constructor(options: ErrorOptions) {
    super(
      'The disk failed while a command was being recorded. The program stops; restart it and send the command again.',
      options,
    );
  }
}
