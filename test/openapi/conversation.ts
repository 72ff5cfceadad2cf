import type { Example, Examples } from '../../src/openapi/examples.js';

type Json = Readonly<Record<string, unknown>>;

/** What a server answered. */
export interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A request of the examples as it is sent this time. */
export type Asked = Example<string> & { readonly method: string };

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const kindOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);

/** Where an answer is not built like its example: each place, and what stands there instead. */
const differences = (shown: unknown, said: unknown, place: string): readonly string[] => {
  // What is not known may be known another time.
  if (shown === null || said === null) return [];
  if (kindOf(shown) !== kindOf(said)) return [`${place}: ${kindOf(said)} instead of ${kindOf(shown)}`];
  if (!isObject(shown) || !isObject(said)) return [];
  // A list may be shorter this time.
  const names = Array.isArray(shown)
    ? Object.keys(shown).filter((at) => at in said)
    : [...new Set([...Object.keys(shown), ...Object.keys(said)])];
  return names.flatMap((name) => differences(shown[name], said[name], `${place}.${name}`));
};

/** Which text of the example is which text this time: ids, hashes, numbers of receipts, tokens. */
const namesIn = (shown: unknown, said: unknown): readonly (readonly [string, string])[] => {
  if (typeof shown === 'string' && typeof said === 'string') {
    return shown.length < 8 ? [] : [[shown, said]];
  }
  if (!isObject(shown) || !isObject(said)) return [];
  return Object.keys(shown).flatMap((name) => namesIn(shown[name], said[name]));
};

/**
 * Sends every example in its order, with the ids of this time in the place of those that are shown, and tells where the
 * answers are others than shown.
 * @param names what is called otherwise this time before anything was asked
 */
export const played = async (
  examples: Examples<string>,
  ask: (asked: Asked, route: string) => Promise<Said>,
  names: ReadonlyMap<string, string> = new Map(),
): Promise<readonly string[]> => {
  const known = new Map(names);
  const faults: string[] = [];
  for (const [route, example] of Object.entries(examples)) {
    const { answer, ...asked } = example;
    const text = [...known].reduce((so, [shown, real]) => so.replaceAll(shown, real), JSON.stringify(asked));
    const [method = ''] = route.split(' ');
    const said = await ask({ ...(JSON.parse(text) as Example<string>), method }, route);
    faults.push(...faultsOf(example, said).map((fault) => `${route} ${fault}`));
    // A list may be in another order; whoever was named first keeps the name.
    for (const [shown, real] of namesIn(answer, bodyOf(said))) if (!known.has(shown)) known.set(shown, real);
  }
  return faults;
};

const bodyOf = ({ headers, text }: Said): unknown =>
  headers.get('content-type')?.startsWith('application/json') === true ? JSON.parse(text) : text;

const faultsOf = ({ status, type = 'application/json', answer }: Example<string>, said: Said): readonly string[] => {
  if (said.status !== status) return [`answered ${String(said.status)}: ${said.text}`];
  const isEmpty = said.text === '';
  if (answer === undefined) return isEmpty === (type === 'application/json') ? [] : ['answered what is not shown'];
  if (said.headers.get('content-type')?.split(';')[0] !== type) return ['answered another media type'];
  if (typeof answer === 'string') return isEmpty ? ['answered nothing'] : [];
  return differences(answer, bodyOf(said), '');
};

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly example?: unknown;
}
interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Json>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Json>> }>>;
  readonly security?: readonly Json[];
}

/** A description as a server gives it. */
export interface Described {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: Json; readonly schemas: Json };
}

/** Every request that is described, by method and path. */
export const operationsOf = ({ paths }: Described): ReadonlyMap<string, Operation> =>
  new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    ),
  );

const refsIn = (value: unknown): readonly string[] => {
  if (!isObject(value)) return [];
  const own = typeof value['$ref'] === 'string' ? [value['$ref']] : [];
  return [...own, ...Object.values(value).flatMap(refsIn)];
};

/** What a program that reads the description would stumble over. */
export const mistakesIn = (described: Described): readonly string[] => {
  const operations = [...operationsOf(described)];
  const ids = operations.map(([, { operationId }]) => operationId);
  const at = (ref: string): unknown =>
    ref
      .replace('#/', '')
      .split('/')
      .reduce<unknown>((inside, name) => (isObject(inside) ? inside[name] : undefined), described);
  return [
    ...ids.filter((id, index) => id === undefined || ids.indexOf(id) !== index).map((id) => `twice: ${String(id)}`),
    ...refsIn(described)
      .filter((ref) => at(ref) === undefined)
      .map((ref) => `leads nowhere: ${ref}`),
    ...operations.flatMap(([route, operation]) =>
      mistakesOf(route, operation, described).map((what) => `${route}: ${what}`),
    ),
  ];
};

const mistakesOf = (route: string, operation: Operation, { components }: Described): readonly string[] => {
  const { parameters = [], requestBody, responses, security = [] } = operation;
  const placed = [...route.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name).sort();
  const inPath = parameters.filter((one) => one.in === 'path');
  const shown = ([type, { schema, example }]: [string, Json]) =>
    example !== undefined || type.startsWith('image/') || (isObject(schema) && schema['format'] === 'binary');
  const bodies = Object.entries(requestBody?.content ?? {});
  const answers = Object.values(responses).flatMap(({ content = {} }) => Object.entries(content));
  const wrong: readonly (readonly [boolean, string])[] = [
    [
      JSON.stringify(inPath.map(({ name }) => name).sort()) !== JSON.stringify(placed),
      'names other places in its path',
    ],
    [inPath.some(({ example }) => example === undefined), 'has a place in its path without an example'],
    [bodies.length > 0 && !bodies.some(shown), 'has no example of its body'],
    [bodies.some(([, { schema }]) => !isObject(schema)), 'has a body without a schema'],
    [!answers.every(shown), 'has no example of its answer'],
    [!Object.keys(responses).some((status) => /^2\d\d$/u.test(status)), 'says nothing of success'],
    [responses['default']?.content?.['application/problem+json'] === undefined, 'does not say how it refuses'],
    [security.flatMap(Object.keys).some((name) => !(name in components.securitySchemes)), 'needs an unknown key'],
  ];
  return wrong.filter(([isWrong]) => isWrong).map(([, what]) => what);
};
