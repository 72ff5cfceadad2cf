import { z } from 'zod';
import { eventTypes, schemaOf, versionsOf } from '../../src/events/stored.js';

type Shape = {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
};

const header = `# Events

Made from the stored schemas by \`npm run docs:events\`; a test fails when it is out of date. Amounts (\`…_minor\`) are whole
numbers of the currency's minor unit, quantities (\`…_milli\`) thousandths, rates (\`…_ppm\`) parts per million. The envelope
around the data is described in [protocol.md](protocol.md).
`;

/** The page that lists every event, each of its versions and every field. */
export const eventsPage = (): string =>
  [
    header,
    ...eventTypes.flatMap((type) =>
      Array.from({ length: versionsOf(type) }, (_, index) => {
        const schema = schemaOf(type, index + 1);
        const shape = schema ? (z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as Shape) : {};
        return [
          `## ${type}, version ${String(index + 1)}`,
          '',
          '| field | what it holds |',
          '| --- | --- |',
          ...rows(shape, ''),
          '',
        ].join('\n');
      }),
    ),
  ].join('\n');

const rows = (shape: Shape, prefix: string): readonly string[] =>
  Object.entries(shape.properties ?? {}).flatMap(([name, field]) => [
    `| \`${prefix}${name}\` | ${meaning(field)} |`,
    ...rows(inner(field), `${prefix}${name}${(field.items ?? inner(field) !== field) ? marker(field) : '.'}`),
  ]);

const marker = (field: Shape): string => (arrayOf(field) ? '[].' : '.');

const arrayOf = (field: Shape): Shape | undefined => field.items ?? field.anyOf?.find((one) => one.items)?.items;

const inner = (field: Shape): Shape => {
  const list = arrayOf(field);
  if (list) return list;
  return field.anyOf?.find((one) => one.properties) ?? field;
};

const meaning = (field: Shape): string => {
  if (field.anyOf) return field.anyOf.map(meaning).join(' or ');
  if (field.enum) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.items) return field.items.properties ? 'list of objects' : `list of ${meaning(field.items)}`;
  if (field.properties) return 'object';
  return scalar(field);
};

const scalar = (field: Shape): string => {
  const kind = String(field.type ?? 'text');
  if (kind === 'integer') return `whole number${range(field)}`;
  if (kind === 'string') return field.format ?? (field.pattern === '^[0-9a-f]{64}$' ? 'SHA-256, hex' : 'text');
  return kind;
};

const range = ({ minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER }: Shape): string => {
  const least = minimum > Number.MIN_SAFE_INTEGER ? ` from ${String(minimum)}` : '';
  const most = maximum < Number.MAX_SAFE_INTEGER ? ` to ${String(maximum)}` : '';
  return least + most;
};
