// A second verifier of sealed bundles, written from docs/protocol.md, docs/events.md and docs/bundle.md alone: it shares no
// line with tillog and needs nothing but a JavaScript engine with Web Crypto (Node 20, any browser of 2025 or later).
//
//   tar -xf BUNDLE, then for the five members as Uint8Arrays under their names:
//   const { ok, events, sealed, keys, findings } = await verifyMembers({ 'events.jsonl': …, 'manifest.json': …, … });

const { atob, btoa, crypto, TextDecoder, TextEncoder } = globalThis;
const bytesOf = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const hexOf = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const sha256 = async (bytes) => hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));

const isSigned = async (text, signature, key) => {
  try {
    const raw = fromBase64(signature);
    if (btoa(String.fromCharCode(...raw)) !== signature) return false;
    const publicKey = await crypto.subtle.importKey('spki', fromBase64(key), { name: 'Ed25519' }, false, ['verify']);
    return await crypto.subtle.verify({ name: 'Ed25519' }, publicKey, raw, bytesOf(text));
  } catch {
    return false;
  }
};

/** RFC 8785: keys sorted by UTF-16 code units, numbers and strings as JSON.stringify writes them. */
const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${fields.join(',')}}`;
};

const linesOf = (member, { offset, bytes }) => {
  const lines = textOf(member.subarray(offset, offset + bytes)).split('\n');
  if (lines.pop() !== '') throw new Error('a line has no end');
  return lines.map((line) => JSON.parse(line));
};

const add = (sums, [currency, amount]) => ({ ...sums, [currency]: (sums[currency] ?? 0) + amount });
const pairs = (monies, sign = 1) => monies.map(({ currency, amount_minor }) => [currency, sign * amount_minor]);
const cashOf = ({ tenders, change }, sign) => [
  ...pairs(
    tenders.filter(({ method }) => method === 'cash'),
    sign,
  ),
  ...pairs(change, -sign),
];
const counters = 'sales_count refunds_count gross_minor refunds_minor voids_minor net_minor tax_minor'.split(' ');
const opened = ({ session_id, seq, data }) => ({
  ...{ session_id, last_seq: seq },
  sums: Object.fromEntries(counters.map((name) => [name, 0])),
  drawer: pairs(data.float).reduce(add, {}),
});

/** What each type of event adds to the sums of its session, and to the drawer. */
const trade = (data, sign, more) => [
  { ...more, net_minor: sign * data.net_minor, tax_minor: sign * data.tax_minor },
  cashOf(data, sign),
];
const effects = {
  SaleRecorded: (data) => trade(data, 1, { sales_count: 1, gross_minor: data.gross_minor }),
  RefundRecorded: (data) => trade(data, -1, { refunds_count: 1, refunds_minor: data.gross_minor }),
  SaleVoided: (data) => trade(data, -1, { voids_minor: data.gross_minor }),
  CashMoved: (data) => [{}, pairs([data], data.kind === 'paid_in' ? 1 : -1)],
};
const addEvent = (session, { type, data, session_id, seq }) => {
  if (session?.session_id !== session_id) return session;
  const [sums, cash] = effects[type]?.(data) ?? [{}, []];
  const added = { sums: Object.entries(sums).reduce(add, session.sums), drawer: cash.reduce(add, session.drawer) };
  return { session_id, last_seq: seq, ...added };
};

const zeros = '0'.repeat(64);
const start = { seq: 0, epoch: 1, hash: zeros, receipts: [0, 0], z: 0, turnover: 0, absolute: 0, session: null };
/** A part of a log goes on from an event: NaN and undefined stand for what it does not tell. */
const startAfter = (before) =>
  before ? { ...before, receipts: [NaN, NaN], z: NaN, turnover: NaN, absolute: NaN, session: undefined } : start;
const isOther = (said, is) => said !== is && !Number.isNaN(is);

/** What is wrong with a Z, given everything before it. */
const zFaults = ({ z_report: z }, { z: number, turnover, absolute, session }) => {
  const { sums, drawer, last_seq } = session ?? { sums: {}, drawer: pairs(z.expected).reduce(add, {}), last_seq: NaN };
  const turnover_minor = sums.gross_minor - sums.refunds_minor - sums.voids_minor;
  const counts = z.training ? 0 : 1;
  const expected = pairs(z.expected).reduce(add, {});
  const checks = [
    ...Object.entries(sums).map(([name, value]) => [name, z[name], value]),
    ...Object.keys({ ...expected, ...drawer }).map((name) => [
      `drawer ${name}`,
      expected[name] ?? 0,
      drawer[name] ?? 0,
    ]),
    ['last_seq', z.last_seq, last_seq],
    ['turnover_minor', z.turnover_minor, turnover_minor],
    ['z_number', z.z_number, counts ? number + 1 : null],
    ['perpetual turnover', z.perpetual.turnover_minor, turnover + counts * turnover_minor],
    ['perpetual absolute', z.perpetual.absolute_minor, absolute + counts * (2 * sums.gross_minor - turnover_minor)],
  ];
  return checks
    .filter(([, said, is]) => isOther(said, is))
    .map(([name, said, is]) => `Z: ${name} says ${said}, is ${is}`);
};

const isInSession = ({ type, session_id }, session) =>
  session === undefined ||
  (type === 'SessionOpened' ? session === null : session_id === null || session_id === session?.session_id);

/** What is wrong with the place of an event in the log. */
const linkFaults = (event, row, state, terminal_id) => {
  const isNext = event.type === 'EpochStarted' ? event.epoch > state.epoch : event.epoch === state.epoch;
  const checks = [
    [canonical(event) === row.event, 'the text is not canonical'],
    [event.terminal_id === terminal_id, 'it is of another terminal'],
    [event.seq === row.seq && event.seq === state.seq + 1, `seq ${event.seq} follows seq ${state.seq}`],
    [event.prev_hash === state.hash, 'it does not name the event before it'],
    [isNext, `epoch ${event.epoch} follows epoch ${state.epoch}`],
    [isInSession(event, state.session), 'it does not belong to the session that was open'],
  ];
  return checks.filter(([holds]) => !holds).map(([, detail]) => detail);
};

/** What each type of event changes besides its session, and what is wrong with it. */
const receipt = ({ data }, { receipts }) => {
  const series = data.training ? 1 : 0;
  const wrong = isOther(data.receipt_index, receipts[series] + 1)
    ? [`receipt ${data.receipt_index} is out of order`]
    : [];
  return [{ receipts: receipts.map((count, index) => (index === series ? data.receipt_index : count)) }, wrong];
};
const changes = {
  TerminalStarted: ({ data }) => [{ public_key: data.public_key }, []],
  SessionOpened: (event) => [{ session: opened(event) }, []],
  SaleRecorded: receipt,
  RefundRecorded: receipt,
  SessionClosed({ data }, state) {
    const { z_number, perpetual } = data.z_report;
    const { turnover_minor: turnover, absolute_minor: absolute } = perpetual;
    return [{ z: z_number ?? state.z, turnover, absolute, session: null }, zFaults(data, state)];
  },
};

/** The state after one event, and what is wrong with the event. */
const follow = async (state, row, terminal_id) => {
  const wrong = (await sha256(bytesOf(row.event))) === row.hash ? [] : ['the text does not hash to its hash'];
  const next = { ...state, seq: row.seq, epoch: row.epoch, hash: row.hash };
  try {
    const event = JSON.parse(row.event);
    const [change, faults] = changes[event.type]?.(event, state) ?? [{}, []];
    wrong.push(...linkFaults(event, row, state, terminal_id), ...faults);
    return { state: { ...next, session: addEvent(state.session, event), ...change }, wrong };
  } catch (cause) {
    return { state: next, wrong: [...wrong, `it cannot be read (${cause.message})`] };
  }
};

/** A restored terminal goes on from an earlier event: the state there is folded again along the hashes. */
const stateAt = async (hash, byHash, terminal_id) => {
  const path = [];
  for (let row = byHash.get(hash); row; row = byHash.get(JSON.parse(row.event).prev_hash)) path.unshift(row);
  let state = start;
  for (const row of path) ({ state } = await follow(state, row, terminal_id));
  return path.length > 0 && path[0].seq === 1 ? state : undefined;
};

/** What is wrong with a signed head, or with what else vouched for the log. */
const anchorFaults = async ({ epoch, seq, hash, signature }, { terminal_id, key, at, last }) => {
  const known = at.get(`${epoch ?? last.epoch} ${seq}`);
  const isThere = known !== undefined && (hash === null || known === hash);
  const text = `tillog-head/1\n${terminal_id}\n${epoch}\n${seq}\n${hash}`;
  const isGood = signature === null || (await isSigned(text, signature, key));
  return [
    ...(isThere ? [] : ['what was signed or witnessed here is not in the log']),
    ...(isGood ? [] : ["a head is not signed with the terminal's key"]),
  ].map((detail) => ({ terminal_id, seq: Math.min(seq, last.seq + 1), detail }));
};

const verifyTerminal = async ({ terminal_id, public_key, anchors, before, ...blocks }, members, found) => {
  const lines = (name) => linesOf(members[`${name}.jsonl`], blocks[name]);
  const rows = lines('events');
  const byHash = new Map([...lines('forks'), ...rows].map((row) => [row.hash, row]));
  const at = new Map();
  let state = startAfter(before);
  for (const row of rows) {
    const { prev_hash } = row.epoch > state.epoch ? JSON.parse(row.event) : { prev_hash: state.hash };
    if (prev_hash !== state.hash) state = (await stateAt(prev_hash, byHash, terminal_id)) ?? state;
    const seq = Math.min(row.seq, state.seq + 1);
    const step = await follow(state, row, terminal_id);
    state = step.state;
    at.set(`${row.epoch} ${row.seq}`, row.hash);
    for (const detail of step.wrong) found({ terminal_id, seq, detail });
  }
  const known = { terminal_id, key: public_key ?? state.public_key, at, last: state };
  for (const anchor of [...lines('heads'), ...anchors]) (await anchorFaults(anchor, known)).forEach(found);
  return { count: rows.length, key: known.key };
};

/** The key that sealed the bundle, or null; a member or a seal that is not what was written is found. */
const checkSeal = async (members, manifest, found) => {
  for (const [name, { bytes, sha256: hash }] of Object.entries(manifest.members)) {
    const same = members[name].length === bytes && (await sha256(members[name])) === hash;
    if (!same) found({ detail: `${name} is not what the manifest says` });
  }
  const { public_key, signature } = JSON.parse(textOf(members['signature.json']));
  if (public_key === null && signature === null) return null;
  const text = `tillog-bundle/1\n${await sha256(members['manifest.json'])}`;
  if (await isSigned(text, signature, public_key)) return public_key;
  found({ detail: 'the seal is broken' });
  return null;
};

/**
 * Verifies the members of a bundle. `sealed` is the key that sealed it, or null; `keys` are those of its terminals. Never
 * throws for what a file may hold.
 */
export const verifyMembers = async (members) => {
  const findings = [];
  const found = (finding) => void findings.push(finding);
  let [events, sealed] = [0, null];
  const keys = new Set();
  try {
    const manifest = JSON.parse(textOf(members['manifest.json']));
    sealed = await checkSeal(members, manifest, found);
    for (const terminal of manifest.terminals) {
      const { count, key } = await verifyTerminal(terminal, members, found);
      events += count;
      keys.add(key);
    }
  } catch (cause) {
    found({ detail: `the bundle cannot be read: ${cause.message}` });
  }
  return { ok: findings.length === 0, events, sealed, keys: [...keys], findings };
};
