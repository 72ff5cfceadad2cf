import type { OpenAPIObject } from '@nestjs/swagger';

/** One request as it is really sent, and how it is answered. */
export interface Example<Code extends string> {
  /** The address with everything in it, also what stands behind the question mark. */
  readonly url: string;
  /** Headers that the request needs besides its token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body: a text where it is not JSON. */
  readonly request?: unknown;
  readonly status: number;
  /** The media type of the answer where it is not JSON. */
  readonly type?: string;
  /** The answer: a text where it is not JSON, nothing where it has none or bytes. */
  readonly answer?: unknown;
  /** For what this request is refused, besides what may refuse any. */
  readonly codes?: readonly Code[];
}

/**
 * An example for every route, by method and path as the document names them. They are one conversation: each stands
 * after those whose ids it names.
 */
export type Examples<Code extends string> = Readonly<Record<string, Example<Code>>>;

/** How a server refuses: what its answers hold, and every code it knows. */
export interface Refusals {
  readonly codes: readonly string[];
  /** A refused answer. */
  readonly example: Readonly<Record<string, unknown>>;
}

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Place = 'path' | 'query' | 'header';

const methods = ['get', 'post', 'put'] as const;
const problemName = 'Problem';
const json = 'application/json';

/** Puts into a description what requests and answers look like, and how requests are refused. */
export const withExamples = (
  document: OpenAPIObject,
  examples: Examples<string>,
  { codes, example }: Refusals,
): OpenAPIObject => {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      const operation = item[method];
      const shown = examples[`${method.toUpperCase()} ${path}`];
      if (operation && shown) illustrate(operation, path, shown, example);
    }
  }
  const problem = {
    type: 'object',
    description: 'Problem details (RFC 9457). Nothing was recorded or changed by a refused request.',
    required: ['type', 'title', 'status', 'detail', 'code'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string', description: 'For a person: what happened, what it means, what to do.' },
      code: { type: 'string', description: 'For programs; never renamed.', enum: [...codes] },
    },
    example,
  };
  return {
    ...document,
    components: { ...document.components, schemas: { ...document.components?.schemas, [problemName]: problem } },
  };
};

const illustrate = (
  operation: Operation,
  path: string,
  example: Example<string>,
  problem: Refusals['example'],
): void => {
  const { url, headers = {}, request } = example;
  const { pathname, searchParams } = new URL(url, 'http://example');
  showParameters(operation, 'path', valuesIn(path, pathname));
  showParameters(operation, 'query', Object.fromEntries(searchParams));
  showParameters(operation, 'header', headers);
  if (request !== undefined) showBody(operation, request);
  const said = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))?.[1];
  const description = said && 'description' in said ? said.description : '';
  operation.responses = {
    [example.status]: { description, ...contentOf(example) },
    default: refusalOf(example, problem),
  };
};

const contentOf = ({ type, answer }: Example<string>) => {
  if (answer !== undefined) return { content: { [type ?? json]: { example: answer } } };
  return type === undefined ? {} : { content: { [type]: { schema: { type: 'string', format: 'binary' } } } };
};

const refusalOf = ({ codes = [] }: Example<string>, example: Refusals['example']) => ({
  description: `Refused; the code says why.${codes.length > 0 ? ` Above all: ${codes.join(', ')}.` : ''}`,
  content: {
    'application/problem+json': { schema: { $ref: `#/components/schemas/${problemName}` }, example },
  },
});

/** What the address has in the places of the path. */
const valuesIn = (path: string, pathname: string): Readonly<Record<string, string>> => {
  const pattern = path.replaceAll('.', String.raw`\.`).replaceAll(/\{(\w+)\}/gu, '(?<$1>[^/]+)');
  return new RegExp(`^${pattern}$`, 'u').exec(pathname)?.groups ?? {};
};

const showParameters = (operation: Operation, place: Place, values: Readonly<Record<string, string>>): void => {
  operation.parameters ??= [];
  for (const [name, example] of Object.entries(values)) {
    const known = operation.parameters.find((one) => 'in' in one && one.in === place && one.name === name);
    if (known) Object.assign(known, { example });
    else
      operation.parameters.push({ name, in: place, required: place !== 'query', schema: { type: 'string' }, example });
  }
};

const showBody = (operation: Operation, request: unknown): void => {
  const kind = typeof request === 'string' ? 'text/csv' : json;
  const known = operation.requestBody && 'content' in operation.requestBody ? operation.requestBody : undefined;
  const schema = typeof request === 'string' ? { type: 'string' } : known?.content[kind]?.schema;
  operation.requestBody = {
    required: true,
    content: { ...known?.content, [kind]: { ...(schema && { schema }), example: request } },
  };
};
