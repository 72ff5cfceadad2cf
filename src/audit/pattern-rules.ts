import { percent } from './figures.js';

/** Everything that the rules are measured against. Whole numbers. */
export const usualThresholds = {
  /** A void so long after its sale comes when the customer has gone with the paper. */
  void_after_seconds: 120,
  /** A drawer opened for nothing so near to a void is next to it. */
  no_sale_near_seconds: 180,
  /** So many refunds without receipt by one person in one session. */
  refunds_without_receipt: 3,
  /** Up to which share of a line anybody may give a discount, in parts per million. */
  discount_limit_ppm: 100_000,
  /** From so little below the limit a discount is just under it, in parts per million. */
  discount_margin_ppm: 10_000,
  /** So many sales with such a discount by one person in one session. */
  discounts_near_limit: 5,
  /** From this part of the cash that had to be there less is short, in parts per million. */
  shortage_ppm: 1000,
  /** So many sessions that were short … */
  shortages: 3,
  /** … among so many that one person closed, one after the other. */
  shortage_sessions: 10,
  /** One receipt printed again so often in one session. */
  copies: 2,
  /** A session that stayed open for so long after its last receipt. */
  close_gap_minutes: 180,
} as const;

/** The name of a threshold. */
export type Threshold = keyof typeof usualThresholds;

/** All of them. */
export type Thresholds = Readonly<Record<Threshold, number>>;

/** What is looked for. */
export const patternNames = [
  'void_after_print',
  'no_sale_near_void',
  'refunds_without_receipt',
  'discounts_near_limit',
  'repeated_shortage',
  'reprints',
  'late_close',
] as const;

/** One of {@link patternNames}. */
export type PatternName = (typeof patternNames)[number];

/** A rule as a person reads it, with the thresholds in it. */
export const ruleOf = (pattern: PatternName, limits: Thresholds): string => rules[pattern](limits);

const rules: Readonly<Record<PatternName, (limits: Thresholds) => string>> = {
  void_after_print: ({ void_after_seconds: seconds }) =>
    `A sale was voided ${String(seconds)} seconds or more after it was recorded, or after its receipt was printed again: the customer had the paper.`,
  no_sale_near_void: ({ no_sale_near_seconds: seconds }) =>
    `The drawer was opened without a sale within ${String(seconds)} seconds of a void, of a line taken off a ticket or of a discarded ticket.`,
  refunds_without_receipt: ({ refunds_without_receipt: count }) =>
    `One person recorded ${String(count)} or more refunds without receipt in one session.`,
  discounts_near_limit: (limits) =>
    `One person gave, without approval, discounts from ${percent(limits.discount_limit_ppm - limits.discount_margin_ppm)} up to the limit of ${percent(limits.discount_limit_ppm)} of a line in ${String(limits.discounts_near_limit)} or more sales of one session.`,
  repeated_shortage: (limits) =>
    `The drawer was short by ${percent(limits.shortage_ppm)} or more of the cash that had to be there in ${String(limits.shortages)} of at most ${String(limits.shortage_sessions)} sessions in a row that one person closed.`,
  reprints: ({ copies }) => `One receipt was printed again ${String(copies)} or more times in one session.`,
  late_close: ({ close_gap_minutes: minutes }) =>
    `A session was closed ${String(minutes)} minutes or more after its last receipt.`,
};
