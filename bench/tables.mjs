/**
 * Measurements as Markdown tables.
 *
 * @module
 */
import { FIGURES } from './gateway/figures.mjs';

/** A number with two or three significant digits, grouped from a thousand on. @param {number} value */
function written(value) {
  if (!Number.isFinite(value)) return '-';
  if (value >= 1000) return Math.round(Number(value.toPrecision(3))).toLocaleString('en-US');
  return String(Number(value.toPrecision(value >= 100 ? 3 : 2)));
}

function row(cells) {
  return `| ${cells.join(' | ')} |`;
}

function table(head, rows) {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function withUnit(value, unit) {
  if (value === undefined) return '-';
  const text = typeof value === 'number' ? written(value) : value;
  return unit.startsWith('/') ? `${text}${unit}` : `${text} ${unit}`.trim();
}

/** How many times better `ours` is than `theirs`. */
function advantage({ better }, ours, theirs) {
  if (theirs === undefined) return '-';
  return `${written(better === 'less' ? theirs / ours : ours / theirs)}x`;
}

function reaches({ better, target }, value) {
  return better === 'less' ? value <= target : value >= target;
}

/**
 * The gateway's figures beside their targets and OpenClaw's.
 *
 * @param {Readonly<Record<string, number>>} ours
 * @param {Readonly<Record<string, number>>} [theirs] OpenClaw, when it was measured beside ours.
 */
export function gatewayTable(ours, theirs) {
  const other = theirs === undefined ? 'OpenClaw (published)' : 'OpenClaw (measured)';
  const rows = FIGURES.filter(({ id }) => ours[id] !== undefined).map((figure) => {
    const { id, what, unit, target, openclaw, openclawText } = figure;
    const against = theirs === undefined ? openclaw : theirs[id];
    const shown = theirs === undefined ? (openclawText ?? openclaw) : against;
    return [
      what,
      withUnit(ours[id], unit),
      withUnit(target, unit),
      reaches(figure, ours[id]) ? 'yes' : 'no',
      withUnit(shown, unit),
      advantage(figure, ours[id], against),
    ];
  });
  return table(['', 'Portcullis', 'Target', 'Reached', other, 'Advantage'], rows);
}

/**
 * Decisions per second; in brackets how many times as many ours makes. Two tables: with requests
 * made beforehand, and from the ids.
 *
 * @param {Awaited<ReturnType<typeof import('./policy/suite.mjs').measurePolicy>>} policy
 */
export function policyTable({ sizes, engines }) {
  const rowsOf = (rates) => {
    const ours = rates(engines[0]);
    return engines.map((engine, at) => [
      engine.name,
      ...rates(engine).map((rate, index) =>
        at === 0 ? written(rate) : `${written(rate)} (${written(ours[index] / rate)}x)`,
      ),
    ]);
  };
  const head = sizes.map((size) => `${size.toLocaleString('en-US')} entries`);
  return [
    table(
      ['Decisions per second, requests made beforehand', ...head],
      rowsOf((each) => each.perSecond),
    ),
    table(
      ['Decisions per second, from the ids', ...head],
      rowsOf((each) => each.fromIds),
    ),
  ].join('\n\n');
}
