// As much of TOML as the settings need: sections of strings, numbers, booleans and lists of them.
function valueOf(value) {
  if (Array.isArray(value)) return `[${value.map(valueOf).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

export function toToml(settings) {
  return Object.entries(settings).map(([section, values]) =>
    `[${section}]\n${Object.entries(values).map(([key, value]) => `${key} = ${valueOf(value)}\n`).join('')}`).join('\n');
}
