/**
 * The business rules of one kind of thing: no I/O, no clock, no randomness.
 * Whatever a rule needs to know arrives in the command or was recorded before.
 */
export interface Decider<State, Command, Decided, Recorded> {
  readonly initial: State;
  /** Says what follows from `command`, oldest first. Throws Refusal when the rules forbid it. */
  decide(command: Command, state: State): readonly Decided[];
  /** Applies one event. Never refuses: an event has already happened. */
  evolve(state: State, event: Recorded): State;
}
