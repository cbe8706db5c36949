// Numbers and times, with their units. null: not known.

const whole = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
const tenths = new Intl.NumberFormat("en", {minimumFractionDigits: 1, maximumFractionDigits: 1});

function number(value) {
  if (value === null || value === undefined) return "–";
  const hasTenths = value > 0 && value < 10 && !Number.isInteger(value);
  return hasTenths ? tenths.format(value) : whole.format(value);
}

function perSecond(value) {
  return value === null ? "–" : value === 0 ? "0" : `${number(value)}/s`;
}

function many(value, noun) {
  return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}

function bytes(value) {
  if (value === null) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit > 0 && value < 100 ? tenths.format(value) : whole.format(value)} ${units[unit]}`;
}

function seconds(value) {
  if (value === null) return "–";
  if (value === Infinity) return "> 100 s";  // above the last bound
  if (value < 0.0995) return `${tenths.format(value * 1000)} ms`;
  if (value < 0.9995) return `${whole.format(value * 1000)} ms`;
  return `${tenths.format(value)} s`;
}

function span(value) {
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = Math.max(0, units.findIndex(([, size]) => value >= size));
  const shown = units.slice(first === 0 && value < 1 ? 3 : first).slice(0, 2);
  const parts = shown.map(([name, size]) => {
    const count = Math.floor(value / size);
    value -= count * size;
    return `${count} ${name}`;
  });
  return parts.join(" ");
}

function clock(date) {
  return date.toLocaleTimeString("en-GB");
}

function dateAndClock(text) {
  const date = new Date(text);
  return Number.isNaN(date.valueOf()) ? text : `${date.toLocaleDateString("en-CA")} ${clock(date)}`;
}
