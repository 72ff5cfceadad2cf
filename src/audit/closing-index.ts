import { type CellKind, closingKey, type ClosingTable, closingTableNames, formOf } from './closing-tables.js';
import { markup, type Markup } from './markup.js';

/**
 * The file that describes the tables, in the form in which German tax offices import data (GDPdU 1.1): which file holds
 * what, its columns, its key, and to which other file a row belongs.
 */
export const closingIndex = (): string =>
  markup`<?xml version="1.0" encoding="UTF-8"?>
<DataSet>
  <Version>1.0</Version>
  <DataSupplier><Name>tillog</Name><Location/>
    <Comment>Modelled on DSFinV-K; not a certified export. Amounts have the decimals of their own currency.</Comment>
  </DataSupplier>
  <Media><Name>Closings</Name>
${closingTableNames.map(tableOf)}  </Media>
</DataSet>
`.text;

const tableOf = (table: ClosingTable): Markup => {
  const { about, columns, key, references = {} } = formOf(table);
  const keys = [...Object.keys(closingKey), ...key];
  const all: Readonly<Record<string, CellKind>> = { ...closingKey, ...columns };
  const rest = Object.entries(all).filter(([name]) => !keys.includes(name));
  return markup`    <Table><URL>${table}.csv</URL><Name>${table}</Name><Description>${about}</Description>
      <UTF8/><DecimalSymbol>.</DecimalSymbol><DigitGroupingSymbol/><Range><From>2</From></Range>
      <VariableLength><ColumnDelimiter>,</ColumnDelimiter><RecordDelimiter>&#13;&#10;</RecordDelimiter>
        <TextEncapsulator>&quot;</TextEncapsulator>
${keys.map((name) => columnOf('VariablePrimaryKey', name, all[name]))}${rest.map(([name, kind]) =>
    columnOf('VariableColumn', name, kind),
  )}${foreignKeys(table, references)}      </VariableLength>
    </Table>
`;
};

const columnOf = (element: string, name: string, kind: CellKind = 'text'): Markup =>
  markup`        <${element}><Name>${name}</Name>${typeOf(kind)}</${element}>\n`;

const typeOf = (kind: CellKind): Markup => {
  if (kind === 'text') return markup`<AlphaNumeric/>`;
  return kind === 'integer' ? markup`<Numeric/>` : markup`<Numeric><Accuracy>4</Accuracy></Numeric>`;
};

const foreignKeys = (
  table: ClosingTable,
  references: Readonly<Record<string, readonly string[]>>,
): readonly Markup[] => {
  const all = table === 'cashpointclosing' ? references : { cashpointclosing: [], ...references };
  return Object.entries(all).map(([other, names]) => {
    const columns = [...Object.keys(closingKey), ...names].map((name) => markup`<Name>${name}</Name>`);
    return markup`        <ForeignKey>${columns}<References>${other}.csv</References></ForeignKey>\n`;
  });
};
